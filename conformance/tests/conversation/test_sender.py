"""Steps become frames, and their octets are cut into segments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.tests.support.conversations import ECHO, sent
from conformance.tests.support.in_memory import MemoryShell
from wsconform.conversation.model import Chop, Piece
from wsconform.conversation.sender import OCTET_GAP
from wsconform.model import Frame, Opcode, OpenFrame, Split

TEXT, CONTINUATION, PING = Opcode.TEXT, Opcode.CONTINUATION, Opcode.PING


def test_message_in_pieces_is_sent_as_one_frame() -> None:
    steps = (OpenFrame(TEXT, 5), Piece(b"He"), Piece(b"llo"), Split(TEXT, b"abc", 2))
    shell = MemoryShell(replace(ECHO, send=steps)).open()
    assert sent(shell) == [(TEXT, b"Hello"), (TEXT, b"ab"), (CONTINUATION, b"c")]


@pytest.mark.parametrize(
    ("chop", "sizes", "gap"),
    [
        (Chop.WHOLE, [23], 0.0),
        (Chop.FRAMES, [7, 8, 8], 0.0),
        (Chop.PAIR_FIRST, [15, 8], 0.0),
        (Chop.OCTETS, [1] * 23, OCTET_GAP),
        (3, [3, 3, 1, 3, 3, 2, 3, 3, 2], 0.0),
    ],
)
def test_octets_are_cut_as_the_case_asks(chop: Chop | int, sizes: list[int], gap: float) -> None:
    frames = Frame(TEXT, b"1"), Frame(PING, b"22"), Frame(TEXT, b"33")
    shell = MemoryShell(replace(ECHO, send=frames, chop=chop)).open()
    assert [len(segment) for segment in shell.segments] == sizes
    assert shell.gaps == {gap}
    assert sent(shell) == [(TEXT, b"1"), (PING, b"22"), (TEXT, b"33")]
