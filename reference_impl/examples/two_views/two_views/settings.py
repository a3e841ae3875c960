"""Minimal settings of a project with pages and WebSockets."""

SECRET_KEY = "only for this example"
DEBUG = True

# "dwebsocket" lets `manage.py check` validate its settings; the decorators also work without it. "two_views" is listed
# for its templates.
INSTALLED_APPS = ["dwebsocket", "two_views"]

# Decorated views need no middleware.
MIDDLEWARE = []

ROOT_URLCONF = "two_views.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
WSGI_APPLICATION = "two_views.wsgi.application"
