"""The effects of settings."""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.api.builders import (
    END,
    clause,
    close_handshake,
    dwebsocket,
    howto,
    open_websocket,
    readmes,
    ruling,
)
from wsconform.cases.api.http_steps import PAGE, echo, expect_refusal, get, no_view_entered, plain_handshake
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["settings"]

_ACCEPT_ALL = (*readmes("Usage"), howto("III. usage"))
_BACKENDS = (dwebsocket("WEBSOCKET_FACTORY_CLASS"),)


def settings() -> Iterator[ApiClause]:
    """Yield clauses about each setting, then DEBUG and unknown URLs."""
    yield from _accept_all()
    yield from _factory_class()
    yield from _subprotocols()
    yield from _max_message_size()
    yield from _pings()
    yield from _debug()
    yield from _unknown_urls()


def _accept_all() -> Iterator[ApiClause]:
    for view, what in (
        ("bare", "a view without a decorator"),
        ("accept", "a view with accept_websocket"),
        ("require", "a view with require_websocket"),
        ("flagged", "a view with the attribute accept_websocket = True"),
    ):
        yield clause(
            f"With WEBSOCKET_ACCEPT_ALL, a WebSocket reaches {what} exactly once.",
            echo(view),
            site="accept-all",
            bases=_ACCEPT_ALL,
        )
    yield clause(
        "With WEBSOCKET_ACCEPT_ALL, a WebSocket reaches a class-based view without a decorator.",
        echo("bare-class"),
        site="accept-all",
        bases=_ACCEPT_ALL,
    )
    yield clause(
        "With WEBSOCKET_ACCEPT_ALL, request.websocket is None for a plain request to a view without a decorator.",
        get("bare", body=PAGE),
        steps.ExpectNotes({"is_websocket": False, "websocket": None, "raised": None}),
        site="accept-all",
        bases=_ACCEPT_ALL,
    )
    yield clause(
        "With WEBSOCKET_ACCEPT_ALL, a plain request to a view with require_websocket is refused with 400.",
        get("require", 400),
        no_view_entered,
        site="accept-all",
        bases=_ACCEPT_ALL,
    )
    yield clause(
        "With WEBSOCKET_ACCEPT_ALL, a malformed opening handshake for a view without a decorator is refused with 400.",
        plain_handshake("bare", {"Sec-WebSocket-Key": None}),
        steps.ExpectResponse((400,)),
        no_view_entered,
        site="accept-all",
        bases=readmes("Error handling"),
    )


def _factory_class() -> Iterator[ApiClause]:
    yield clause(
        "WEBSOCKET_FACTORY_CLASS names the factory that creates request.websocket.",
        open_websocket("made-by"),
        steps.Send("one"),
        steps.ExpectMessage("one"),
        steps.ExpectClose(),
        steps.ExpectNotes({"made_by": "OwnFactory", "raised": None}),
        site="factory",
        bases=_BACKENDS,
    )
    yield clause(
        "With a custom WEBSOCKET_FACTORY_CLASS, a plain request reaches the view.",
        get("accept", body=PAGE),
        steps.ExpectNotes({"is_websocket": False, "websocket": None, "raised": None}),
        site="factory",
        bases=_BACKENDS,
    )
    yield clause(
        "With a custom WEBSOCKET_FACTORY_CLASS, a malformed opening handshake is refused with 400.",
        plain_handshake("accept", {"Sec-WebSocket-Key": None}),
        steps.ExpectResponse((400,)),
        no_view_entered,
        site="factory",
        bases=readmes("Error handling"),
    )


#: The client's offer, and the subprotocol that WEBSOCKET_SUBPROTOCOLS of chat.v2 and chat.v1 selects.
_AGREED = {
    "the first of the client's subprotocols that is listed": (("mqtt", "chat.v1", "chat.v2"), "chat.v1"),
    "no subprotocol if none of the client's is listed": (("mqtt",), None),
    "no subprotocol if the client offers none": ((), None),
}


def _subprotocols() -> Iterator[ApiClause]:
    for which, (offered, agreed) in _AGREED.items():
        yield clause(
            f"WEBSOCKET_SUBPROTOCOLS selects {which}.",
            _agreement("subprotocol", offered, agreed),
            site="strict",
            bases=ruling(24) if agreed else (),
        )
    yield clause(
        "The subprotocols of a decorator take precedence over WEBSOCKET_SUBPROTOCOLS.",
        _agreement("accept-mute", ("chat.v1",), None),
        site="strict",
    )
    yield clause(
        "Without WEBSOCKET_SUBPROTOCOLS, no subprotocol is selected.",
        _agreement("subprotocol", ("chat.v1",), None),
    )


def _agreement(view: str, offered: tuple[str, ...], agreed: str | None) -> tuple[steps.Step, ...]:
    return (
        steps.Request(f"/a/{view}", subprotocols=offered, origin=""),
        steps.ExpectUpgrade(agreed),
        steps.ExpectMessage(str(agreed)),
        steps.ExpectClose(),
    )


#: Messages longer than the 1000 bytes that WEBSOCKET_MAX_MESSAGE_SIZE of the strict site allows.
_TOO_LARGE = {
    "a text message of 1,001 bytes": steps.Send("x" * 1001),
    "a binary message of 1,001 bytes": steps.Send(b"x" * 1001),
    "a text message of 501 characters and 1,002 bytes": steps.Send("é" * 501),
    "a message of 1,200 bytes in three fragments": steps.Send("x" * 1200, fragments=3),
    "a message of 1 MiB": steps.Send("x" * 1048576),
}
_LARGEST = {
    "a text message of 1,000 bytes": steps.Send("x" * 1000),
    "a binary message of 1,000 bytes": steps.Send(b"x" * 1000),
    "a message of 1,000 bytes in three fragments": steps.Send("x" * 1000, fragments=3),
}


def _max_message_size() -> Iterator[ApiClause]:
    for what, message in _LARGEST.items():
        yield clause(
            f"WEBSOCKET_MAX_MESSAGE_SIZE = 1000 allows {what}.",
            open_websocket("lengths", origin=""),
            message,
            steps.ExpectMessage("1000"),
            message,
            steps.ExpectMessage("1000"),
            close_handshake,
            steps.ExpectNotes({"lengths": [1000, 1000], "closed": True, "raised": None}),
            site="strict",
            bases=ruling(20),
        )
    for what, message in _TOO_LARGE.items():
        yield clause(
            f"With WEBSOCKET_MAX_MESSAGE_SIZE = 1000, {what} closes the connection with 1009; wait() returns None.",
            open_websocket("lengths", origin=""),
            steps.Send("one"),
            steps.ExpectMessage("3"),
            message,
            steps.ExpectClose((1009,)),
            steps.ExpectNotes({"lengths": [3], "closed": True, "raised": None}),
            site="strict",
        )


def _pings() -> Iterator[ApiClause]:
    yield clause(
        "WEBSOCKET_PING_INTERVAL and WEBSOCKET_PING_TIMEOUT keep the connection of a client that answers pings.",
        open_websocket("lengths", origin=""),
        steps.ExpectSilence(1.2),
        steps.Send("one"),
        steps.ExpectMessage("3"),
        close_handshake,
        site="strict",
        slow=True,
        bases=ruling(22),
    )
    yield clause(
        "After WEBSOCKET_PING_TIMEOUT, wait() returns None if the client has not answered a ping.",
        open_websocket("lengths", origin=""),
        steps.ExpectNotes({"lengths": [], "closed": True, "raised": None}),
        site="strict",
        slow=True,
    )


def _debug() -> Iterator[ApiClause]:
    for site, mode in (("debug", "on"), ("middleware", "off")):
        yield clause(f"With DEBUG {mode}, a WebSocket reaches its view.", echo("accept"), site=site)
        for kind, error in (("value", "ValueError"), ("404", "Http404")):
            yield clause(
                f"With DEBUG {mode}, {error} in a view closes its WebSocket with 1011, and nothing follows the Close.",
                *open_websocket(f"fail/{kind}"),
                steps.Send("go"),
                steps.ExpectClose((1011,)),
                END,
                site=site,
            )
        yield clause(
            f"With DEBUG {mode}, a malformed opening handshake is refused with 400.",
            plain_handshake("accept", {"Sec-WebSocket-Key": None}),
            steps.ExpectResponse((400,)),
            no_view_entered,
            site=site,
            bases=readmes("Error handling"),
        )
        yield clause(
            f"With DEBUG {mode}, a WebSocket to a view without a decorator is refused with 400.",
            expect_refusal("bare", 400),
            site=site,
            bases=readmes("Usage"),
        )
        yield clause(
            f"With DEBUG {mode}, require_websocket answers a plain request with 400.",
            get("require", 400),
            no_view_entered,
            site=site,
            bases=readmes("Usage"),
        )
        yield clause(
            f"With DEBUG {mode}, an exception in a view without a WebSocket is answered with 500.",
            steps.Request("/a/broken", websocket=False),
            steps.ExpectResponse((500,), contains=("as it is meant to be",) if mode == "on" else ("server error",)),
            site=site,
        )


def _unknown_urls() -> Iterator[ApiClause]:
    for site, where in (
        ("decorators", "Without the middleware"),
        ("middleware", "With the middleware listed"),
        ("accept-all", "With WEBSOCKET_ACCEPT_ALL"),
        ("debug", "With DEBUG on"),
    ):
        yield clause(
            f"{where}, a WebSocket to an unknown URL is answered with 404.",
            steps.Request("/a/there-is-no-such-view"),
            steps.ExpectResponse((404,), contains=("not found",)),
            site=site,
        )
