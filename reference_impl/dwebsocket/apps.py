"""The app for ``INSTALLED_APPS``: it has no models, it checks the settings."""

from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from . import conf

__all__ = ["DWebSocketConfig", "check_settings"]


class DWebSocketConfig(AppConfig):
    """Registers the system check."""

    name = "dwebsocket"
    verbose_name = "WebSockets"

    def ready(self) -> None:
        """Let ``manage.py check``, and all that begins with it, look at the settings."""
        checks.register(check_settings)


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """Report settings that would stop the first WebSocket."""
    try:
        conf.current()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="dwebsocket.E001")]
    return []
