"""Settings of a project that lists the middleware; the rest is as short as it can be."""

from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "only for this example"
DEBUG = True

# With it listed every request has `is_websocket()` and `websocket`, also in views without a decorator. A
# WebSocket still reaches only views that say so: by a decorator, or by the attribute `accept_websocket = True`.
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "dwebsocket.middleware.WebSocketMiddleware",
]

# True: every view may be reached by a WebSocket, decorated or not. Then each of them has to expect one, those of
# other apps, too. So it is for sites that are nothing but WebSockets.
WEBSOCKET_ACCEPT_ALL = False

INSTALLED_APPS = ["dwebsocket"]
ROOT_URLCONF = "one_page.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "templates"]}]
WSGI_APPLICATION = "one_page.wsgi.application"
