"""A factory for `WEBSOCKET_FACTORY_CLASS`: the target's factory, which also marks the request."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,import-untyped,misc,no-redef"

from typing import Any

try:
    import uwsgi  # noqa: F401  only uWSGI itself has it
except ImportError:
    from dwebsocket.backends.default.factory import WebSocketFactory as _Factory
else:
    from dwebsocket.backends.uwsgi.factory import uWsgiWebSocketFactory as _Factory

__all__ = ["OwnFactory"]


class OwnFactory(_Factory):
    """The target's factory, which also leaves its name."""

    def create_websocket(self, *args: Any, **kwargs: Any) -> Any:
        """Mark the request, then create the WebSocket as usual."""
        self.request.made_by = type(self).__name__
        return super().create_websocket(*args, **kwargs)
