"""As few settings as a project with pages and WebSockets can have."""

SECRET_KEY = "only for this example"
DEBUG = True

# With "dwebsocket" in the list `manage.py check` looks at its settings, too; the decorators work without.
# "two_views" is there for the templates in it.
INSTALLED_APPS = ["dwebsocket", "two_views"]

# No middleware is needed where views are decorated.
MIDDLEWARE = []

ROOT_URLCONF = "two_views.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
WSGI_APPLICATION = "two_views.wsgi.application"
