"""Compressed messages in both directions (RFC 7692 sections 6 and 7.2)."""

import gc
import json
import random
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dwebsocket.protocol import Connection, Limits, Message, Offer, PerMessageDeflate, Ping

from .inflating import Block, Inflated, NotDeflateError, stored
from .wire import FIN, masked, play, played_every_way, text

RSV1 = 0x40
TEXT, BINARY, CONTINUATION = 1, 2, 0
NO_TAKEOVER = (("server_no_context_takeover", None), ("client_no_context_takeover", None))
CUT_OFF = b"\0\0\xff\xff"
NUMBERS = random.Random(1)
NOISE = NUMBERS.randbytes(100_000)
JSON = json.dumps([{"id": NUMBERS.randrange(10**9), "name": f"user {i}", "é": i % 7 == 0} for i in range(3000)])


def agreed(*params, **options):
    """A function that agrees to an offer, for `play`."""

    def extensions():
        _, extension = PerMessageDeflate(**options).accept(Offer("permessage-deflate", params))
        return (extension,)

    return extensions


PLAIN = agreed()


def compressed(payload, opcode=TEXT, fin=True):
    return masked(RSV1 | opcode | (FIN if fin else 0), payload)


class Deflater:
    """A client's compressor, by zlib."""

    def __init__(self, bits=15, level=9):
        self._compressor = zlib.compressobj(level, wbits=-bits)

    def __call__(self, data, flush=zlib.Z_SYNC_FLUSH):
        data = data.encode() if isinstance(data, str) else data
        return (self._compressor.compress(data) + self._compressor.flush(flush))[:-4]


def deflated(data):
    return Deflater()(data)


def finished(data):
    """As some senders do it: BFINAL is set, and the empty block stands alone."""
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush() + b"\0"


# Receiving: what is right

HELLO = {
    "one block": "f248cdc9c90700",
    "stored": "000500faff48656c6c6f00",
    "final": "f348cdc9c9070000",
    "two blocks": "f248050000 00ffff cac9c90700",
    "stored and final": "010500faff48656c6c6f00",
    "dynamic": deflated("Hello").hex(),
}


@pytest.mark.parametrize("octets", HELLO.values(), ids=HELLO)
def test_the_samples_of_section_7_2_3_are_hello(octets):
    octets = compressed(bytes.fromhex(octets))

    assert played_every_way(octets, extensions=PLAIN).events == [Message("Hello")]


def test_the_sample_of_two_frames_is_hello():
    octets = compressed(bytes.fromhex("f248cd"), fin=False) + masked(FIN, bytes.fromhex("c9c90700"))

    assert played_every_way(octets, extensions=PLAIN).events == [Message("Hello")]


def test_a_message_may_refer_to_the_one_before_it():
    octets = compressed(bytes.fromhex("f248cdc9c90700")) + compressed(bytes.fromhex("f200110000"))

    assert played_every_way(octets, extensions=PLAIN).events == [Message("Hello")] * 2


LARGE = (JSON * 3).encode()[:300_000]
BLOCKS = {
    "empty": (b"\0", b""),
    "empty, in a fixed block": (b"\2\0", b""),
    "empty, in a final block": (b"\3\0\0", b""),
    "empty, and the empty block is the final one": (b"\1", b""),
    "as zlib ends what it does not compress": (stored(b"abc") + b"\1", b"abc"),
    "stored": (stored(b"abc") + stored(b"def") + b"\0", b"abcdef"),
    "stored and nothing in it": (stored(b"") * 50 + stored(b"a") + stored(b"") * 50 + b"\0", b"a"),
    "fixed": (Block(b"ab", (20, 2)).message(), b"ab" * 11),
    "dynamic": (deflated(LARGE), LARGE),
    "a thousand blocks": (
        b"".join(deflated(b"%c" % (i % 256)) + CUT_OFF for i in range(1000)) + b"\0",
        bytes(range(256)) * 3 + bytes(range(232)),
    ),
    "noise": (deflated(NOISE), NOISE),
    "final and large": (finished(LARGE), LARGE),
    "several final ones": (stored(b"a", final=True) + finished(b"b")[:-1] + stored(b"c", final=True) + b"\0", b"abc"),
    "final, and others behind it": (finished(b"abc")[:-1] + deflated(b"def"), b"abcdef"),
}


@pytest.mark.parametrize("payload", BLOCKS)
def test_every_kind_of_block_is_inflated(payload):
    octets, message = BLOCKS[payload]
    large = len(octets) > 1000
    frames = compressed(octets, BINARY)
    again = compressed(octets, BINARY)

    assert play(frames, again, extensions=PLAIN).events == [Message(message)] * 2
    if not large:
        assert played_every_way(frames, extensions=PLAIN).events == [Message(message)]


@pytest.mark.parametrize("size", [5, 1000, 200_000])
def test_messages_behind_a_final_block_are_right(size):
    data = LARGE[:size]
    deflate = Deflater()
    octets = [
        compressed(deflate(data)),
        compressed(finished(data)),
        compressed(deflated(data)),
        compressed(finished(data)),
    ]

    assert play(b"".join(octets), extensions=PLAIN).events == [Message(data.decode())] * 4


def test_the_window_outlasts_a_final_block():
    """No zlib does that, but section 7.2.1 has one window for all messages."""
    messages = [Block(b"Hello, world").message(), Block(b"!", final=True).message(), Block((12, 13)).message()]
    octets = b"".join(map(compressed, messages))

    assert played_every_way(octets, extensions=PLAIN).events == [
        Message("Hello, world"),
        Message("!"),
        Message("Hello, world"),
    ]


def test_the_window_outlasts_a_final_block_inside_a_message():
    first = Block(b"abc", final=True).message()[:-1]
    octets = compressed(first + Block((3, 3), (4, 6)).message()) + compressed(Block((10, 10)).message())

    assert played_every_way(octets, extensions=PLAIN).events == [Message("abcabcabca")] * 2


def test_what_is_not_marked_is_not_inflated_and_not_remembered():
    deflate = Deflater()
    octets = (
        compressed(deflate("abc abc")) + text("plain") + masked(0x82, deflated("x")) + compressed(deflate("abc abc"))
    )

    events = [Message("abc abc"), Message("plain"), Message(deflated("x")), Message("abc abc")]
    assert played_every_way(octets, extensions=PLAIN).events == events


def test_a_message_may_be_cut_anywhere_with_empty_fragments_and_pings_between():
    payload = Deflater()(JSON[:200])
    for at in range(len(payload) + 1):
        octets = (
            compressed(payload[:at], fin=False)
            + masked(0x89, b"?")
            + masked(CONTINUATION)
            + masked(CONTINUATION, payload[at:])
            + masked(FIN)
        )

        assert play(octets * 2, extensions=PLAIN).events == [Ping(b"?"), Message(JSON[:200])] * 2


def test_ten_thousand_fragments_are_one_message():
    payload = Deflater()(NOISE[:10_000])
    frames = [masked(CONTINUATION, payload[at : at + 1]) for at in range(1, len(payload) - 1)]
    octets = [compressed(payload[:1], BINARY, fin=False), *frames, masked(FIN, payload[-1:])]

    assert len(octets) >= 10_000
    assert play(b"".join(octets), extensions=PLAIN).events == [Message(NOISE[:10_000])]


FAR = NOISE[:32768]


def test_without_a_limit_agreed_all_of_32_kib_is_remembered():
    octets = compressed(stored(FAR) + b"\0", BINARY) + compressed(Block((100, 32768)).message(), BINARY)

    assert play(octets, extensions=PLAIN).events == [Message(FAR), Message(FAR[:100])]


@pytest.mark.parametrize("bits", range(8, 16))
def test_a_window_that_was_agreed_is_remembered(bits):
    size = 1 << bits
    octets = compressed(stored(FAR) + b"\0", BINARY) + compressed(Block((100, size)).message(), BINARY)
    extensions = agreed(("client_max_window_bits", str(bits)), window_bits=15)

    assert play(octets, extensions=extensions).events == [Message(FAR), Message(FAR[-size:][:100])]


def test_without_takeover_a_message_must_not_refer_to_the_one_before_it():
    outcome = play(
        compressed(deflated("abc")) * 2, compressed(bytes.fromhex("f200110000")), extensions=agreed(*NO_TAKEOVER)
    )

    assert [type(event).__name__ for event in outcome.events] == ["Message", "Message", "Failed"]
    assert outcome.events[-1].code == 1007


# Receiving: what is wrong

RESERVED = {
    "on a ping": masked(RSV1 | 0x89),
    "on a pong": masked(RSV1 | 0x8A),
    "on a close": masked(RSV1 | 0x88),
    "on a continuation of a compressed message": compressed(b"\xf2", fin=False) + masked(RSV1 | FIN, b"\0"),
    "on a continuation of another": masked(TEXT, b"a") + masked(RSV1, b"b"),
    "RSV2 beside it": masked(0xE1, b"\0"),
    "RSV3 beside it": masked(0xD1, b"\0"),
    "RSV2": masked(0xA1, b"\0"),
}


@pytest.mark.parametrize("octets", RESERVED.values(), ids=RESERVED)
def test_rsv1_belongs_to_the_first_frame_of_a_message_and_nothing_else(octets):
    assert [event.code for event in played_every_way(octets, extensions=PLAIN).events] == [1002]


def test_rsv1_that_was_not_agreed_is_a_broken_rule():
    assert [event.code for event in play(compressed(deflated("a"))).events] == [1002]


TRUNCATED = {
    f"{name}, cut to {size}": octets[:size]
    for name, octets in {
        "sample": bytes.fromhex("f248cdc9c90700"),
        "final": bytes.fromhex("f348cdc9c9070000"),
        "stored": stored(b"Hello, world") + b"\0",
        "fixed": Deflater()(JSON[:60]),
        "dynamic": Deflater()(JSON[:600]),
        "copies": Block(b"abcdefgh", (258, 7), (100, 8), b"x").message(),
    }.items()
    for size in range(len(octets))
}
del TRUNCATED["stored, cut to 1"]  # which is an empty message
BROKEN = {
    **TRUNCATED,
    "stored, and no empty block": stored(b"Hello"),
    "block type 3": b"\7\0",
    "stored length": bytes.fromhex("000500fbff48656c6c6f00"),
    "distance before the start": Block(b"abc", (3, 6)).message(),
    "no end of block": Block(b"abc").unended(),
    "noise": b"\xed" + NOISE[:50],
    "its tail is not cut off": deflated("Hello") + CUT_OFF,
    "leftover": deflated("Hello") + b"\x55",
    "zlib's header": zlib.compress(b"Hello"),
    "gzip's header": zlib.compressobj(wbits=31).compress(b"") + b"\0\0\0",
}


@pytest.mark.parametrize("octets", BROKEN.values(), ids=BROKEN)
def test_what_is_not_deflate_data_is_1007_and_nothing_of_it_is_a_message(octets):
    frames = compressed(deflated("ok")) + compressed(octets, BINARY) + text("late")
    message, failed = play(frames, extensions=PLAIN).events
    with pytest.raises(NotDeflateError):
        Inflated().read(octets)

    assert (message, failed.code) == (Message("ok"), 1007)
    for at in range(len(octets)):
        cut = compressed(octets[:at], BINARY, fin=False) + masked(FIN, octets[at:])
        assert [event.code for event in play(cut, extensions=PLAIN).events] == [1007]


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_octets_are_inflated_right_or_refused(octets):
    try:
        expected = Inflated().read(octets)
    except NotDeflateError:
        expected = None
    [event] = play(compressed(octets, BINARY), extensions=PLAIN).events

    assert event == Message(expected) if expected is not None else event.code == 1007


NOT_UTF8 = {"wrong octet": b"abc\xff", "cut character": b"abc\xc3", "surrogate": b"\xed\xa0\x80"}


@pytest.mark.parametrize("data", NOT_UTF8.values(), ids=NOT_UTF8)
def test_text_is_judged_when_it_is_inflated(data):
    octets = Deflater(level=0)(data)

    assert [event.code for event in played_every_way(compressed(octets), extensions=PLAIN).events] == [1007]
    assert play(compressed(octets, BINARY), extensions=PLAIN).events == [Message(data)]


def test_compressed_octets_need_not_be_utf8_but_what_they_make():
    octets = deflated("é" * 30)
    with pytest.raises(UnicodeDecodeError):
        octets.decode()

    assert played_every_way(compressed(octets), extensions=PLAIN).events == [Message("é" * 30)]


def test_compressed_text_fails_at_its_first_wrong_octet():
    beginning = stored("κόσμε".encode() + b"\xf4")
    octets = compressed(beginning, fin=False) + masked(CONTINUATION, stored(b"\x90")[:-1])

    assert play(octets, extensions=PLAIN).events == []
    assert [event.code for event in play(octets, masked(CONTINUATION, b"\x90"), extensions=PLAIN).events] == [1007]


# Limits

LIMIT = Limits(max_message_size=1000)


@pytest.mark.parametrize("data", [b"x" * 1000, NOISE[:1000]], ids=["small on the wire", "large on the wire"])
def test_the_limit_is_one_of_inflated_octets(data):
    payload = b"".join(Deflater()(data[at : at + 100]) + CUT_OFF for at in range(0, 1000, 100)) + b"\0"
    whole, cut = compressed(payload, BINARY), compressed(b"", BINARY, fin=False) + masked(FIN, payload)
    one_more = compressed(Deflater(level=0)(data + b"x"), BINARY)

    assert play(whole + cut + whole, limits=LIMIT, extensions=PLAIN).events == [Message(data)] * 3
    assert [event.code for event in play(one_more, limits=LIMIT, extensions=PLAIN).events] == [1009]


def test_a_length_that_makes_no_sense_is_1009_at_the_header():
    header = b"\xc2\xff" + (1 << 40).to_bytes(8, "big")

    assert play(header[:-1], extensions=PLAIN).events == []
    assert [event.code for event in play(header, extensions=PLAIN).events] == [1009]
    assert play(header, limits=Limits(max_message_size=None), extensions=PLAIN).events == []


def bomb(size):
    """Zeros, a MiB of them in a KiB."""
    compressor = zlib.compressobj(9, wbits=-15)
    mebibyte = compressor.compress(bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH)
    return mebibyte * (size >> 20) + b"\0"


def peak_of(action):
    """The octets that an action took at most, and what it gives back."""
    gc.collect()
    tracemalloc.start()
    try:
        result = action()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("piece", [64, 65536, 1 << 30], ids=["small", "as from a socket", "whole"])
@pytest.mark.parametrize("fin", [True, False], ids=["frame", "fragment"])
def test_a_bomb_takes_no_more_than_the_limit_and_a_little(opcode, piece, fin):
    octets = compressed(bomb(1 << 30), opcode, fin)
    pieces = [octets[at : at + piece] for at in range(0, min(len(octets), 1 << 17), piece)]
    limits = Limits(max_message_size=4 << 20)
    if piece > len(octets):
        pieces = [octets]
    peak, outcome = peak_of(lambda: play(*pieces, limits=limits, extensions=PLAIN))

    assert [event.code for event in outcome.events] == [1009]
    assert peak < (4 << 20) + (4 << 20) + (len(octets) if piece > len(octets) else 0)


FINAL_BLOCK = b"\3\0"


def test_a_few_final_blocks_in_a_message_are_no_matter():
    octets = compressed(FINAL_BLOCK * 16 + b"\0", BINARY)

    assert played_every_way(octets * 3, extensions=PLAIN).events == [Message(b"")] * 3


def test_a_long_message_may_have_more_final_blocks():
    message = finished(NOISE[:1000])[:-1]
    octets = compressed(message * 50 + b"\0", BINARY)

    assert play(octets, extensions=PLAIN).events == [Message(NOISE[:1000] * 50)]


@pytest.mark.parametrize("size", [2, 1000, 200_000])
def test_final_blocks_that_cost_more_than_they_hold_fail_the_connection(size):
    octets = FINAL_BLOCK * 50_000
    first, *others = (octets[at : at + size] for at in range(0, len(octets), size))
    frames = compressed(first, BINARY, fin=False) + b"".join(masked(CONTINUATION, other) for other in others)

    assert [event.code for event in play(frames, extensions=PLAIN).events] == [1009]


# Sending


def sent(connection, message):
    """First octet and payload of the one frame that a message becomes."""
    connection.send_message(message)
    frame = connection.data_to_send()
    start = {126: 4, 127: 10}.get(frame[1], 2)
    return frame[0], frame[start:]


def opened(*params, **options):
    return Connection(Limits(), agreed(*params, **options)())


DATA = {
    "nothing": b"",
    "an octet": b"x",
    "zeros": bytes(70_000),
    "JSON": JSON.encode()[:70_000],
    "noise": NOISE[:70_000],
    **{f"repeated after {size}": NOISE[:size] * (40_000 // size + 1) for size in (250, 255, 256, 257, 511, 512, 513)},
    **{f"repeated after {size}": NOISE[:size] * 3 for size in (4096, 8192, 16384, 32506, 32767, 32768)},
}


@pytest.mark.parametrize("level", [1, 3, 6, 9])
@pytest.mark.parametrize("bits", range(8, 16))
def test_no_distance_is_larger_than_the_window_that_was_agreed(bits, level):
    connection = opened(("server_max_window_bits", str(bits)), window_bits=15, level=level, threshold=0)
    inflated, distances = Inflated(), []
    for data in DATA.values():
        data = data[: 4 << bits]
        first, payload = sent(connection, data)
        assert (first, inflated.read(payload)) == (0xC2, data)
        distances.append(inflated.distance)

    assert 0 < max(distances) <= 1 << bits
    assert inflated.output.endswith(data)


def test_the_smallest_window_is_kept_whatever_zlib_does(monkeypatch):
    """It takes a larger one than it is asked for, and does not promise how far it looks back in it."""
    make = zlib.compressobj
    monkeypatch.setattr(zlib, "compressobj", lambda level, method, wbits, memory: make(level, method, -15, memory))
    connection, inflated = opened(("server_max_window_bits", "8"), threshold=0), Inflated()
    for data in (NOISE[:250] * 9, NOISE[:257] * 9, JSON.encode()[:5000]):
        assert inflated.read(sent(connection, data)[1]) == data
        assert inflated.distance < 256


@settings(deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=300), st.integers(1, 6)), max_size=6), st.integers(8, 15))
def test_whatever_is_sent_is_inflated_by_the_book(messages, bits):
    connection = opened(("server_max_window_bits", str(bits)), window_bits=15, threshold=0)
    inflated = Inflated()
    for data, times in messages:
        assert inflated.read(sent(connection, data * times)[1]) == data * times
        assert inflated.distance <= 1 << bits


def test_messages_refer_to_those_before_them_and_so_get_smaller():
    connection, inflated = opened(), Inflated()
    sizes = []
    for _ in range(3):
        first, payload = sent(connection, JSON[:2000])
        assert (first, inflated.read(payload)) == (0xC1, JSON[:2000].encode())
        sizes.append(len(payload))

    assert inflated.reach > 0
    assert sizes[1] < sizes[0] / 5


@pytest.mark.parametrize("window", [8, 12, 15])
@pytest.mark.parametrize("how", ["asked", "set"])
def test_without_takeover_each_message_stands_alone(how, window):
    asked, options = (NO_TAKEOVER, {}) if how == "asked" else ((), {"context_takeover": False})
    connection = opened(*asked, ("server_max_window_bits", str(window)), window_bits=15, **options)

    for _ in range(3):
        assert Inflated().read(sent(connection, JSON[:5000])[1]) == JSON[:5000].encode()


def test_what_is_below_the_threshold_goes_out_as_it_is():
    connection = opened(threshold=10)

    assert sent(connection, "é2345678") == (0x81, "é2345678".encode())
    assert sent(connection, b"123456789") == (0x82, b"123456789")
    assert sent(connection, "é23456789")[0] == 0xC1
    assert sent(connection, b"1234567890")[0] == 0xC2


def test_by_default_what_fits_a_packet_is_not_compressed():
    assert sent(opened(), "x" * 1023)[0] == 0x81
    assert sent(opened(), "x" * 1024)[0] == 0xC1


def test_control_frames_are_never_compressed():
    connection = opened(threshold=0)
    connection.send_ping(b"a" * 100)
    connection.send_close(1000, "a" * 100)

    assert connection.data_to_send() == b"\x89\x64" + b"a" * 100 + b"\x88\x66\x03\xe8" + b"a" * 100


# Both, and what it costs


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.text(max_size=400), st.binary(max_size=400)), max_size=5),
    st.sampled_from([zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH]),
    st.lists(st.integers(0, 60), min_size=1, max_size=6),
    st.integers(1, 80),
    st.integers(9, 15),
    st.booleans(),
)
def test_any_messages_in_any_fragments_in_any_pieces(messages, flush, fragments, piece, bits, keeps):
    params = [("client_max_window_bits", str(bits)), *(() if keeps else NO_TAKEOVER)]
    deflate, octets = Deflater(bits), b""
    for message in messages:
        deflate = deflate if keeps else Deflater(bits)
        octets += _fragmented(TEXT if isinstance(message, str) else BINARY, deflate(message, flush), fragments)
    pieces = [octets[at : at + piece] for at in range(0, len(octets), piece)]

    outcome = play(*pieces, extensions=agreed(*params, window_bits=15))
    assert outcome.events == [Message(message) for message in messages]


def _fragmented(opcode, payload, sizes):
    frames, first = b"", opcode | RSV1
    for size in sizes[:-1]:
        frames += masked(first, payload[:size])
        first, payload = CONTINUATION, payload[size:]
    return frames + masked(FIN | first, payload)


MANY = 20


def test_a_connection_that_has_compressed_nothing_takes_next_to_nothing():
    peak, connections = peak_of(lambda: [opened() for _ in range(MANY)])

    assert peak / len(connections) < 8000


def test_what_a_connection_keeps_is_what_the_settings_say_and_is_free_at_the_end():
    """38 KiB for what goes out, 4 KiB for what comes in; messages themselves are not kept."""

    def use(connections):
        for connection in connections:
            sent(connection, JSON)
            assert connection.receive_data(compressed(Deflater(12)(JSON))) == [Message(JSON)]
            for number in range(1000):
                connection.receive_data(compressed(stored(b"%64d" % number) + b"\0"))

    tracemalloc.start()
    try:
        connections = [opened(("client_max_window_bits", None)) for _ in range(MANY)]
        use(connections)
        gc.collect()
        used = tracemalloc.get_traced_memory()[0] / MANY
        for connection in connections:
            connection.receive_eof()
        gc.collect()
        left = tracemalloc.get_traced_memory()[0] / MANY
    finally:
        tracemalloc.stop()

    assert 30_000 < used < 55_000
    assert left < 8000
