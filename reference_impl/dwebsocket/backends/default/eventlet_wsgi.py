"""Special cases for eventlet.wsgi: its own response, and the client's version of HTTP."""

import inspect
import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["http_version", "suppress_response"]


def suppress_response(meta: Mapping[str, Any]) -> None:
    """Tell the server that this request is answered. Otherwise it logs a traceback when its response fails.

    Must be called in the greenlet that runs the application. The server looks only before it writes, so it
    is also told to collect the response first: a long page, such as Django's error report, would be written
    in parts.
    """
    from eventlet.wsgi import WSGI_LOCAL  # type: ignore[import-untyped,import-not-found,unused-ignore]  # optional

    WSGI_LOCAL.already_handled = True
    meta["eventlet.minimum_write_chunk_size"] = sys.maxsize  # type: ignore[index]  # in fact a dict


def http_version(meta: Mapping[str, Any]) -> str:
    """Return the version of HTTP that the client speaks, such as "1.1"; ``SERVER_PROTOCOL`` is always HTTP/1.0.

    The request handler knows the version, and can be reached from a function in `meta`. Where that fails,
    the result is "1.1".
    """
    try:
        handler = inspect.getclosurevars(meta["eventlet.set_idle"]).nonlocals["self"]
        return str(handler.request_version).rpartition("/")[2]
    except (AttributeError, KeyError, TypeError):
        return "1.1"
