"""Minimal settings of a project that uses the middleware."""

from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "only for this example"
DEBUG = True

# With the middleware, every request has `is_websocket()` and `websocket`, also in views without a decorator. WebSockets
# are still accepted only for views with a decorator or the attribute `accept_websocket = True`.
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "dwebsocket.middleware.WebSocketMiddleware",
]

# True: accept WebSockets for every view, decorated or not. Then every view must expect them, including the views of
# other apps. So this is only for sites that consist entirely of WebSockets.
WEBSOCKET_ACCEPT_ALL = False

INSTALLED_APPS = ["dwebsocket"]
ROOT_URLCONF = "one_page.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "templates"]}]
WSGI_APPLICATION = "one_page.wsgi.application"
