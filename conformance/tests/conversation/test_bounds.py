"""What is taken in of a peer follows from the case."""

from __future__ import annotations

import pytest

from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.bounds import MORE_EVENTS, ROOM, Bounds, bounds_of
from wsconform.conversation.model import Case, CompressedTrips, Echoes, RoundTrips, Sample, Tolerance
from wsconform.model import Fill, Frame, Message, MiB, Opcode, OpenFrame, Pong, Split, Verdict

LARGE = Fill(b"x", 3 * MiB)


@pytest.mark.parametrize(
    "case",
    [
        Case("", "", (Frame(Opcode.TEXT, LARGE),)),
        Case("", "", (Split(Opcode.TEXT, LARGE, 64),)),
        Case("", "", (OpenFrame(Opcode.TEXT, 3 * MiB),)),
        Case("", "", (RoundTrips(LARGE, 9),), (Echoes(9),)),
        Case("", "", (CompressedTrips(Sample("x", 3 * MiB // 4), 9),), (Echoes(9),)),
        Case("", "", (), (Message(LARGE),)),
        Case("", "", tolerate=Tolerance((Pong(LARGE),), Verdict.INFO, "")),
    ],
)
def test_messages_may_be_as_large_as_what_is_sent_or_expected(case: Case) -> None:
    assert bounds_of(case).message == 3 * MiB + ROOM


def test_as_many_events_are_kept_as_are_expected() -> None:
    case = Case("", "", (), (Message(b"12345"), Pong(b"123")))
    assert bounds_of(case) == Bounds(5 + ROOM, 2 + MORE_EVENTS, 8 + ROOM)


def test_a_connection_of_no_case_takes_more_than_32_mebibytes() -> None:
    assert max(bounds_of(case).message for case in WEBSOCKET_CASES.values()) <= 32 * MiB
