"""WebSockets and the rest of a site: sessions, users, transactions, and ordinary pages."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import clause, close_handshake, open_websocket, usage
from wsconform.cases.api.http_steps import create_tables, echo, get, plain_handshake
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["django_integration"]


def django_integration() -> Iterator[ApiClause]:
    """Yield clauses about WebSockets and the rest of the site."""
    yield from _clients()
    yield from _sessions()
    yield from _transactions()
    yield from _exceptions()
    yield from _pages()


def _about(sentence: str, *before: steps.Step, **known: object) -> ApiClause:
    return clause(sentence, *before, steps.ExpectJson(known), steps.ExpectClose(), bases=usage(13))


def _clients() -> Iterator[ApiClause]:
    yield _about("request.user is the user who has logged in.", *get("login"), *open_websocket("about"), is_user=True)
    yield _about("request.user is anonymous without a login.", *open_websocket("about"), is_user=False)
    yield _about(
        "request.session has the values that a page has stored.",
        *get("remember?word=swordfish"),
        *open_websocket("about"),
        word="swordfish",
    )
    yield _about(
        "request.GET has the query parameters of the opening handshake.",
        *open_websocket("about?room=7&tag=a&tag=b&name=caf%C3%A9"),
        parameters={"room": ["7"], "tag": ["a", "b"], "name": ["café"]},
    )
    yield _about(
        "request.COOKIES has the cookies of the opening handshake.",
        *open_websocket("about", headers=(("Cookie", "flavour=oat"),)),
        cookie="oat",
    )
    yield _about(
        "request.META has the header fields of the opening handshake.",
        *open_websocket("about", headers=(("X-Colour", "blue"),)),
        header="blue",
    )
    yield _about(
        "request.path and request.method have the path and method of the opening handshake.",
        *open_websocket("about"),
        path="/a/about",
        method="GET",
    )


def _sessions() -> Iterator[ApiClause]:
    yield clause(
        "A session that a view modifies is saved when the view ends.",
        get("remember?word=before"),
        open_websocket("replace-word"),
        steps.Send("after"),
        steps.ExpectClose(),
        steps.ExpectNotes({"raised": None}),
        open_websocket("saved-word?word=after"),
        steps.ExpectJson(True),
        steps.ExpectClose(),
        get("recall", body=b"after"),
        bases=usage(13),
    )
    yield clause(
        "A session that a view saves itself is visible to other requests while the WebSocket is open.",
        get("remember?word=before"),
        open_websocket("save-word"),
        steps.Send("meanwhile"),
        steps.ExpectMessage("saved"),
        steps.on(2, *get("recall", body=b"meanwhile")),
        close_handshake,
    )
    yield clause(
        "A session that a page modifies while a WebSocket is open keeps the changes of the page.",
        get("remember?word=before"),
        open_websocket("accept"),
        steps.on(2, *get("remember?word=meanwhile")),
        steps.Send("one"),
        steps.ExpectMessage("one"),
        steps.ExpectClose(),
        steps.ExpectNotes({"raised": None}),
        open_websocket("saved-word?word=meanwhile"),
        steps.ExpectJson(True),
        steps.ExpectClose(),
    )


#: Ways to write in a transaction: the site, the view, a description.
_TRANSACTIONS = (
    ("decorators", "write-above", "transaction.atomic above accept_websocket", usage(12)),
    ("decorators", "write-below", "transaction.atomic below accept_websocket", usage(12)),
    ("guarded", "write", "ATOMIC_REQUESTS", ()),
    ("guarded", "flagged-write", "ATOMIC_REQUESTS and the attribute accept_websocket = True", ()),
)


def _transactions() -> Iterator[ApiClause]:
    for site, view, how, bases in _TRANSACTIONS:
        for word, ending, written in (
            ("end", "commits when it ends", True),
            ("fail", "rolls back when it raises", False),
        ):
            yield clause(
                f"A view with {how} {ending}.",
                create_tables,
                open_websocket(view),
                steps.Send(word),
                steps.ExpectClose(()),
                steps.ExpectNotes({"raised": None if written else "ValueError: as it is meant to be"}),
                open_websocket("is-written"),
                steps.ExpectJson(written),
                steps.ExpectClose(),
                site=site,
                bases=bases,
            )
    yield clause(
        "A transaction inside a view commits or rolls back at the end of its block, and the WebSocket stays open.",
        create_tables,
        open_websocket("write-in-block"),
        steps.Send("end"),
        steps.ExpectClose(),
        steps.ExpectNotes({"count": 1, "raised": None}),
        open_websocket("is-written"),
        steps.ExpectJson(True),
        steps.ExpectClose(),
        bases=usage(12),
    )


_ERRORS = {
    "value": "ValueError",
    "404": "Http404",
    "denied": "PermissionDenied",
    "suspicious": "SuspiciousOperation",
    "system": "OSError",
}


def _exceptions() -> Iterator[ApiClause]:
    for kind, error in _ERRORS.items():
        yield clause(
            f"{error} in a view closes its WebSocket with 1011.",
            open_websocket(f"fail/{kind}"),
            steps.Send("go"),
            steps.ExpectClose((1011,)),
            steps.ExpectNotes({"raised": f"{error}: as it is meant to be"}),
        )
        yield clause(
            f"After {error} in a view, the site still serves pages and WebSockets.",
            open_websocket(f"fail/{kind}"),
            steps.Send("go"),
            steps.ExpectClose(()),
            steps.ExpectNotes({"raised": f"{error}: as it is meant to be"}),
            get("page", body=b"a page"),
            open_websocket("about"),
            steps.ExpectJson({"method": "GET"}),
            steps.ExpectClose(),
        )


_TOKEN = "a1B2c3D4" * 8
#: The fields that a form needs to be accepted, also over TLS.
_TRUSTED = (
    ("Host", "localhost"),
    ("Referer", "https://localhost/"),
    ("Cookie", f"csrftoken={_TOKEN}"),
    ("X-CSRFToken", _TOKEN),
    ("Content-Type", "application/x-www-form-urlencoded"),
)
_PAGES: dict[str, tuple[steps.Step, steps.Step]] = {
    "a page": (steps.Request("/a/page", websocket=False), steps.ExpectResponse(body=b"a page")),
    "a response to HEAD": (steps.Request("/a/page", websocket=False, method="HEAD"), steps.ExpectResponse(body=b"")),
    "a streaming response": (
        steps.Request("/a/stream", websocket=False),
        steps.ExpectResponse(body=b"".join(b"line %d\n" % n for n in range(1000))),
    ),
    "a response of 1 MiB": (
        steps.Request("/a/large", websocket=False),
        steps.ExpectResponse(body=b"0123456789abcdef" * 65536),
    ),
    "a file": (steps.Request("/a/file", websocket=False), steps.ExpectResponse(body=b"a file\n" * 30000)),
    "a response to a form with its CSRF token": (
        steps.Request("/a/form", websocket=False, method="POST", headers=_TRUSTED, body=b"field=7"),
        steps.ExpectResponse(body=b"got 7"),
    ),
    "a 403 for a form without its CSRF token": (
        steps.Request("/a/form", websocket=False, method="POST", body=b"field=7"),
        steps.ExpectResponse((403,)),
    ),
    "a redirect": (
        steps.Request("/a/redirect", websocket=False),
        steps.ExpectResponse((302,), (("Location", "/a/page"),)),
    ),
    "a 404": (steps.Request("/a/there-is-no-such-view", websocket=False), steps.ExpectResponse((404,))),
    "a 500": (steps.Request("/a/broken", websocket=False), steps.ExpectResponse((500,))),
}


def _pages() -> Iterator[ApiClause]:
    for what, page in _PAGES.items():
        yield clause(
            f"The site returns {what} before, between and after WebSockets.",
            page,
            echo("accept"),
            page,
            echo("accept", entered=2),
            page,
        )
        yield clause(
            f"The site returns {what} while a WebSocket is open.",
            open_websocket("lengths"),
            steps.on(2, *page),
            steps.Send("one"),
            steps.ExpectMessage("3"),
            close_handshake,
        )
    yield clause(
        "After a refused opening handshake, the next page is complete.",
        plain_handshake("accept", {"Sec-WebSocket-Key": None}),
        steps.ExpectResponse((400,)),
        _PAGES["a page"],
    )
