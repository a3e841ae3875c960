"""Family H: the opening handshake, which any peer at a URL answers.

H.1 judges the head of the 101 as it came (RFC 9112). The other families are played whatever that head is like, as far
as a lenient client can read it.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsconform.cases.builders import text
from wsconform.conversation.model import Case
from wsconform.model import Message
from wsconform.wire.head import HeadRule

GREETING = b"After the opening handshake."

#: Title, rule, and the clauses that a fault may break.
HEADS = (
    (
        "The head of the 101 follows the grammar of HTTP.",
        HeadRule.GRAMMAR,
        ("9112-2.1-1", "9112-2.2-4", "9112-4-1", "9112-5-1", "9112-5.1-2", "9112-5.2-2", "9110-5.1-1", "9110-5.5-1"),
    ),
    ("The head of the 101 announces no content.", HeadRule.NO_CONTENT, ("9110-8.6-1", "9112-6.1-1")),
    (
        "The head of the 101 has each field once that may come once only.",
        HeadRule.ONCE,
        ("6455-11.3.3-1", "6455-11.3.4-2"),
    ),
)


def cases() -> Iterator[Case]:
    """What the answer to an opening handshake must be like; an echo shows that the connection works."""
    for n, (title, rule, clauses) in enumerate(HEADS, 1):
        yield Case(f"H.1.{n}", title, (text(GREETING),), (Message(GREETING),), clauses=clauses, head=(rule,))
