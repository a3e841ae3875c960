"""What eventlet.wsgi does otherwise than all other servers; refuses to know its sockets."""

import inspect
import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["http_version", "silence"]


def silence(meta: Mapping[str, Any]) -> None:
    """Tell the server that this request is answered: where another server gives up, it logs a traceback.

    It must be told by the greenlet that it runs the application in. A long page, such as Django's report
    of an error, would be written before it looks, so it is told to collect first.
    """
    from eventlet.wsgi import WSGI_LOCAL  # type: ignore[import-untyped,import-not-found,unused-ignore]

    WSGI_LOCAL.already_handled = True
    meta["eventlet.minimum_write_chunk_size"] = sys.maxsize  # type: ignore[index]


def http_version(meta: Mapping[str, Any]) -> str:
    """Return the version of HTTP that the client speaks: ``SERVER_PROTOCOL`` is HTTP/1.0 for all of them.

    The request handler knows, and can be reached from a function that it hands out. If it no longer does
    so one day, every client is taken for one of HTTP/1.1.
    """
    try:
        handler = inspect.getclosurevars(meta["eventlet.set_idle"]).nonlocals["self"]
        return str(handler.request_version).rpartition("/")[2]
    except (AttributeError, KeyError, TypeError):
        return "1.1"
