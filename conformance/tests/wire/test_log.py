"""The wire log keeps both ends of a long connection; frames in a few words."""

import pytest

from wsconform.model import Opcode, Side
from wsconform.wire.log import WireLog, WireRecord, describe_frame


def record(n):
    return WireRecord(n / 10, Side.PEER, f"frame {n}", bytes([n]), 1)


def logged(count, **room):
    log = WireLog(**room)
    for n in range(count):
        log.add(record(n))
    return list(log)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5])
def test_short_log_is_whole(count):
    assert logged(count, first=3, last=2) == [record(n) for n in range(count)]


@pytest.mark.parametrize(("count", "left_out"), [(6, 1), (7, 2), (100, 95)])
def test_long_log_keeps_its_ends_and_counts_the_middle(count, left_out):
    *first, gap, one, two = logged(count, first=3, last=2)
    assert first == [record(n) for n in range(3)]
    assert [one, two] == [record(count - 2), record(count - 1)]
    assert gap.what == f"({left_out} records left out)"
    assert (gap.at, gap.octets, gap.size) == (one.at, b"", 0)


def test_log_can_be_read_twice():
    log = WireLog(first=1, last=1)
    for n in range(3):
        log.add(record(n))
    assert list(log) == list(log)


def test_log_has_room_for_160_frames():
    assert len(logged(160)) == 160
    assert len(logged(250)) == 161


@pytest.mark.parametrize(
    ("opcode", "size", "fin", "rsv", "words"),
    [
        (Opcode.TEXT, 5, True, 0, "TEXT 5"),
        (Opcode.CONTINUATION, 0, False, 0, "CONTINUATION 0, FIN 0"),
        (Opcode.BINARY, 8, True, 5, "BINARY 8, RSV 101"),
        (Opcode.PING, 126, False, 1, "PING 126, FIN 0, RSV 001"),
        (3, 0, True, 0, "OPCODE-3 0"),
        (15, 7, True, 4, "OPCODE-15 7, RSV 100"),
    ],
)
def test_frame_in_words(opcode, size, fin, rsv, words):
    assert describe_frame(opcode, size, fin=fin, rsv=rsv) == words
