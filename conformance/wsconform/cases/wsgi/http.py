"""W.3 and W.4: plain HTTP alongside and before a WebSocket, and refused opening handshakes."""

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
    """Yield requests that are not opening handshakes; they get their ordinary responses."""
    post: Steps = (steps.Request("/w/post", websocket=False, method="POST", body=FORM), steps.ExpectResponse(body=FORM))
    head: Steps = (steps.Request("/echo", websocket=False, method="HEAD"), steps.ExpectResponse(body=b""))
    case = partial(ScriptCase, "", clauses=(FRAMED,))
    yield case("GET to a WebSocket view: one complete response.", get("/echo", PAGE))
    yield case("GET to another view: one complete response.", get("/", b"The project under test.\n"))
    yield case("POST with a body to a WebSocket view: one complete response.", post)
    yield case("HEAD to a WebSocket view: one response without a body.", head)
    yield case(
        "GET while a WebSocket is open: answered, and the WebSocket still echoes.",
        (*OPEN, *echo(), *steps.on(2, *get()), *echo(), *closing()),
        needs=2,
    )
    case = partial(ScriptCase, "", clauses=("wsgi-upgrade-later", FRAMED))
    for phrase, before in (
        ("GET", get()),
        ("Two GETs", (*get(), steps.ExpectPersistence(), *get("/", None))),
        ("POST with a body", post),
        ("GET to the same view", get("/echo", PAGE)),
    ):
        yield case(
            f"{phrase}, then an opening handshake on the same connection, if the server keeps it open: accepted.",
            (*before, steps.ExpectPersistence(), *OPEN, *echo(), *closing()),
        )
    request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    yield case(
        "GET, then a WebSocket on the same connection, then a request after its Close: the last is not answered.",
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
#: Opening handshakes that must not be accepted: description, request, response, clause.
REFUSED = (
    (
        "Opening handshake with version 8 (the response names 13)",
        OLD_VERSION,
        NEW_VERSION,
        "6455-4.2.2-6",
    ),
    (
        "Opening handshake without a version",
        steps.Request(headers=(("Sec-WebSocket-Version", None),)),
        REFUSAL,
        "6455-4.2.1-10",
    ),
    (
        "Opening handshake without a key",
        steps.Request(headers=(("Sec-WebSocket-Key", None),)),
        REFUSAL,
        "6455-4.2.1-8",
    ),
    (
        "Opening handshake with a key of 5 bytes",
        steps.Request(headers=(("Sec-WebSocket-Key", "c2hvcnQ="),)),
        REFUSAL,
        "6455-4.2.1-9",
    ),
    ("Opening handshake by POST", steps.Request(method="POST"), REFUSAL, "6455-4.2.1-2"),
    ("Opening handshake for an unknown path", steps.Request("/nowhere"), steps.ExpectResponse((404,)), "6455-4.2.2-7"),
    (
        "Opening handshake for a view without WebSocket",
        steps.Request("/"),
        steps.ExpectResponse(range(200, 500)),
        "wsgi-one-answer",
    ),
    (
        "Plain request for a view that requires a WebSocket",
        steps.Request("/w/required", websocket=False),
        steps.ExpectResponse((400, 426)),
        "wsgi-one-answer",
    ),
)
FOREIGN = steps.Request(headers=(("Origin", "https://elsewhere.example"),))


def refusals() -> Iterator[ScriptCase]:
    """Yield refused handshakes: one complete HTTP response, and then the connection is as announced."""
    after: Steps = (steps.ExpectPersistence(), *get())
    for phrase, request, response, clause in REFUSED:
        clauses = tuple(dict.fromkeys((clause, FRAMED, PERSISTENT)))
        yield ScriptCase(
            "",
            f"{phrase}: one complete response, then the connection is kept or closed as announced.",
            (request, response, *after),
            clauses,
        )
    yield ScriptCase(
        "",
        "Opening handshake with an Origin that is not allowed: one complete response, "
        "then the connection is kept or closed as announced.",
        (FOREIGN, steps.ExpectResponse((403,)), *after),
        ("6455-10.2-1", FRAMED, PERSISTENT),
        level=Level.SHOULD,
        worst=Verdict.NON_STRICT,
    )
    yield ScriptCase(
        "",
        "Opening handshake with version 8, then with 13 on the same connection, if the server keeps it open: "
        "the second is accepted.",
        (OLD_VERSION, NEW_VERSION, steps.ExpectPersistence(), *OPEN, *echo(), *closing()),
        ("6455-4.4-2", PERSISTENT),
    )
