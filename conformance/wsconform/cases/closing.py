"""Family 7: closing (RFC 6455 sections 5.5.1 and 7)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from wsconform.cases.builders import close, cont, ping, stars, text
from wsconform.conversation.model import Case, Closing, Tolerance
from wsconform.model import Fill, KiB, Level, Message, Side, Verdict

HELLO = b"Hello World!"
NOT_UTF8 = bytes.fromhex("cebae1bdb9cf83cebcceb5eda080656469746564")
LONG = Fill(b"BAsd7&jh23", 256 * KiB)

VALID_CODES = 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999
INVALID_CODES = 0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999
UNDEFINED_CODES = 5000, 65535
#: Unassigned, so that no clause forbids to send them back. No clause requires a receiver to refuse any code.
UNASSIGNED = 1004, 1016, 1100, 2000, 2999

ANSWER = "6455-5.5.1-7", "6455-5.5.1-10", "6455-5.5.1-11"
IGNORED = "6455-5.5.1-15", *ANSWER
CODE_CLAUSES = {
    1010: ("6455-7.4.1-7",),
    0: ("6455-7.4.2-1",),
    999: ("6455-7.4.2-1",),
    1004: ("6455-7.4.1-5",),
    1005: ("6455-7.4.1-2",),
    1006: ("6455-7.4.1-3",),
}


def answered_with(*codes: int, **rest: Any) -> Closing:
    """We start the closing handshake; the peer answers with one of these codes, or without a code."""
    return Closing(Side.US, codes, wrong_code_fails=True, **rest)


_closing_case = partial(Case, closes_when_seen=False, closing=answered_with(1000))


def cases() -> Iterator[Case]:
    """Yield frames after a Close, the bodies of a Close, and the limits of the code ranges."""
    yield from _order()
    yield from _payloads()
    for n, code in enumerate(VALID_CODES, 1):
        yield _closing_case(
            f"7.7.{n}",
            f"Close with valid code {code}: answered with a Close.",
            (close(code),),
            closing=answered_with(1000, code) if code != 1000 else answered_with(1000),
            clauses=(*CODE_CLAUSES.get(code, _range_clauses(code)), *ANSWER),
        )
    for n, code in enumerate(INVALID_CODES, 1):
        yield _closing_case(
            f"7.9.{n}",
            f"Close with invalid code {code}: the server fails the connection.",
            (close(code),),
            closing=answered_with(1002, clean=False, acceptable=(1000, code) if code in UNASSIGNED else (1000,)),
            clauses=(*CODE_CLAUSES.get(code, ("6455-7.4.2-2",)), "6455-11.7-1"),
        )
    for n, code in enumerate(UNDEFINED_CODES, 1):
        yield _closing_case(
            f"7.13.{n}",
            f"Close with code {code}, which is outside every defined range: any answer is accepted.",
            (close(code),),
            closing=Closing(Side.US, (1000, code, 1002), clean=False),
            clauses=("6455-7.4.2-4",),
            informational=True,
        )


def _range_clauses(code: int) -> tuple[str, ...]:
    return ("6455-7.4.2-3",) if code >= 3000 else ("6455-7.4.1-1",)


def _order() -> Iterator[Case]:
    yield Case(
        "7.1.1",
        "Text message, then a normal close: the message is echoed, the Close answered.",
        (text(HELLO),),
        (Message(HELLO),),
        closing=answered_with(1000),
        clauses=ANSWER,
    )
    for id_, title, late in (
        ("7.1.2", "Second Close", close()),
        ("7.1.3", "Ping", ping()),
        ("7.1.4", "Text message", text(HELLO)),
    ):
        yield _closing_case(id_, f"{title} after a Close: ignored.", (close(1000), late), clauses=IGNORED)
    yield _closing_case(
        "7.1.5",
        "Close between two fragments: the Close is answered, the second fragment ignored.",
        (text("fragment1", fin=False), close(1000), cont("fragment2")),
        # A Close amid a message may count as an error of the client.
        closing=answered_with(1000, undecided=(1002,)),
        clauses=IGNORED,
    )
    yield Case(
        "7.1.6",
        "Message of 256 KiB, short message, Close and ping, all at once: messages may be echoed before the Close.",
        (text(LONG), text(HELLO), close(1000), ping()),
        expect=(Message(HELLO),),
        tolerate=Tolerance((), Verdict.INFO, "the server sent nothing before its Close"),
        closes_when_seen=False,
        informational=True,
        level=Level.MAY,
        clauses=("6455-5.5.1-9", "6455-5.5.1-15"),
    )


def _payloads() -> Iterator[Case]:
    good, bad = answered_with(1000), answered_with(1002, clean=False)
    for n, (what, frame, closing, clauses) in enumerate(
        (
            ("an empty body", close(), good, ("6455-5.5.1-1",)),
            ("a body of one byte", close(reason=b"a"), bad, ("6455-5.5.1-2",)),
            ("a code and no reason", close(1000), good, ("6455-5.5.1-1",)),
            ("a code and a reason", close(1000, HELLO), good, ("6455-5.5.1-3",)),
            (
                "a reason of 123 bytes, the longest allowed",
                close(1000, stars(123)),
                good,
                ("6455-5.5-1", "6455-5.5.1-1"),
            ),
            ("a reason of 124 bytes, one more than allowed", close(1000, stars(124)), bad, ("6455-5.5-1",)),
        ),
        1,
    ):
        answer = "answered with a Close" if closing is good else "the server fails the connection"
        yield _closing_case(
            f"7.3.{n}", f"Close with {what}: {answer}.", (frame,), closing=closing, clauses=clauses + ANSWER
        )
    yield _closing_case(
        "7.5.1",
        "Close with a reason that is not UTF-8: the server fails the connection.",
        (close(1000, NOT_UTF8),),
        closing=answered_with(1002, 1007, clean=False),
        clauses=("6455-8.1-4", "6455-5.5.1-3"),
    )
