"""Messages are inflated with the agreed windows, and faults of their compression are found."""

from __future__ import annotations

import zlib
from random import Random

import pytest

from conformance.tests.support.values import KNOWN_CLAUSES
from wsconform.model import Fault
from wsconform.wire import deflate, inflater
from wsconform.wire.deflate import TAIL
from wsconform.wire.inflater import Inflater
from wsconform.wire.negotiation import Agreement

NOISE = bytes(33 + octet % 64 for octet in Random(1).randbytes(40_000))  # not so wild that it is stored as it is
WORDS = b"A message that repeats itself, a message that repeats itself. " * 20


class Compressor:
    """A server's half, by zlib."""

    def __init__(self, bits: int = 15, *, takeover: bool = True) -> None:
        self._bits, self._takeover = bits, takeover
        self._engine = zlib.compressobj(wbits=-bits)

    def __call__(self, message: bytes, *, keep_tail: bool = False) -> bytes:
        if not self._takeover:
            self._engine = zlib.compressobj(wbits=-self._bits)
        octets = self._engine.compress(message) + self._engine.flush(zlib.Z_SYNC_FLUSH)
        return octets if keep_tail else octets.removesuffix(TAIL)


def agreed(*, bits: int = 15, takeover: bool = True) -> Inflater:
    return Inflater(Agreement(0, 0, server_takeover=takeover, server_bits=bits))


@pytest.mark.parametrize("bits", range(9, 16))
@pytest.mark.parametrize("takeover", [True, False])
def test_messages_are_inflated(bits: int, *, takeover: bool) -> None:
    compress, read = Compressor(bits, takeover=takeover), agreed(bits=bits, takeover=takeover)
    for message in (WORDS, b"", WORDS, NOISE, NOISE, b"x", WORDS):
        assert read.inflate(compress(message)) == message
    assert read.noted == []


def test_known_message_is_not_inflated_but_enters_the_window() -> None:
    compress, read = Compressor(), agreed()
    messages = [WORDS, NOISE, WORDS + NOISE[:100], NOISE[50:], b"", WORDS]
    octets = [compress(message) for message in messages]
    known = {octets[1]: messages[1], octets[3]: messages[3]}
    read.known = known.get
    assert [read.inflate(each) for each in octets] == messages


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        ("f348cdc9c9070000", b"Hello"),  # RFC 7692 section 7.2.3.4: a block with BFINAL
        ("f248050000 00ffff cac9c90700", b"Hello"),  # section 7.2.3.5: two blocks
        ("00", b""),  # section 7.2.3.6
        ("000500faff48656c6c6f00", b"Hello"),  # section 7.2.3.3: a stored block
    ],
)
def test_examples_of_the_rfc(octets: str, message: bytes) -> None:
    read = agreed()
    assert [read.inflate(bytes.fromhex(octets)), read.inflate(bytes.fromhex("f248cdc9c90700"))] == [message, b"Hello"]
    assert read.noted == []


def test_final_block_does_not_end_the_window() -> None:
    read = agreed()
    first = zlib.compressobj(wbits=-15)
    assert read.inflate(first.compress(NOISE[:3000]) + first.flush() + b"\0") == NOISE[:3000]
    second = zlib.compressobj(wbits=-15, zdict=NOISE[:3000])
    octets = second.compress(NOISE[1000:2000]) + second.flush(zlib.Z_SYNC_FLUSH)
    assert len(octets) < 100
    assert read.inflate(octets.removesuffix(TAIL)) == NOISE[1000:2000]


def clause(found: bytes | Fault) -> str:
    assert isinstance(found, Fault), "nothing was found"
    assert found.clause in KNOWN_CLAUSES
    return found.clause


def test_reference_to_the_message_before_is_a_fault_without_takeover() -> None:
    compress, read = Compressor(), agreed(takeover=False)
    assert read.inflate(compress(NOISE[:500])) == NOISE[:500]
    assert clause(read.inflate(compress(NOISE[:500]))) == "7692-7.2.1-9"


@pytest.mark.parametrize("bits", [8, 9, 12, 14])
def test_distance_beyond_the_agreed_window_is_a_fault(bits: int) -> None:
    """Also within what zlib gives out at once, where it does not look."""
    far = NOISE[: (1 << bits) + 50]
    read = agreed(bits=bits)
    found = read.inflate(Compressor()(far + far[:20]))
    noted = [found] if isinstance(found, Fault) else read.noted
    assert [each.clause for each in noted] == ["7692-7.2.1-11"]
    assert f"a window of {1 << bits}" in noted[0].what


@pytest.mark.parametrize("bits", [8, 9, 12, 14])
def test_largest_distance_within_the_window(bits: int) -> None:
    near = NOISE[: 1 << bits]
    read = agreed(bits=bits)
    octets = Compressor()(near + near[:20])
    assert len(octets) < len(near) + 20  # it does refer back
    assert read.inflate(octets) == near + near[:20]
    assert read.noted == []


def test_tail_that_was_not_removed_is_a_fault() -> None:
    read = agreed()
    assert read.inflate(Compressor()(WORDS, keep_tail=True)) == WORDS
    assert [each.clause for each in read.noted] == ["7692-7.2.1-1"]


@pytest.mark.parametrize("octets", [b"\xff\xff", b"\x07", zlib.compress(WORDS)])
def test_octets_that_are_not_deflate_are_a_fault(octets: bytes) -> None:
    assert clause(agreed().inflate(octets)) == "7692-7.2.1-1"


def test_message_that_is_cut_off_is_a_fault() -> None:
    """zlib waits for more of it and says nothing."""
    read = agreed()
    assert read.inflate(Compressor()(NOISE[:300])[:-9]) != NOISE[:300]
    assert [each.clause for each in read.noted] == ["7692-7.2.1-1"]


def test_message_that_inflates_to_too_much_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflater, "LARGEST", 10_000)
    fault = agreed().inflate(Compressor()(bytes(10_001)))
    assert isinstance(fault, Fault)
    assert (fault.code, fault.clause) == (1009, "6455-10.4-2")
    assert agreed().inflate(Compressor()(bytes(10_000))) == bytes(10_000)


def stream(message: bytes) -> bytes:
    """A message in blocks of which the last one is final."""
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(message) + engine.flush()


@pytest.mark.parametrize("takeover", [True, False])
def test_streams_behind_one_another_make_one_message(*, takeover: bool) -> None:
    read = agreed(takeover=takeover)
    assert read.inflate(stream(WORDS) + stream(b"") + stream(NOISE)) == WORDS + NOISE


def test_streams_together_may_not_inflate_to_too_much() -> None:
    """Each of them may by itself; nothing is inflated beyond the limit."""
    read = Inflater(Agreement(0, 0, server_takeover=True, server_bits=15), largest=100_000)
    assert clause(read.inflate(stream(bytes(60_000)) * 2)) == "6455-10.4-2"
    assert len(read.inflate(stream(bytes(50_000)) * 2)) == 100_000


def test_message_of_many_final_blocks_is_a_fault() -> None:
    """Two octets each; a mebibyte of them would take zlib half a million beginnings."""
    fault = agreed().inflate(b"\x03\x00" * (1 << 19))
    assert isinstance(fault, Fault)
    assert (fault.code, fault.clause) == (1009, "6455-10.4-2")
    assert "final blocks" in fault.what
    assert agreed().inflate(b"\x03\x00" * (inflater.MOST_STREAMS - 1)) == b""


def test_message_of_many_blocks_is_not_scanned_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is no fault of the server."""
    monkeypatch.setattr(deflate, "MOST_BLOCKS", 3)
    read = agreed()
    assert read.inflate(Compressor()(WORDS, keep_tail=True)) == WORDS
    assert read.noted == []
