"""The scan of DEFLATE blocks agrees with zlib, and finds the largest distance."""

from __future__ import annotations

import zlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsconform.cases.blocks import Blocks, noise
from wsconform.conversation.corpora import CORPORA, Corpus, message
from wsconform.conversation.model import Sample
from wsconform.wire import deflate
from wsconform.wire.deflate import TAIL, Scan, scan

EMPTY_FINAL = b"\x01\x00\x00\xff\xff"
HELLO = bytes.fromhex("f248cdc9c90700")  # RFC 7692 section 7.2.3.1
STRATEGIES = zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED
FLUSHES = zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_PARTIAL_FLUSH, zlib.Z_BLOCK

octets = st.binary(max_size=2000)
#: Data in which something repeats, near and far.
repeating = st.lists(
    st.sampled_from([b"a", b"abc", b"Hello, world! ", bytes(300), bytes(range(256))]), max_size=60
).map(b"".join)
payloads = octets | repeating


def deflated(
    data: bytes, *, bits: int = 15, level: int = 6, strategy: int = 0, flush: int = zlib.Z_SYNC_FLUSH
) -> bytes:
    """One message by zlib, without its tail."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -bits, 9, strategy)
    out = compressor.compress(data) + compressor.flush(flush)
    return (out if out.endswith(TAIL) else out + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


def agrees_with_zlib(data: bytes) -> bool:
    """Whether zlib finds as many octets in a message, and the same of its end."""
    found, (size, whole) = scan(data), inflated(data)
    return found.whole is whole and size in (None, found.size) and not (whole and found.error)


def inflated(data: bytes) -> tuple[int | None, bool]:
    """What zlib makes of a message, and whether it ends with a block.

    Streams may follow one another. Of broken data, zlib does not say how much came out.
    """
    size, rest = 0, data + TAIL
    while True:
        # A window that is full already, since distances are nobody's concern here.
        inflater = zlib.decompressobj(-15, bytes(1 << 15))
        try:
            size += len(inflater.decompress(rest))
            if not inflater.eof:
                inflater.decompress(EMPTY_FINAL)
                return size, inflater.eof and not inflater.unused_data
        except zlib.error:
            return None, False
        rest = inflater.unused_data
        if not rest:
            return size, True


@given(
    payloads,
    st.integers(9, 15),
    st.integers(0, 9),
    st.sampled_from(STRATEGIES),
    st.sampled_from(FLUSHES),
)
def test_scan_reads_what_zlib_compresses(data: bytes, bits: int, level: int, how: int, flush: int) -> None:
    found = scan(deflated(data, bits=bits, level=level, strategy=how, flush=flush))
    assert found == Scan(found.farthest, len(data), whole=True)
    assert found.farthest <= 1 << bits


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=CORPORA)
@pytest.mark.parametrize("bits", [9, 12, 15])
def test_distances_stay_within_the_window(corpus: Corpus, bits: int) -> None:
    data = message(Sample(corpus.name, corpus.length), 0)
    found = scan(deflated(data, bits=bits))
    assert found == Scan(found.farthest, len(data), whole=True)
    assert (1 << bits) - 300 < found.farthest <= 1 << bits  # zlib keeps 262 octets to itself


@pytest.mark.parametrize("distance", [1, 2, 3, 4, 5, 255, 256, 257, 1000, 16_384, 16_385, 32_500])
def test_distance_is_exact(distance: int) -> None:
    """Octets that do not repeat but once, at a distance that is known."""
    unique = (bytes(range(16)) + bytes(octet & 15 for octet in Random(1).randbytes(1 << 15)))[:distance]
    data = (unique * 300)[: distance + 258]
    assert scan(deflated(data, strategy=zlib.Z_FIXED, level=9)).farthest == distance


@given(payloads)
def test_literals_have_no_distance(data: bytes) -> None:
    assert scan(deflated(data, strategy=zlib.Z_HUFFMAN_ONLY)).farthest == 0
    assert scan(deflated(data, level=0)) == Scan(0, len(data), whole=True)


@given(st.binary(max_size=300))
def test_scan_and_zlib_agree_on_garbage(data: bytes) -> None:
    assert agrees_with_zlib(data)


@given(payloads, st.data())
def test_scan_and_zlib_agree_on_damaged_data(data: bytes, draw: st.DataObject) -> None:
    whole = bytearray(deflated(data, level=9))
    for _ in range(draw.draw(st.integers(0, 3))):
        whole[draw.draw(st.integers(0, len(whole) - 1))] ^= 1 << draw.draw(st.integers(0, 7))
    assert agrees_with_zlib(bytes(whole[: draw.draw(st.integers(0, len(whole)))]))


@given(payloads)
def test_scan_and_zlib_agree_on_every_prefix(data: bytes) -> None:
    whole = deflated(data[:120], level=9)
    assert [end for end in range(len(whole)) if not agrees_with_zlib(whole[:end])] == []


@given(st.lists(payloads, min_size=1, max_size=4))
def test_streams_may_follow_one_another(parts: list[bytes]) -> None:
    """RFC 7692 section 7.2.3.4: the last one has an empty block behind it."""
    streams = b"".join(zlib.compress(part, wbits=-15) for part in parts)
    found = scan(streams + b"\x00")
    assert found == Scan(found.farthest, sum(map(len, parts)), whole=True, final=True)
    assert scan(streams) == Scan(found.farthest, found.size, whole=False, final=True)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (HELLO, Scan(0, 5, whole=True)),
        (bytes.fromhex("000500faff48656c6c6f00"), Scan(0, 5, whole=True)),
        (bytes.fromhex("f348cdc9c9070000"), Scan(0, 5, whole=True, final=True)),
        (bytes.fromhex("f24805000000ffffcac9c90700"), Scan(0, 5, whole=True)),
        (bytes.fromhex("f200110000"), Scan(5, 5, whole=True)),
        (b"\x00", Scan(0, 0, whole=True)),
        (b"\x02\x00", Scan(0, 0, whole=True)),
    ],
    ids=["fixed", "stored", "final", "two blocks", "from the window", "empty stored", "empty fixed"],
)
def test_examples_of_rfc_7692(data: bytes, expected: Scan) -> None:
    """Section 7.2.3; the one from the window repeats what a message before it brought."""
    assert scan(data) == expected


def bits_of(*fields: tuple[int, int]) -> bytes:
    """Octets from (value, count of bits), the first one lowest."""
    number = at = 0
    for value, count in fields:
        number |= value << at
        at += count
    return number.to_bytes((at + 7) // 8, "little")


DYNAMIC = (0, 1), (2, 2)
#: Codes of one bit for 0 and for 18, which is a run of zeros.
ZEROS = *DYNAMIC, (0, 5), (0, 5), (0, 4), (0, 3), (0, 3), (1, 3), (1, 3)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"\x00\x05\x00\xfb\xff12345", "a stored block whose two lengths do not match"),
        (b"\x06", "a block of the reserved kind 3"),
        (bits_of((0, 1), (1, 2), (0b01100011, 8)), "a code that stands for nothing"),
        (bits_of(*DYNAMIC, (30, 5), (0, 5), (0, 4)), "codes for more symbols than there are"),
        (bits_of(*DYNAMIC, (0, 5), (0, 5), (0, 4), *[(1, 3)] * 4), "more codes than their lengths allow"),
        (bits_of(*DYNAMIC, (0, 5), (0, 5), (0, 4), (1, 3)), "fewer codes than their lengths demand"),
        (bits_of(*DYNAMIC, (0, 5), (0, 5), (0, 4), (1, 3), (1, 3)), "a repeated code length without one before it"),
        (bits_of(*DYNAMIC, (0, 5), (0, 5), (0, 4), *[(0, 3)] * 4), "a code that stands for nothing"),
        (bits_of(*ZEROS, (127 << 1 | 1, 8), (109 << 1 | 1, 8)), "no code for the end of the block"),
        (bits_of(*ZEROS, (127 << 1 | 1, 8), (110 << 1 | 1, 8)), "more code lengths than announced"),
    ],
)
def test_error_says_what_is_wrong(data: bytes, error: str) -> None:
    found = scan(data)
    assert (found.error, found.whole) == (error, False)


@pytest.mark.parametrize(
    ("data", "size"), [(b"", 0), (HELLO[:-1], 5), (b"\x00\x09\x00\xf6\xff1234", 8), (HELLO + TAIL, 5)]
)
def test_data_that_end_inside_a_block_are_not_whole(data: bytes, size: int) -> None:
    """Nothing at all is no message either, and a tail that was left in its place begins a block."""
    assert scan(data) == Scan(0, size, whole=False)


# Blocks by hand, which cases are made of


@pytest.mark.parametrize("length", [3, 4, 10, 11, 12, 17, 100, 257, 258])
def test_repetition_made_by_hand(length: int) -> None:
    window = noise(1 << 15)
    for distance in (1, 2, 3, 4, 5, 6, 255, 256, 257, 4096, 4097, 16384, 16385, 24577, 32767, 32768):
        payload = Blocks().fixed((length, distance)).message()
        assert scan(payload) == Scan(distance, length, whole=True)
        again = (window[-distance:] * length)[:length]
        assert zlib.decompressobj(-15, window).decompress(payload + TAIL) == again


@given(st.binary(max_size=300), st.binary(max_size=300), st.booleans())
def test_blocks_made_by_hand(one: bytes, two: bytes, ending: bool) -> None:
    payload = Blocks().fixed(one).stored(two).fixed(one, two, final=ending).stored(one).message()
    expected = len(one) * 3 + len(two) * 2
    assert scan(payload) == Scan(0, expected, whole=True, final=ending)
    assert inflated(payload) == (expected, True)


def test_data_of_many_blocks_are_not_read_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deflate, "MOST_BLOCKS", 4)
    blocks = Blocks().fixed(b"a").fixed(b"b").fixed(b"c")
    assert scan(blocks.message()).stopped  # the tail is the fourth
    monkeypatch.setattr(deflate, "MOST_BLOCKS", 5)
    assert scan(blocks.message()) == Scan(0, 3, whole=True)


def test_block_with_dynamic_codes_costs_as_much_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deflate, "MOST_BLOCKS", deflate.DYNAMIC_COSTS)
    engine = zlib.compressobj(wbits=-15)
    numbers = " ".join(map(str, range(2000))).encode()
    assert scan(engine.compress(numbers) + engine.flush()).stopped
