"""Where each WSGI server keeps the socket of a request, in one table; refuses to know what is sent on it.

A server may have read more from the socket than the head of the request; a finder gets those octets back.
"""

import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from dwebsocket.exceptions import ServerNotSupported

from . import eventlet_wsgi
from .strangers import ADVICE, stranger_for

__all__ = ["FINDERS", "Finder", "Takeover", "find_socket", "finder_for", "server_name"]

Meta = Mapping[str, Any]


def _nothing(_: Meta) -> None:
    """What there is to do, or to be said, under most servers."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """A socket that was found.

    Attributes:
        server: the name of the finder.
        sock: the server's own socket object.
        early: octets that the server had already read behind the head of the request.
    """

    server: str
    sock: Any
    early: bytes


@dataclass(frozen=True, slots=True)
class Finder:
    """How to get at the socket under one server.

    Attributes:
        name: the server, as people call it.
        place: the path to the socket, as said in error messages.
        recognise: is this the server? Looks at ``request.META`` only.
        sock: ``request.META`` -> socket.
        reader: ``request.META`` -> the object in which octets may be left.
        early: (reader, socket) -> those octets.
        silence: keeps the server from an answer of its own, where the end of the connection does not.
        http_version: the client's, where the server does not tell it.
    """

    name: str
    place: str
    recognise: Callable[[Meta], bool]
    sock: Callable[[Meta], Any]
    reader: Callable[[Meta], Any]
    early: Callable[[Any, Any], bytes]
    silence: Callable[[Meta], None] = _nothing
    http_version: Callable[[Meta], str | None] = _nothing


def finder_for(meta: Meta) -> Finder | None:
    """Return the finder that is to look first; None: the server is not known."""
    return next((finder for finder in FINDERS if finder.recognise(meta)), None)


def server_name(meta: Meta) -> str:
    """Return the name by which people know the server, as far as it can be recognised."""
    known = finder_for(meta) or stranger_for(meta)
    return known.name if known else str(meta.get("SERVER_SOFTWARE") or "an unknown server")


def find_socket(meta: Meta) -> Takeover:
    """Find the socket of a request.

    Args:
        meta: ``request.META``, which is the WSGI environ.

    Raises:
        ServerNotSupported: no finder knows the server, or its insides have changed, or it is known
            to keep its sockets to itself.
    """
    stranger = stranger_for(meta)
    if stranger and finder_for(meta) is None:
        raise ServerNotSupported(stranger.name, f"{stranger.reason} {stranger.advice}")
    tried = []
    for finder in FINDERS:
        if not finder.recognise(meta):
            tried.append(f"{finder.name}: not recognised")
            continue
        try:
            sock = finder.sock(meta)
            return Takeover(finder.name, sock, finder.early(finder.reader(meta), sock))
        except (AttributeError, TypeError) as error:
            tried.append(f"{finder.name}: recognised, but there is no {finder.place} ({error})")
    raise ServerNotSupported(server_name(meta), f"its socket was not found. {ADVICE}", tuple(tried))


def _from_buffered_reader(reader: Any, sock: Any) -> bytes:
    """Empty an `io.BufferedReader`, or what behaves as one, without waiting for the socket."""
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
    """Empty gunicorn's look-ahead buffer; before version 26 it had no method for that."""
    take = getattr(unreader, "take_buffered", unreader.buf.getvalue)
    return bytes(take())


def _input_is(module: str, *names: str) -> Callable[[Meta], bool]:
    """Recognise a server by the class of its ``wsgi.input``."""

    def recognise(meta: Meta) -> bool:
        kind = type(meta.get("wsgi.input"))
        return kind.__module__ == module and kind.__name__ in names

    return recognise


def _input_is_buffered_reader(meta: Meta) -> bool:
    """The server wsgiref hands its reader out as it is; so does gevent, when the request asks for an upgrade."""
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
    # Its eventlet worker asks what eventlet's own server asks. A response to a connection over TLS that has
    # ended fails there in a way that gunicorn takes for a mistake and logs.
    replace(
        _GUNICORN,
        recognise=lambda meta: type(meta.get("gunicorn.socket")).__module__.startswith("eventlet."),
        silence=eventlet_wsgi.silence,
    ),
    _GUNICORN,
    Finder(
        "eventlet.wsgi",
        "META['eventlet.input'].get_socket()",
        recognise=lambda meta: "eventlet.input" in meta,
        sock=lambda meta: meta["eventlet.input"].get_socket(),
        reader=lambda meta: meta["eventlet.input"].rfile,
        early=_from_buffered_reader,
        silence=eventlet_wsgi.silence,
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
