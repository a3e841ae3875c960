"""The ways of dwebsocket 0.5, which WEBSOCKET_LEGACY_BYTES brings back.

A basis is given where programs for dwebsocket 0.5 count on it: there it is so with no setting at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wsconform.cases.api.builders import END, opened, over, readmes, row, ruled
from wsconform.cases.api.builders import said as said_anywhere
from wsconform.cases.api.calling import NOTHING, calls, gave, octets, raised
from wsconform.contract.model import ApiClause
from wsconform.script import steps

__all__ = ["legacy"]

said = partial(said_anywhere, site="legacy")


def legacy() -> Iterator[ApiClause]:
    """What arrives, what goes out, how it ends."""
    yield from _arriving()
    yield from _going_out()
    yield from _loops()
    yield from _after_the_end()


def _arriving() -> Iterator[ApiClause]:
    for name, words in (("wait", "wait() gives"), ("until-read", "read() gives"), ("next", "a loop yields")):
        yield said(
            f"In legacy mode {words} text and binary messages as bytes.",
            calls(f"{name} {name}"),
            steps.Send("text"),
            steps.Send(b"binary"),
            steps.ExpectClose(),
            gave(octets("text"), octets("binary")),
            bases=row(1),
        )
    yield said(
        "In legacy mode text that is not all ASCII arrives as its UTF-8.",
        calls("wait"),
        steps.Send("ü"),
        steps.ExpectClose(),
        gave(octets("ü".encode().decode("latin-1"))),
        bases=row(1),
    )
    yield said(
        'In legacy mode message.decode("utf-8") and str(message, encoding="utf-8") work on each message of a loop.',
        opened("legacy-decodes"),
        steps.Send("grün"),
        steps.ExpectMessage("decoded"),
        over,
        steps.ExpectNotes({"texts": ["grün"], "raised": None}),
        bases=row(1),
    )
    yield said(
        "In legacy mode an empty message is b'', and not None.",
        calls("wait wait"),
        steps.Send(""),
        steps.Send(b""),
        steps.ExpectClose(),
        gave(octets(""), octets("")),
        bases=row(4),
    )
    yield said(
        "In legacy mode what came in fragments is one message.",
        calls("wait"),
        steps.Send("in three fragments", fragments=3),
        steps.ExpectClose(),
        gave(octets("in three fragments")),
        bases=row(19),
    )


def _going_out() -> Iterator[ApiClause]:
    yield said(
        "In legacy mode bytes that are UTF-8 go out as text.",
        opened("legacy-answers-in-bytes"),
        steps.Send('{"grün": 1}'),
        steps.ExpectJson({"got": {"grün": 1}}),
        steps.ExpectClose(),
        steps.ExpectNotes({"raised": None}),
        bases=row(2, 3),
    )
    yield said(
        "In legacy mode a str goes out as text.",
        calls("send-text"),
        steps.ExpectMessage("text"),
        steps.ExpectClose(),
        bases=row(3),
    )
    yield said(
        "In legacy mode bytes that are not UTF-8 go out as binary.",
        calls("send-bytes"),
        steps.ExpectMessage(b"\x00\xff bytes"),
        steps.ExpectClose(),
    )
    yield said(
        "In legacy mode binary=True sends bytes as binary.",
        calls("send-bytes-as-binary"),
        steps.ExpectMessage(b"bytes"),
        steps.ExpectClose(),
    )


def _loops() -> Iterator[ApiClause]:
    yield said(
        "In legacy mode wait() does not return before a message has come.",
        calls("wait tell"),
        NOTHING,
        steps.Send("late"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        gave(octets("late")),
        bases=(*readmes("WebSocket.wait()"), *row(4)),
    )
    yield said(
        "In legacy mode wait() does not give up after a silence of 10 s.",
        calls("wait tell"),
        steps.ExpectSilence(10.0),
        steps.Send("late"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        gave(octets("late")),
        bases=(*readmes("WebSocket.wait()"), *row(4)),
        slow=True,
    )
    yield said(
        "In legacy mode `if not message: break` behind wait() ends the view when the client has closed.",
        opened("legacy-breaks-on-nothing"),
        steps.Send("one"),
        steps.Send("two"),
        over,
        steps.ExpectNotes({"messages": [octets("one"), octets("two")], "closed": True, "raised": None}),
        bases=row(4),
    )
    yield said(
        "In legacy mode a loop yields one None when the client has closed, and ends.",
        calls("list"),
        steps.Send("one"),
        over,
        gave([octets("one"), None]),
        bases=row(5),
    )
    yield said(
        "In legacy mode a loop yields one None when the client has vanished, and ends.",
        calls("list"),
        steps.Send("one"),
        steps.Disconnect(),
        gave([octets("one"), None]),
        bases=row(5, 22),
    )
    yield said(
        "In legacy mode `if not message:` in a loop takes a client that has left out of the list.",
        opened("legacy-removes-clients"),
        steps.Send("one"),
        steps.ExpectMessage("one"),
        over,
        steps.ExpectNotes({"clients": 0, "raised": None}),
        bases=row(5),
    )
    yield said(
        "In legacy mode a loop that echoes also the None at its end raises nothing.",
        opened("legacy-echoes-all"),
        steps.Send("one"),
        steps.ExpectMessage("one"),
        over,
        END,
        steps.ExpectNotes({"then": "went on", "raised": None}),
    )


def _after_the_end() -> Iterator[ApiClause]:
    for words, leaves in (
        ("the client's Close", over),
        ("the client has vanished by FIN", (steps.Disconnect(),)),
        ("the client has vanished by RST", (steps.Disconnect(steps.End.RST),)),
    ):
        yield said(
            f"In legacy mode send() after {words} does not raise.",
            opened("legacy-pushes"),
            steps.Send("go"),
            steps.ExpectMessage("tick"),
            leaves,
            steps.ExpectNotes({"closed": True, "raised": None}),
            bases=ruled(9),
        )
    yield said(
        "In legacy mode send() returns True while the connection is open, and False when it is closed.",
        calls("send until-closed send"),
        steps.ExpectMessage("sent"),
        over,
        gave(True, False),
    )
    yield said(
        "In legacy mode send() after the view's close() sends nothing and does not raise.",
        calls("closing send is_closed"),
        steps.ExpectClose(),
        END,
        gave(False, True),
    )
    yield said(
        "In legacy mode send(None) sends nothing and returns False.",
        calls("send-none tell"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        gave(False),
    )
    yield said(
        "In legacy mode send() of an int raises TypeError.",
        calls("send-int tell"),
        steps.ExpectMessage("done"),
        steps.ExpectClose(),
        gave(raised("TypeError")),
    )
    yield said(
        "In legacy mode read() after the client's Close does not raise.",
        calls("until-closed read read"),
        over,
        gave(None, None),
        bases=row(14),
    )
