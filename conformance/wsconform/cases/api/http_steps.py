"""Parts of conversations about the way to a view: plain requests, handshakes as plain requests, probes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wsconform.cases.api.builders import open_websocket
from wsconform.script import steps

__all__ = [
    "HANDSHAKE",
    "PAGE",
    "create_tables",
    "echo",
    "expect_refusal",
    "get",
    "get_notes",
    "no_view_entered",
    "plain_handshake",
]

#: The fields of a good opening handshake.
HANDSHAKE: Mapping[str, str] = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
#: What the routing probe answers to a plain request.
PAGE = b"the page"

#: Nothing has been noted: no view of this clause was entered.
no_view_entered: tuple[steps.Step, ...] = (
    steps.Request("/a/notes", websocket=False),
    steps.ExpectResponse(body=b'{"values": {}, "ended": false}'),
)
#: There is a database from here on.
create_tables: tuple[steps.Step, ...] = (steps.Request("/a/tables", websocket=False), steps.ExpectResponse())


def get(view: str, *statuses: int, body: bytes | None = None, **request: Any) -> tuple[steps.Step, ...]:
    """A plain request, by GET unless a method is given, and its response."""
    return steps.Request(f"/a/{view}", websocket=False, **request), steps.ExpectResponse(statuses or (200,), body=body)


def get_notes(view: str, **values: object) -> tuple[steps.Step, ...]:
    """A plain request to a view that notes this, and does not fail."""
    return *get(view), steps.ExpectNotes({**values, "raised": None})


def plain_handshake(view: str, changes: Mapping[str, str | None] | None = None, **request: Any) -> steps.Request:
    """An opening handshake as a plain request, with some fields changed; None leaves one out."""
    fields = {**HANDSHAKE, **(changes or {})}
    headers = tuple((name, value) for name, value in fields.items() if value is not None)
    return steps.Request(f"/a/{view}", websocket=False, headers=headers, **request)


def expect_refusal(view: str, *statuses: int, **changes: str) -> tuple[steps.Step, ...]:
    """An opening handshake is refused, and its view not entered."""
    return plain_handshake(view, changes), steps.ExpectResponse(statuses), *no_view_entered


def echo(view: str, *, entered: int = 1, **values: object) -> tuple[steps.Step, ...]:
    """A WebSocket reaches the routing probe, which gives one message back and ends.

    Args:
        view: its name.
        entered: how often views of this clause have been entered by then.
        values: what else it notes.
    """
    return (
        *open_websocket(view),
        steps.Send("one"),
        steps.ExpectMessage("one"),
        steps.ExpectClose(),
        steps.ExpectNotes({"entered": entered, "is_websocket": True, "websocket": "there", "raised": None, **values}),
    )
