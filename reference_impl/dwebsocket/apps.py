"""The app for ``INSTALLED_APPS``: it has no models, it checks the settings."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from . import conf

__all__ = ["DWebSocketConfig", "check_middleware", "check_settings"]

_MIDDLEWARE = ("dwebsocket.middleware.WebSocketMiddleware", "django_websocket.middleware.WebSocketMiddleware")


class DWebSocketConfig(AppConfig):
    """Registers the system check."""

    name = "dwebsocket"
    verbose_name = "WebSockets"

    def ready(self) -> None:
        """Let ``manage.py check``, and all that begins with it, look at the settings."""
        checks.register(check_settings)
        checks.register(check_middleware)


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """Report settings that would stop the first WebSocket."""
    try:
        conf.current()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="dwebsocket.E001")]
    return []


def check_middleware(**_: Any) -> list[checks.CheckMessage]:
    """Report that our middleware is listed where the guides of 2010 to 2018 say, and Django does not look."""
    forgotten = set(_MIDDLEWARE) & set(getattr(settings, "MIDDLEWARE_CLASSES", ()))
    if not forgotten or set(_MIDDLEWARE) & set(settings.MIDDLEWARE):
        return []
    name = forgotten.pop()
    message = f"{name} is listed in MIDDLEWARE_CLASSES, which Django does not read any more. Move it to MIDDLEWARE."
    return [checks.Warning(message, id="dwebsocket.W001")]
