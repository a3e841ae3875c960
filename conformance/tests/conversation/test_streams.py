"""Compressed messages are computed once, repeat with their corpus, and inflate to what they should."""

from __future__ import annotations

import zlib

import pytest

from wsconform.conversation.corpora import message, period
from wsconform.conversation.model import Sample
from wsconform.conversation.streams import KnownEchoes, stream
from wsconform.model import KiB, Message, Opcode
from wsconform.wire.deflate import TAIL, scan
from wsconform.wire.frames import Decoder
from wsconform.wire.negotiation import Agreement
from wsconform.wire.reader import FrameReader

LARGE = Sample("json", 128 * KiB)
SIZES = [Sample("json", 16), Sample("json", 8 * KiB), LARGE, Sample("html", 16 * KiB), Sample("pdf", 64 * KiB)]


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("sample", SIZES, ids=str)
def test_one_inflater_reads_three_rounds(sample: Sample, *, takeover: bool) -> None:
    """By one inflater from beginning to end, over three rounds of the corpus."""
    sent = stream(sample, Agreement(0, 0, client_takeover=takeover), None)
    read = zlib.decompressobj(-15)
    for number in range(min(3 * period(sample) + 5, 300)):
        if not takeover:
            read = zlib.decompressobj(-15)
        expected = message(sample, number)
        assert read.decompress(sent.payload(number) + TAIL) == expected == sent.message(number)


@pytest.mark.parametrize("bits", range(8, 16))
def test_window_is_as_agreed(bits: int) -> None:
    sent = stream(Sample("json", 4 * KiB), Agreement(0, 0, client_bits=bits), None)
    found = [scan(sent.payload(number)) for number in range(12)]
    assert all(each.whole and each.farthest <= 1 << bits for each in found)
    assert max(each.farthest for each in found) > (1 << bits) * 0.4  # and it is made use of; zlib keeps 262 octets free


@pytest.mark.parametrize("fragment", [None, 256, 4 * KiB])
def test_frames(fragment: int | None) -> None:
    sample = Sample("html", 8 * KiB)
    frames = Decoder().feed(stream(sample, Agreement(0, 0), fragment).octets(0))
    assert [frame.opcode for frame in frames] == [Opcode.TEXT] + [Opcode.CONTINUATION] * (len(frames) - 1)
    assert [frame.rsv for frame in frames] == [4] + [0] * (len(frames) - 1)
    assert [frame.fin for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert all(frame.masked for frame in frames)
    assert all(len(frame.payload) == (fragment or len(frame.payload)) for frame in frames[:-1])
    assert len({frame.header[-4:] for frame in frames}) == len(frames)
    octets = b"".join(frame.payload for frame in frames)
    assert zlib.decompressobj(-15).decompress(octets + TAIL) == message(sample, 0)


def test_octets_are_computed_once_and_kept_for_two_rounds() -> None:
    one = stream(LARGE, Agreement(0, 0, server_bits=15), 1 * KiB)
    assert one is stream(LARGE, Agreement(0, 0, server_bits=15), 1 * KiB)
    assert one.octets(0) is one.octets(0)
    rounds = period(LARGE)
    assert one.octets(rounds) != one.octets(0)  # another window before it
    assert one.octets(2 * rounds) is one.octets(rounds)
    assert one.octets(997) is one.octets(rounds + (997 - rounds) % rounds)


def test_without_takeover_one_round_is_kept() -> None:
    alone = stream(LARGE, Agreement(0, 0, client_takeover=False), None)
    assert alone.octets(period(LARGE)) is alone.octets(0)


def test_echo_is_known_at_its_place_only() -> None:
    """The same octets after other messages may be another message."""
    known = KnownEchoes(LARGE, 15, takeover=True)
    assert not known.knows(0, b"octets")
    known.learn(0, b"octets")
    assert known.knows(0, b"octets")
    assert not known.knows(0, b"others")
    assert not known.knows(period(LARGE), b"octets")
    known.learn(period(LARGE), b"later")
    assert known.knows(5 * period(LARGE), b"later")


def test_text_is_sent_as_text() -> None:
    for corpus, binary in (("json", False), ("html", False), ("prose", True), ("bitmap", True), ("pdf", True)):
        (frame,) = Decoder().feed(stream(Sample(corpus, 16), Agreement(0, 0), None).octets(0))
        assert (frame.opcode == Opcode.BINARY) is binary
        plain = frame.opcode == Opcode.TEXT and frame.rsv == 4
        assert plain is not binary
    assert FrameReader().read(frame) != Message(b"")
