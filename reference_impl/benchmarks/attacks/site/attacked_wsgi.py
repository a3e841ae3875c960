"""The application, for tests that start a server themselves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attacked_settings")
application = get_wsgi_application()
