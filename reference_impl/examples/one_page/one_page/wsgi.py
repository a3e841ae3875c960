"""The WSGI application for production servers: ``gunicorn --threads 100 one_page.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "one_page.settings")
application = get_wsgi_application()
