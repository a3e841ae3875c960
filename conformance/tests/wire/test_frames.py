"""Encoding and decoding: every header, every limit of the lengths, every way to cut the octets."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wsconform.model import Fill, Frame, Opcode, OpenFrame, Split
from wsconform.wire.frames import (
    Decoder,
    Received,
    encode_frame,
    encode_header,
    encode_open_frame,
    encode_split,
    fragments,
    masked,
)

KEY = bytes.fromhex("37fa213d")  # the key of the example in RFC 6455 section 5.7
BORDERS = {
    0: "80",
    1: "81",
    125: "fd",
    126: "fe007e",
    127: "fe007f",
    65535: "feffff",
    65536: "ff0000000000010000",
    2**63 - 1: "ff7fffffffffffffff",
    2**63: "ff8000000000000000",
}


def counted():
    """Masking keys that can be told apart: 00000001, 00000002 and so on."""
    numbers = iter(range(1, 1_000_000))
    return lambda count=1: b"".join(next(numbers).to_bytes(4, "big") for _ in range(count))


def server(opcode, payload=b"", *, fin=True, rsv=0):
    """An unmasked frame, encoded without the help of what is tested."""
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
    return bytes([fin << 7 | rsv << 4 | opcode]) + length + payload


def decoded(octets, cut=None):
    """Frames and stray octets, fed whole or in pieces of ``cut`` octets."""
    decoder, frames = Decoder(), []
    step = cut or len(octets) or 1
    for start in range(0, len(octets), step):
        frames += decoder.feed(octets[start : start + step])
    return frames, decoder.stray, decoder.unfinished


def fields(frame):
    return frame.opcode, frame.fin, frame.rsv, frame.payload


# Encoding


@pytest.mark.parametrize(("size", "length"), BORDERS.items())
def test_length_is_encoded_in_as_few_octets_as_possible(size, length):
    assert encode_header(Opcode.TEXT, size, KEY) == bytes.fromhex("81" + length) + KEY


@pytest.mark.parametrize("fin", [True, False])
@pytest.mark.parametrize("rsv", range(8))
@pytest.mark.parametrize("opcode", range(16))
def test_every_first_octet_is_encoded_and_decoded(opcode, rsv, fin):
    sent = encode_frame(Frame(opcode, b"abc", fin, rsv), KEY)
    assert sent[0] == fin * 0x80 + rsv * 0x10 + opcode
    (frame,), stray, _ = decoded(sent)
    assert fields(frame) == (opcode, fin, rsv, b"abc")
    assert (frame.masked, frame.minimal, frame.too_long, stray) == (True, True, False, b"")


def test_example_of_the_rfc():
    """RFC 6455 section 5.7: a masked text message "Hello"."""
    assert encode_frame(Frame(Opcode.TEXT, b"Hello"), KEY).hex() == "818537fa213d7f9f4d5158"


def test_control_frame_of_126_octets_can_be_encoded():
    (frame,), _, _ = decoded(encode_frame(Frame(Opcode.PING, Fill(b"\xfe", 126)), KEY))
    assert fields(frame) == (Opcode.PING, True, 0, b"\xfe" * 126)


@pytest.mark.parametrize("fin", [True, False])
def test_open_frame_is_encoded_as_its_header(fin):
    header = encode_open_frame(OpenFrame(Opcode.TEXT, 65536, fin), KEY)
    assert header == encode_header(Opcode.TEXT, 65536, KEY, fin=fin)


# Masking


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 8, 13, 126])
def test_masking_is_exclusive_or_with_key_octet_i_mod_4(size):
    payload = bytes(range(size))
    assert masked(payload, KEY) == bytes(octet ^ KEY[i % 4] for i, octet in enumerate(payload))
    assert masked(masked(payload, KEY), KEY) == payload


@pytest.mark.parametrize("payload", [bytes(range(60)), Fill(b"abcdefg", 60)], ids=["octets", "pattern"])
@pytest.mark.parametrize("offset", [*range(9), 59, 60])
def test_piece_is_masked_by_its_place_in_the_frame(payload, offset):
    whole = bytes(payload)
    rest = whole[offset:] if isinstance(payload, bytes) else Fill(whole[offset:] or b"-", 60 - offset)
    assert masked(rest, KEY, offset) == masked(whole, KEY)[offset:]


# Fragments


@pytest.mark.parametrize(
    ("octets", "size", "sizes"),
    [
        (0, 4, [0]),
        (3, 4, [3]),
        (4, 4, [4]),  # what fits into a fragment is sent whole
        (5, 4, [4, 1]),
        (8, 4, [4, 4, 0]),  # a multiple ends in an empty frame
        (9, 4, [4, 4, 1]),
        (3, 1, [1, 1, 1, 0]),
    ],
)
def test_fragments(octets, size, sizes):
    payload = bytes(range(octets))
    found = list(fragments(Split(Opcode.BINARY, payload, size)))
    assert [n for _, n, _, _ in found] == [len(piece) for *_, piece in found] == sizes
    assert b"".join(piece for *_, piece in found) == payload
    assert [fin for _, _, fin, _ in found] == [False] * (len(sizes) - 1) + [True]
    assert [opcode for opcode, *_ in found] == [Opcode.BINARY] + [Opcode.CONTINUATION] * (len(sizes) - 1)


@given(
    pattern=st.binary(min_size=1, max_size=9),
    octets=st.integers(0, 90),
    size=st.integers(1, 40),
    opcode=st.sampled_from([Opcode.TEXT, Opcode.BINARY]),
)
@example(pattern=b"*", octets=64, size=8, opcode=Opcode.TEXT)  # equal pieces, then the empty frame
@example(pattern=b"abc", octets=64, size=8, opcode=Opcode.TEXT)  # pieces of one size that differ
def test_split_message_is_its_fragments_one_by_one(pattern, octets, size, opcode):
    """Each fragment goes out under a key of its own."""
    split = Split(opcode, Fill(pattern, octets), size)
    key = counted()
    one_by_one = b"".join(encode_frame(Frame(op, piece, fin), key()) for op, _, fin, piece in fragments(split))
    assert encode_split(split, counted()) == one_by_one


# Decoding

STREAM = b"".join(
    (
        server(Opcode.TEXT, b"one", fin=False),
        server(Opcode.PING),
        server(Opcode.CONTINUATION, b"two" * 50),
        encode_frame(Frame(Opcode.BINARY, b"masked"), KEY),
        server(Opcode.CLOSE, b"\x03\xe8bye"),
        b"left over",
    )
)
FRAMES = [
    (Opcode.TEXT, False, 0, b"one"),
    (Opcode.PING, True, 0, b""),
    (Opcode.CONTINUATION, True, 0, b"two" * 50),
    (Opcode.BINARY, True, 0, b"masked"),
    (Opcode.CLOSE, True, 0, b"\x03\xe8bye"),
]


@pytest.mark.parametrize("cut", [None, 1, 2, 3, 5, 64])
def test_octets_are_decoded_however_they_are_cut(cut):
    frames, stray, unfinished = decoded(STREAM, cut)
    assert list(map(fields, frames)) == FRAMES
    assert (stray, unfinished) == (b"left over", b"")


def test_octets_are_decoded_with_a_cut_at_any_place():
    for place in range(len(STREAM) + 1):
        decoder = Decoder()
        frames = decoder.feed(STREAM[:place]) + decoder.feed(STREAM[place:])
        assert (list(map(fields, frames)), decoder.stray) == (FRAMES, b"left over"), place


def test_frame_is_decoded_with_its_last_octet():
    octets = server(Opcode.TEXT, b"x" * 200)
    decoder = Decoder()
    assert decoder.feed(octets[:-1]) == []
    assert decoder.unfinished == octets[:64]
    (frame,) = decoder.feed(octets[-1:] + b"\x81")
    assert frame == Received(Opcode.TEXT, True, 0, b"x" * 200, octets[:4])
    assert (decoder.unfinished, decoder.stray) == (b"\x81", b"")


def test_no_frame_is_decoded_after_a_close():
    decoder = Decoder()
    decoder.feed(server(Opcode.CLOSE))
    assert decoder.stray == b""
    assert decoder.feed(server(Opcode.TEXT, b"late")) == []
    assert decoder.feed(server(Opcode.TEXT)) == []
    assert decoder.stray == server(Opcode.TEXT, b"late") + server(Opcode.TEXT)
    assert decoder.unfinished == b""


@pytest.mark.parametrize("cut", [1, 10, 100])
@pytest.mark.parametrize("key", [b"", KEY], ids=["unmasked", "masked"])
def test_no_frame_is_decoded_after_an_impossible_length(key, cut):
    """A frame of 2**63 octets never ends; what follows its header is no frame."""
    header = bytes([0x82, 0x80 * bool(key) + 127]) + (2**63).to_bytes(8, "big") + key
    (frame,), stray, unfinished = decoded(header + b"\x81\x00", cut)
    assert (frame.too_long, frame.payload, frame.header, frame.masked) == (True, b"", header, bool(key))
    assert (stray, unfinished) == (b"", b"\x81\x00")


def test_frame_of_the_largest_legal_length_is_incomplete():
    header = bytes([0x82, 127]) + (2**63 - 1).to_bytes(8, "big")
    assert decoded(header + b"abc") == ([], b"", header + b"abc")


@pytest.mark.parametrize(
    ("length", "size", "minimal"),
    [
        ("7d", 125, True),
        ("7e0000", 0, False),
        ("7e007d", 125, False),
        ("7e007e", 126, True),
        ("7effff", 65535, True),
        ("7f0000000000000005", 5, False),
        ("7f000000000000ffff", 65535, False),
        ("7f0000000000010000", 65536, True),
    ],
)
def test_length_in_more_octets_than_needed(length, size, minimal):
    header = bytes.fromhex("82" + length)
    (frame,), _, _ = decoded(header + bytes(size))
    assert (frame.header, len(frame.payload), frame.minimal) == (header, size, minimal)


def test_masked_frame_is_unmasked():
    octets = encode_frame(Frame(Opcode.TEXT, b"Hello"), KEY)
    (frame,), _, _ = decoded(octets)
    assert frame == Received(Opcode.TEXT, True, 0, b"Hello", octets[:6], masked=True)


FRAME = st.builds(Frame, st.integers(0, 15), st.binary(max_size=300), fin=st.booleans(), rsv=st.integers(0, 7))


@given(frames=st.lists(FRAME, max_size=5), cut=st.integers(1, 400))
def test_decoding_reverses_encoding(frames, cut):
    """Up to the first Close, whose followers are stray."""
    key = counted()
    octets = [encode_frame(frame, key()) for frame in frames]
    last = next((n for n, frame in enumerate(frames, 1) if frame.opcode == Opcode.CLOSE), len(frames))
    found, stray, unfinished = decoded(b"".join(octets), cut)
    assert list(map(fields, found)) == [(f.opcode, f.fin, f.rsv, f.payload) for f in frames[:last]]
    assert (stray, unfinished) == (b"".join(octets[last:]), b"")


@pytest.mark.parametrize("key", [b"", KEY], ids=["unmasked", "masked"])
def test_frame_that_is_too_large_is_refused_at_its_header(key):
    decoder = Decoder(largest=125)
    header = bytes([0x82, 0x80 * bool(key) + 126]) + (126).to_bytes(2, "big") + key
    (frame,) = decoder.feed(header + bytes(1000))
    assert (frame.refused, frame.payload, frame.header, frame.masked) == (126, b"", header, bool(key))
    assert decoder.feed(bytes(1000)) == []
    assert decoder.unfinished == bytes(64)


def test_largest_frame_is_decoded():
    (frame,) = Decoder(largest=126).feed(server(Opcode.BINARY, bytes(126)))
    assert (frame.refused, len(frame.payload)) == (0, 126)


def test_octets_after_a_close_are_counted_and_only_the_first_are_kept():
    decoder = Decoder(kept=10)
    for octets in (server(Opcode.CLOSE) + bytes(7), bytes(7), bytes(7)):
        decoder.feed(octets)
    assert (decoder.stray, decoder.stray_size) == (bytes(10), 21)


def test_frames_can_be_taken_one_by_one():
    decoder = Decoder()
    decoder.push(server(Opcode.TEXT, b"a") + server(Opcode.TEXT, b"b"))
    first = decoder.next()
    decoder.push(server(Opcode.TEXT, b"c") + b"\x81")
    assert [first.payload, *(decoder.next().payload for _ in range(2))] == [b"a", b"b", b"c"]
    assert decoder.next() is None
    assert decoder.unfinished == b"\x81"
