"""Parts of conversations: plain requests, opening handshakes sent as plain requests, and the routing probe."""

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

#: The header fields of a valid opening handshake.
HANDSHAKE: Mapping[str, str] = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
#: The answer of the routing probe to a plain request.
PAGE = b"the page"

#: No notes were written, so no view of this clause was called.
no_view_entered: tuple[steps.Step, ...] = (
    steps.Request("/a/notes", websocket=False),
    steps.ExpectResponse(body=b'{"values": {}, "ended": false}'),
)
#: Creates the tables of the database.
create_tables: tuple[steps.Step, ...] = (steps.Request("/a/tables", websocket=False), steps.ExpectResponse())


def get(view: str, *statuses: int, body: bytes | None = None, **request: Any) -> tuple[steps.Step, ...]:
    """Send a plain request, by GET unless a method is given, and expect its response."""
    return steps.Request(f"/a/{view}", websocket=False, **request), steps.ExpectResponse(statuses or (200,), body=body)


def get_notes(view: str, **values: object) -> tuple[steps.Step, ...]:
    """Send a plain request to a view that writes these notes and does not fail."""
    return *get(view), steps.ExpectNotes({**values, "raised": None})


def plain_handshake(view: str, changes: Mapping[str, str | None] | None = None, **request: Any) -> steps.Request:
    """Return an opening handshake sent as a plain request, with some fields changed; None omits a field."""
    fields = {**HANDSHAKE, **(changes or {})}
    headers = tuple((name, value) for name, value in fields.items() if value is not None)
    return steps.Request(f"/a/{view}", websocket=False, headers=headers, **request)


def expect_refusal(view: str, *statuses: int, **changes: str) -> tuple[steps.Step, ...]:
    """Expect that an opening handshake is refused without calling the view."""
    return plain_handshake(view, changes), steps.ExpectResponse(statuses), *no_view_entered


def echo(view: str, *, entered: int = 1, **values: object) -> tuple[steps.Step, ...]:
    """Expect that a WebSocket reaches the routing probe, which echoes one message and ends.

    Args:
        view: its name.
        entered: number of calls of views of this clause until then.
        values: other notes that the probe writes.
    """
    return (
        *open_websocket(view),
        steps.Send("one"),
        steps.ExpectMessage("one"),
        steps.ExpectClose(),
        steps.ExpectNotes({"entered": entered, "is_websocket": True, "websocket": "there", "raised": None, **values}),
    )
