"""Special cases for eventlet.wsgi: suppressing its response, and finding the client's HTTP version."""

import inspect
import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["http_version", "suppress_response"]


def suppress_response(meta: Mapping[str, Any]) -> None:
    """Tell the server that this request has been answered. Otherwise it logs a traceback when its response fails.

    Call this in the greenlet that runs the application. The server only checks before it starts writing, so it must
    also buffer the whole response: it would write a long page, such as Django's error report, in parts.
    """
    from eventlet.wsgi import WSGI_LOCAL  # type: ignore[import-untyped,import-not-found,unused-ignore]  # optional

    WSGI_LOCAL.already_handled = True
    meta["eventlet.minimum_write_chunk_size"] = sys.maxsize  # type: ignore[index]  # in fact a dict


def http_version(meta: Mapping[str, Any]) -> str:
    """Return the client's HTTP version, such as "1.1"; eventlet's ``SERVER_PROTOCOL`` is always HTTP/1.0.

    The request handler knows the version, and is reachable from a function in `meta`. If that fails, the result is
    "1.1".
    """
    try:
        handler = inspect.getclosurevars(meta["eventlet.set_idle"]).nonlocals["self"]
        return str(handler.request_version).rpartition("/")[2]
    except (AttributeError, KeyError, TypeError):
        return "1.1"
