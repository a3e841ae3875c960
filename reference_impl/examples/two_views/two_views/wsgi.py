"""The WSGI application for production servers: ``gunicorn --threads 100 two_views.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "two_views.settings")
application = get_wsgi_application()
