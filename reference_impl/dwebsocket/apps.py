"""The Django app, for ``INSTALLED_APPS``. It only registers system checks; it has no models."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from . import conf

__all__ = ["DWebSocketConfig", "check_middleware", "check_settings"]

_MIDDLEWARE = ("dwebsocket.middleware.WebSocketMiddleware", "django_websocket.middleware.WebSocketMiddleware")


class DWebSocketConfig(AppConfig):
    """Register the system checks."""

    name = "dwebsocket"
    verbose_name = "WebSockets"

    def ready(self) -> None:
        """Register the system checks that ``manage.py check`` and many other commands run."""
        checks.register(check_settings)
        checks.register(check_middleware)


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """Report settings that would make every WebSocket request fail (``dwebsocket.E001``)."""
    try:
        conf.current()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="dwebsocket.E001")]
    return []


def check_middleware(**_: Any) -> list[checks.CheckMessage]:
    """Warn if the middleware is listed in ``MIDDLEWARE_CLASSES``, which Django ignores (``dwebsocket.W001``)."""
    ignored = set(_MIDDLEWARE) & set(getattr(settings, "MIDDLEWARE_CLASSES", ()))
    if not ignored or set(_MIDDLEWARE) & set(settings.MIDDLEWARE):
        return []
    name = ignored.pop()
    message = f"{name} is listed in MIDDLEWARE_CLASSES, which Django no longer reads. Move it to MIDDLEWARE."
    return [checks.Warning(message, id="dwebsocket.W001")]
