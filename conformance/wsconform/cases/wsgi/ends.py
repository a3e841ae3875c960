"""W.1 and W.2: how a WebSocket ends under a WSGI server, and how it begins."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wsconform.cases.builders import close, ping, text
from wsconform.cases.wsgi.builders import (
    HELLO,
    HELLO_BYTES,
    NORMAL,
    OPEN,
    UNHURRIED,
    Steps,
    close_handshake,
    closing,
    echo,
    open_websocket,
)
from wsconform.model import Fill, Level, Verdict
from wsconform.script import steps
from wsconform.script.model import Log, ScriptCase

__all__ = ["ends", "starts"]

#: Nothing after the Close frame, then the end of TCP.
THE_END = "wsgi-nothing-after", "6455-5.5.1-6", "6455-5.5.1-11"
UNREAD = tuple(text(Fill(b"unread ", 4096)) for _ in range(16))

#: How a view ends: its path below /w/, a description, the server's close code, the allowed log.
ENDINGS = (
    ("response", "returns an empty response", NORMAL, Log.CLEAN),
    ("none", "returns None", NORMAL, Log.CLEAN),
    ("body", "returns a response with a body", NORMAL, Log.CLEAN),
    ("cookies", "returns a response with cookies and headers", NORMAL, Log.CLEAN),
    ("redirect", "returns a redirect", NORMAL, Log.CLEAN),
    ("streaming", "returns a streaming response", NORMAL, Log.CLEAN),
    ("file", "returns a file", NORMAL, Log.CLEAN),
    ("raises", "raises an exception", 1011, Log.RAISED),
    ("raises-after-close", "calls close() and then raises an exception", NORMAL, Log.RAISED),
    ("closes", "calls close() with code 3001 and a reason", 3001, Log.CLEAN),
)

_case = partial(ScriptCase, "", clauses=THE_END)


def ends() -> Iterator[ScriptCase]:
    """Yield every way in which a WebSocket ends: nothing after the Close frame, then FIN."""
    yield from _by_client()
    yield from _behind_close()
    for path, phrase, code, log in ENDINGS:
        open_ = open_websocket(f"/w/{path}")
        yield _case(
            f"The client closes, then the view {phrase}: nothing follows the Close but FIN.",
            (*open_, *echo(), *closing()),
            log=log,
        )
        stop: Steps = (
            *open_,
            *echo("stop"),
            steps.ExpectClose((code,)),
            steps.Close(code),
            steps.ExpectEnd(),
        )
        yield _case(f"The view {phrase}: the server sends Close {code}, then FIN and nothing else.", stop, log=log)
    at_once = (
        *open_websocket("/w/at-once"),
        steps.ExpectClose((NORMAL,)),
        steps.Close(NORMAL),
        steps.ExpectEnd(),
    )
    yield _case(
        "The view returns at once, without reading or sending: the server sends Close 1000, then FIN and nothing else.",
        at_once,
    )
    yield from _unread()
    yield from _one_sided()
    yield ScriptCase(
        "",
        "The server ends a TLS connection with close_notify.",
        (*OPEN, *echo(), *close_handshake(), steps.ExpectEnd(notified=True)),
        ("tls-8446-6.1",),
        worst=Verdict.NON_STRICT,
        tls=True,
    )


def _by_client() -> Iterator[ScriptCase]:
    yield _case(
        "The client closes with code 1000: answered with Close, then FIN and nothing else.",
        (*OPEN, *echo(), *closing()),
    )
    for code, phrase in ((1001, "with code 1001"), (3000, "with code 3000"), (None, "without a code")):
        yield _case(
            f"The client closes {phrase}: answered with Close, then FIN and nothing else.",
            (*OPEN, *echo(), *closing(code)),
        )
    yield _case(
        "The client closes right after the opening handshake: answered with Close, then FIN and nothing else.",
        (*OPEN, *closing()),
    )


def _behind_close() -> Iterator[ScriptCase]:
    request = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    late = text("late"), ping("late")
    answered = steps.ExpectClose((NORMAL, None))
    for phrase, what in (("An HTTP request", (request,)), ("Frames", late)):
        glued: Steps = (steps.SendRaw((close(NORMAL), *what)), answered, steps.ExpectEnd())
        yield _case(f"{phrase} in the same segment as the Close frame: not answered.", (*OPEN, *echo(), *glued))
        # A server that has closed its socket altogether answers bytes with RST.
        after: Steps = (*close_handshake(), steps.SendRaw(what), steps.ExpectEnd(steps.ANY_END))
        yield _case(f"{phrase} after the closing handshake: not answered.", (*OPEN, *echo(), *after))


def _unread() -> Iterator[ScriptCase]:
    deaf = open_websocket("/w/deaf")
    yield _case(
        "The view returns with 64 KiB of messages unread: the client receives Close and FIN, not RST.",
        (
            *deaf,
            steps.SendRaw(UNREAD),
            steps.ExpectClose((NORMAL,)),
            steps.Close(NORMAL),
            steps.ExpectEnd(),
        ),
    )
    yield _case(
        "The view returns in the middle of a frame: the client receives Close and FIN, not RST.",
        (
            *deaf,
            steps.SendRaw((HELLO_BYTES[:5],)),
            steps.ExpectClose((NORMAL,)),
            steps.SendRaw((HELLO_BYTES[5:], close(NORMAL))),
            steps.ExpectEnd(),
        ),
    )


def _one_sided() -> Iterator[ScriptCase]:
    stop: Steps = (*open_websocket("/w/closes"), *echo("stop"), steps.ExpectClose((3001,)))
    yield _case(
        "The client never answers the server's Close: the server still closes TCP and releases the connection.",
        (*stop, steps.ExpectEnd(within=UNHURRIED), steps.ExpectRelease(UNHURRIED)),
        slow=True,
    )
    yield _case(
        "The client answers the server's Close but never closes TCP: the server does, and releases the connection.",
        (*stop, steps.Close(3001), steps.ExpectEnd(), steps.ExpectRelease(UNHURRIED)),
        slow=True,
    )
    yield _case(
        "The client sends Close but never closes TCP: the server does, and releases the connection.",
        (*OPEN, *echo(), *closing(), steps.ExpectRelease(UNHURRIED)),
        slow=True,
    )


def starts() -> Iterator[ScriptCase]:
    """Yield ways to segment the first frames; none may be lost."""
    messages = [f"message {n}" for n in range(10)]
    ten = tuple(map(text, messages))
    echoes = tuple(map(steps.ExpectMessage, messages))
    half, other_half = HELLO_BYTES[:5], HELLO_BYTES[5:]
    early = partial(ScriptCase, "", clauses=("wsgi-first-frame",), level=Level.MAY)
    yield early(
        "Frame in the same segment as the opening handshake, sent too early: not lost.",
        (steps.Request(trailing=(HELLO,)), steps.ExpectUpgrade(), *echo()[1:], *closing()),
    )
    yield early(
        "Half a frame in the same segment as the opening handshake, the rest later: not lost.",
        (steps.Request(trailing=(half,)), steps.ExpectUpgrade(), steps.SendRaw((other_half,)), *echo()[1:], *closing()),
    )
    yield early(
        "Ten frames in the same segment as the opening handshake: none lost.",
        (steps.Request(trailing=ten), steps.ExpectUpgrade(), *echoes, *closing()),
    )
    case = partial(ScriptCase, "", clauses=("6455-2.1-1", "6455-4.2.2-20"))
    yield case(
        "Opening handshake sent byte by byte, then a frame: echoed.",
        (steps.Request(byte_by_byte=True), steps.ExpectUpgrade(), *echo(), *closing()),
    )
    yield case(
        "Ten frames in one segment right after the 101: all echoed.", (*OPEN, steps.SendRaw(ten), *echoes, *closing())
    )
    yield case(
        "Half a frame, the rest after another client got its echo: both echoed.",
        (
            *(*OPEN, steps.SendRaw((half,)), *steps.on(2, *OPEN, *echo())),
            *(steps.SendRaw((other_half,)), *echo()[1:], *closing(), *steps.on(2, *closing())),
        ),
        needs=2,
    )
