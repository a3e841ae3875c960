"""Settings of a project with one app, the chat."""

SECRET_KEY = "only for this example"
DEBUG = True

INSTALLED_APPS = ["dwebsocket", "chat"]
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "dwebsocket.middleware.WebSocketMiddleware",
]
ROOT_URLCONF = "myproject.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
WSGI_APPLICATION = "myproject.wsgi.application"

# Log in the terminal when clients connect and disconnect.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"chat": {"handlers": ["console"], "level": "INFO"}},
}
