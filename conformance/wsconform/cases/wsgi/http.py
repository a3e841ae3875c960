"""W.3 and W.4: plain HTTP beside and before a WebSocket, and opening handshakes that are refused."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wsconform.cases.builders import close
from wsconform.cases.wsgi.builders import NORMAL, OPEN, REFUSAL, Steps, closing, echo, get
from wsconform.model import Level, Verdict
from wsconform.script import steps
from wsconform.script.model import ScriptCase

__all__ = ["plain_http", "refusals"]

FRAMED, PERSISTENT = "wsgi-one-answer", "9112-9-1"
PAGE = b"This page wants a WebSocket.\n"
FORM = b"a=1&b=2"


def plain_http() -> Iterator[ScriptCase]:
    """Requests that are no opening handshake get what they would get anywhere."""
    post: Steps = (steps.Request("/w/post", websocket=False, method="POST", body=FORM), steps.ExpectResponse(body=FORM))
    head: Steps = (steps.Request("/echo", websocket=False, method="HEAD"), steps.ExpectResponse(body=b""))
    case = partial(ScriptCase, "", clauses=(FRAMED,))
    yield case("A plain GET on the view of the WebSocket.", get("/echo", PAGE))
    yield case("GET on another view.", get("/", b"The project under test.\n"))
    yield case("POST with a body on the view of a WebSocket.", post)
    yield case("HEAD on the view of the WebSocket.", head)
    yield case(
        "GET while a WebSocket is open, which goes on.",
        (*OPEN, *echo(), *steps.on(2, *get()), *echo(), *closing()),
        needs=2,
    )
    case = partial(ScriptCase, "", clauses=("wsgi-upgrade-later", FRAMED))
    for phrase, before in (
        ("GET", get()),
        ("Two GETs", (*get(), steps.ExpectPersistence(), *get("/", None))),
        ("POST with a body", post),
        ("A plain GET on the same view", get("/echo", PAGE)),
    ):
        yield case(
            f"{phrase}, then the opening handshake on the same connection, if the server keeps it.",
            (*before, steps.ExpectPersistence(), *OPEN, *echo(), *closing()),
        )
    request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    yield case(
        "GET, then a WebSocket on the same connection, then a request behind its Close: no answer.",
        (
            *get(),
            steps.ExpectPersistence(),
            *OPEN,
            *echo(),
            steps.SendRaw((close(NORMAL), request)),
            steps.ExpectClose((NORMAL, None)),
            steps.ExpectEnd(),
        ),
    )


OLD_VERSION = steps.Request(headers=(("Sec-WebSocket-Version", "8"),))
NEW_VERSION = steps.ExpectResponse((426, 400), (("Sec-WebSocket-Version", "13"),))
#: Opening handshakes that must not be accepted: in words, the request, the answer, the clause.
REFUSED = (
    (
        "Version 8 (the answer names 13)",
        OLD_VERSION,
        NEW_VERSION,
        "6455-4.2.2-6",
    ),
    (
        "No version",
        steps.Request(headers=(("Sec-WebSocket-Version", None),)),
        REFUSAL,
        "6455-4.2.1-10",
    ),
    (
        "No key",
        steps.Request(headers=(("Sec-WebSocket-Key", None),)),
        REFUSAL,
        "6455-4.2.1-8",
    ),
    (
        "A key of 5 octets",
        steps.Request(headers=(("Sec-WebSocket-Key", "c2hvcnQ="),)),
        REFUSAL,
        "6455-4.2.1-9",
    ),
    ("Method POST", steps.Request(method="POST"), REFUSAL, "6455-4.2.1-2"),
    ("An unknown path", steps.Request("/nowhere"), steps.ExpectResponse((404,)), "6455-4.2.2-7"),
    ("A view without WebSocket", steps.Request("/"), steps.ExpectResponse(range(200, 500)), "wsgi-one-answer"),
    (
        "A plain request for a view that requires a WebSocket",
        steps.Request("/w/required", websocket=False),
        steps.ExpectResponse((400, 426)),
        "wsgi-one-answer",
    ),
)
FOREIGN = steps.Request(headers=(("Origin", "https://elsewhere.example"),))


def refusals() -> Iterator[ScriptCase]:
    """One complete HTTP answer, and then the connection is as the answer says: usable or at its end."""
    after: Steps = (steps.ExpectPersistence(), *get())
    for phrase, request, response, clause in REFUSED:
        clauses = tuple(dict.fromkeys((clause, FRAMED, PERSISTENT)))
        yield ScriptCase(
            "", f"{phrase}: one complete answer, and the connection as announced.", (request, response, *after), clauses
        )
    yield ScriptCase(
        "",
        "An Origin that the site does not allow: one complete answer, and the connection as announced.",
        (FOREIGN, steps.ExpectResponse((403,)), *after),
        ("6455-10.2-1", FRAMED, PERSISTENT),
        level=Level.SHOULD,
        worst=Verdict.NON_STRICT,
    )
    yield ScriptCase(
        "",
        "Version 8, and the same client again with version 13 on the same connection, if the server keeps it.",
        (OLD_VERSION, NEW_VERSION, steps.ExpectPersistence(), *OPEN, *echo(), *closing()),
        ("6455-4.4-2", PERSISTENT),
    )
