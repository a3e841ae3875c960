"""Find the socket of a request under each WSGI server.

A server may have read more than the head of the request from the socket; a finder also returns those octets.
"""

import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from dwebsocket.exceptions import ServerNotSupported

from . import eventlet_wsgi
from .unsupported_servers import ADVICE, unsupported_server_for

__all__ = ["FINDERS", "Finder", "Takeover", "find_socket", "finder_for", "server_name"]

Meta = Mapping[str, Any]


def _nothing(_: Meta) -> None:
    """Do nothing; return None."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """A socket that was found.

    Attributes:
        server: the name of the finder.
        sock: the server's socket object.
        early: octets that the server has already read past the head of the request.
    """

    server: str
    sock: Any
    early: bytes


@dataclass(frozen=True, slots=True)
class Finder:
    """How to get the socket of a request from one server. All functions take ``request.META``.

    Attributes:
        name: the usual name of the server.
        place: where the socket is, for error messages.
        recognise: returns whether this is the server.
        sock: returns the socket.
        reader: returns the object that may have buffered octets.
        early: takes that object and the socket instead, and returns the buffered octets.
        suppress_response: keeps the server from sending its own response, where ending the connection is not enough.
        http_version: returns the client's HTTP version, where ``SERVER_PROTOCOL`` is wrong.
    """

    name: str
    place: str
    recognise: Callable[[Meta], bool]
    sock: Callable[[Meta], Any]
    reader: Callable[[Meta], Any]
    early: Callable[[Any, Any], bytes]
    suppress_response: Callable[[Meta], None] = _nothing
    http_version: Callable[[Meta], str | None] = _nothing


def finder_for(meta: Meta) -> Finder | None:
    """Return the first finder that recognises the server; None if the server is unknown."""
    return next((finder for finder in FINDERS if finder.recognise(meta)), None)


def server_name(meta: Meta) -> str:
    """Return the usual name of the server; if it is unknown, its ``SERVER_SOFTWARE``."""
    known = finder_for(meta) or unsupported_server_for(meta)
    return known.name if known else str(meta.get("SERVER_SOFTWARE") or "an unknown server")


def find_socket(meta: Meta) -> Takeover:
    """Find the socket of a request.

    Args:
        meta: ``request.META``, which is the WSGI environ.

    Raises:
        ServerNotSupported: the server is unknown, its internals have changed, or it is known not to give access to
            the socket.
    """
    unsupported = unsupported_server_for(meta)
    if unsupported and finder_for(meta) is None:
        raise ServerNotSupported(unsupported.name, f"{unsupported.reason} {unsupported.advice}")
    tried = []
    for finder in FINDERS:
        if not finder.recognise(meta):
            tried.append(f"{finder.name}: not recognised")
            continue
        try:
            sock = finder.sock(meta)
            return Takeover(finder.name, sock, finder.early(finder.reader(meta), sock))
        except (AttributeError, TypeError) as error:
            tried.append(f"{finder.name}: recognised, but {finder.place} does not exist ({error})")
    raise ServerNotSupported(server_name(meta), f"the socket of the connection was not found. {ADVICE}", tuple(tried))


def _from_buffered_reader(reader: Any, sock: Any) -> bytes:
    """Return what an `io.BufferedReader` or a similar object has buffered, without waiting for the socket."""
    timeout = sock.gettimeout()
    sock.settimeout(0)
    try:
        early = reader.peek(1)
        return bytes(reader.read(len(early))) if early else b""
    except (OSError, ValueError):
        return b""
    finally:
        with suppress(OSError):
            sock.settimeout(timeout)


def _from_gunicorn(unreader: Any, sock: Any) -> bytes:
    """Return the contents of gunicorn's look-ahead buffer, which has no method for that before version 26."""
    take = getattr(unreader, "take_buffered", unreader.buf.getvalue)
    return bytes(take())


def _input_is(module: str, *names: str) -> Callable[[Meta], bool]:
    """Recognise a server by the class of its ``wsgi.input``."""

    def recognise(meta: Meta) -> bool:
        kind = type(meta.get("wsgi.input"))
        return kind.__module__ == module and kind.__name__ in names

    return recognise


def _input_is_buffered_reader(meta: Meta) -> bool:
    """Recognise wsgiref, and gevent for requests with Upgrade: their input is the buffered reader of the socket."""
    return isinstance(meta.get("wsgi.input"), io.BufferedReader)


_GUNICORN = Finder(
    "gunicorn",
    "META['gunicorn.socket']",
    recognise=lambda meta: "gunicorn.socket" in meta,
    sock=lambda meta: meta["gunicorn.socket"],
    reader=lambda meta: meta["wsgi.input"].reader.unreader,
    early=_from_gunicorn,
)

FINDERS: tuple[Finder, ...] = (
    # gunicorn's eventlet worker checks the same flag as eventlet's own server. Without it, writing the response to an
    # ended TLS connection fails in a way that gunicorn logs as an error.
    replace(
        _GUNICORN,
        recognise=lambda meta: type(meta.get("gunicorn.socket")).__module__.startswith("eventlet."),
        suppress_response=eventlet_wsgi.suppress_response,
    ),
    _GUNICORN,
    Finder(
        "eventlet.wsgi",
        "META['eventlet.input'].get_socket()",
        recognise=lambda meta: "eventlet.input" in meta,
        sock=lambda meta: meta["eventlet.input"].get_socket(),
        reader=lambda meta: meta["eventlet.input"].rfile,
        early=_from_buffered_reader,
        suppress_response=eventlet_wsgi.suppress_response,
        http_version=eventlet_wsgi.http_version,
    ),
    Finder(
        "werkzeug",
        "META['werkzeug.socket']",
        recognise=lambda meta: "werkzeug.socket" in meta,
        sock=lambda meta: meta["werkzeug.socket"],
        reader=lambda meta: meta["wsgi.input"],
        early=_from_buffered_reader,
    ),
    Finder(
        "runserver",
        "META['wsgi.input']._read.__self__.raw._sock",
        recognise=_input_is("django.core.handlers.wsgi", "LimitedStream"),
        sock=lambda meta: meta["wsgi.input"]._read.__self__.raw._sock,
        reader=lambda meta: meta["wsgi.input"]._read.__self__,
        early=_from_buffered_reader,
    ),
    Finder(
        "wsgiref, gevent.pywsgi (upgrade)",
        "META['wsgi.input'].raw._sock",
        recognise=_input_is_buffered_reader,
        sock=lambda meta: meta["wsgi.input"].raw._sock,
        reader=lambda meta: meta["wsgi.input"],
        early=_from_buffered_reader,
    ),
    Finder(
        "gevent.pywsgi, cheroot",
        "META['wsgi.input'].rfile.raw._sock",
        recognise=lambda meta: hasattr(meta.get("wsgi.input"), "rfile"),
        sock=lambda meta: meta["wsgi.input"].rfile.raw._sock,
        reader=lambda meta: meta["wsgi.input"].rfile,
        early=_from_buffered_reader,
    ),
)
