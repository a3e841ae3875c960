"""W.1 and W.2: how a WebSocket ends under a WSGI server, and how it begins."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wsconform.cases.builders import close, ping, text
from wsconform.cases.wsgi.builders import (
    HELLO,
    HELLO_OCTETS,
    NORMAL,
    OPEN,
    UNHURRIED,
    Steps,
    bye,
    closing,
    echo,
    on,
)
from wsconform.model import Fill, Level, Message, Verdict
from wsconform.script.model import ANY_END, Ask, Closed, Ended, Hear, LetGo, Log, Opened, Say, ScriptCase

__all__ = ["ends", "starts"]

#: Nothing behind the Close frame, and then the end of TCP.
THE_END = "wsgi-nothing-after", "6455-5.5.1-6", "6455-5.5.1-11"
UNREAD = tuple(text(Fill(b"unread ", 4096)) for _ in range(16))

#: How a view ends: its path below /w/, in words, the close code of the server, what the log may say.
ENDINGS = (
    ("response", "returns an empty response", NORMAL, Log.CLEAN),
    ("none", "returns None", NORMAL, Log.CLEAN),
    ("body", "returns a response with a body", NORMAL, Log.CLEAN),
    ("cookies", "returns a response with cookies and fields", NORMAL, Log.CLEAN),
    ("redirect", "returns a redirection", NORMAL, Log.CLEAN),
    ("streaming", "returns a streaming response", NORMAL, Log.CLEAN),
    ("file", "returns a file", NORMAL, Log.CLEAN),
    ("raises", "raises", 1011, Log.RAISED),
    ("raises-after-close", "closes and then raises", NORMAL, Log.RAISED),
    ("closes", "closes with code 3001 and a reason", 3001, Log.CLEAN),
)

_case = partial(ScriptCase, "", clauses=THE_END)


def ends() -> Iterator[ScriptCase]:
    """Not one octet behind the Close frame, then FIN, whoever closes and whatever the view does."""
    yield from _by_client()
    yield from _behind_close()
    for path, words, code, log in ENDINGS:
        open_: Steps = (Ask(f"/w/{path}"), Opened())
        yield _case(f"The client closes, and the view {words}.", (*open_, *echo(), *closing()), log=log)
        stop: Steps = (*open_, *echo(text("stop")), Closed((code,)), Say((close(code),)), Ended())
        yield _case(f"The view {words}, and so the server closes.", stop, log=log)
    at_once = Ask("/w/at-once"), Opened(), Closed((NORMAL,)), Say((close(NORMAL),)), Ended()
    yield _case("The view returns without having read or sent anything.", at_once)
    yield from _unread()
    yield from _one_sided()
    yield ScriptCase(
        "",
        "Under TLS the end is announced by close_notify.",
        (*OPEN, *echo(), *bye(), Ended(notified=True)),
        ("tls-8446-6.1",),
        worst=Verdict.NON_STRICT,
        tls=True,
    )


def _by_client() -> Iterator[ScriptCase]:
    yield _case("The client closes with code 1000.", (*OPEN, *echo(), *closing()))
    for code, words in ((1001, "with code 1001"), (3000, "with code 3000"), (None, "without a code")):
        yield _case(f"The client closes {words}.", (*OPEN, *echo(), *closing(code)))
    yield _case("The client closes at once.", (*OPEN, *closing()))


def _behind_close() -> Iterator[ScriptCase]:
    request = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    late = text("late"), ping("late")
    answered = Closed((NORMAL, None))
    for words, what in (("An HTTP request", (request,)), ("Frames", late)):
        glued: Steps = (Say((close(NORMAL), *what)), answered, Ended())
        yield _case(f"{words} in one segment with the Close frame: no answer.", (*OPEN, *echo(), *glued))
        # Who has given up his end of TCP altogether answers octets with RST.
        after: Steps = (*bye(), Say(what), Ended(ANY_END))
        yield _case(f"{words} after the closing handshake: no answer.", (*OPEN, *echo(), *after))


def _unread() -> Iterator[ScriptCase]:
    deaf: Steps = (Ask("/w/deaf"), Opened())
    yield _case(
        "The view returns and leaves 64 KiB of messages unread: the Close arrives, and FIN rather than RST.",
        (*deaf, Say(UNREAD), Closed((NORMAL,)), Say((close(NORMAL),)), Ended()),
    )
    yield _case(
        "The view returns in the middle of a frame: the Close arrives, and FIN rather than RST.",
        (*deaf, Say((HELLO_OCTETS[:5],)), Closed((NORMAL,)), Say((HELLO_OCTETS[5:], close(NORMAL))), Ended()),
    )


def _one_sided() -> Iterator[ScriptCase]:
    stop: Steps = (Ask("/w/closes"), Opened(), *echo(text("stop")), Closed((3001,)))
    yield _case(
        "The client never answers the server's Close: the server ends TCP all the same, and lets go.",
        (*stop, Ended(within=UNHURRIED), LetGo(UNHURRIED)),
        slow=True,
    )
    yield _case(
        "The client answers the server's Close and never ends TCP: the server does, and lets go.",
        (*stop, Say((close(3001),)), Ended(), LetGo(UNHURRIED)),
        slow=True,
    )
    yield _case(
        "The client closes and never ends TCP: the server does, and lets go.",
        (*OPEN, *echo(), *closing(), LetGo(UNHURRIED)),
        slow=True,
    )


def starts() -> Iterator[ScriptCase]:
    """The first frame arrives, wherever the segments begin and end."""
    ten = tuple(text(f"message {n}") for n in range(10))
    heard = tuple(Hear(Message(frame.payload)) for frame in ten)
    half, other_half = HELLO_OCTETS[:5], HELLO_OCTETS[5:]
    early = partial(ScriptCase, "", clauses=("wsgi-first-frame",), level=Level.MAY)
    yield early(
        "A frame in one segment with the head of the request, although the client should wait: it is not lost.",
        (Ask(behind=(HELLO,)), Opened(), *echo()[1:], *closing()),
    )
    yield early(
        "Half a frame in one segment with the head, the other half later: it is not lost.",
        (Ask(behind=(half,)), Opened(), Say((other_half,)), *echo()[1:], *closing()),
    )
    yield early(
        "Ten frames in one segment with the head: none is lost.",
        (Ask(behind=ten), Opened(), *heard, *closing()),
    )
    case = partial(ScriptCase, "", clauses=("6455-2.1-1", "6455-4.2.2-20"))
    yield case("The head octet by octet, then a frame.", (Ask(octet_by_octet=True), Opened(), *echo(), *closing()))
    yield case("Ten frames in one segment at once behind the 101.", (*OPEN, Say(ten), *heard, *closing()))
    yield case(
        "Half a frame, and the other half once another client has had its echo.",
        (
            *(*OPEN, Say((half,)), *on(2, *OPEN, *echo())),
            *(Say((other_half,)), *echo()[1:], *closing(), *on(2, *closing())),
        ),
        needs=2,
    )
