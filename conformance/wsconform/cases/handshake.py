"""Family H: the opening handshake, which any server at a URL answers.

H.1 judges the exact bytes of the head of the 101 response (RFC 9112). The other families only need a head that a
lenient client can read.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.builders import text
from wsconform.conversation.model import Case
from wsconform.model import Message
from wsconform.wire.head import HeadRule

GREETING = b"After the opening handshake."

#: Title, rule, and the clauses that a violation may break.
HEADS = (
    (
        "The head of the 101 response follows the HTTP grammar.",
        HeadRule.GRAMMAR,
        ("9112-2.1-1", "9112-2.2-4", "9112-4-1", "9112-5-1", "9112-5.1-2", "9112-5.2-2", "9110-5.1-1", "9110-5.5-1"),
    ),
    (
        "The head of the 101 response has no Content-Length and no Transfer-Encoding.",
        HeadRule.NO_CONTENT,
        ("9110-8.6-1", "9112-6.1-1"),
    ),
    (
        "The head of the 101 response has at most one Sec-WebSocket-Accept and one Sec-WebSocket-Protocol field.",
        HeadRule.ONCE,
        ("6455-11.3.3-1", "6455-11.3.4-2"),
    ),
    (
        "The opening handshake is accepted: the status code of the response is 101.",
        HeadRule.STATUS,
        ("6455-4.2.2-14",),
    ),
    ("The 101 response has the field Upgrade: websocket.", HeadRule.UPGRADE, ("6455-4.2.2-15", "9110-7.8-3")),
    ("The 101 response has a Connection field with the option Upgrade.", HeadRule.CONNECTION, ("6455-4.2.2-16",)),
    (
        "The 101 response has the Sec-WebSocket-Accept value that belongs to the key.",
        HeadRule.ACCEPT,
        ("6455-4.2.2-17",),
    ),
    (
        "The 101 response selects no subprotocol, or one that was offered.",
        HeadRule.SUBPROTOCOL,
        ("6455-4.2.2-9", "6455-4.2.2-8", "6455-4.2.2-10"),
    ),
)


def cases() -> Iterator[Case]:
    """Yield the rules for the head of the 101 response; an echo then shows that the connection works."""
    for n, (title, rule, clauses) in enumerate(HEADS, 1):
        yield Case(f"H.1.{n}", title, (text(GREETING),), (Message(GREETING),), clauses=clauses, head=(rule,))
