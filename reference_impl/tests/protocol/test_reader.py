"""Receiving: messages, their fragments, limits, and where a broken rule ends it all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dwebsocket.protocol import CloseReceived, Connection, Failed, Limits, Message, Ping, Pong, State

from .wire import FIN, KEY, length_field, masked, play, played_every_way, text, xor

TEXT, BINARY, CONTINUATION, LAST = 1, 2, 0, FIN
GOOD = {
    "two messages": (text("a") + masked(0x82, b"b"), [Message("a"), Message(b"b")]),
    "fragments": (masked(TEXT, b"Hel") + masked(LAST, b"lo"), [Message("Hello")]),
    "empty fragments": (masked(TEXT) + masked(CONTINUATION) + masked(LAST), [Message("")]),
    "binary fragments that are no UTF-8": (masked(BINARY, b"\xff") + masked(LAST, b"\xfe"), [Message(b"\xff\xfe")]),
    "cut inside a character": (masked(TEXT, b"\xe2") + masked(0, b"\x82") + masked(LAST, b"\xac"), [Message("€")]),
    "control frames between fragments": (
        masked(TEXT, b"a") + masked(0x89, b"1") + masked(0, b"b") + masked(0x8A, b"2") + masked(LAST, b"c"),
        [Ping(b"1"), Pong(b"2"), Message("abc")],
    ),
    "a fragmented message after another": (
        (masked(TEXT, "é".encode()) + masked(LAST, b"a")) * 2 + text("x"),
        [Message("éa"), Message("éa"), Message("x")],
    ),
    "each fragment with its own key": (
        masked(BINARY, b"abcdef", key=b"\1\2\3\4") + masked(LAST, b"ghijk", key=b"\xff\0\xff\0"),
        [Message(b"abcdefghijk")],
    ),
    "close between fragments": (masked(TEXT, b"a") + masked(0x88, b"\x03\xe8"), [CloseReceived(1000, "")]),
    "anything after a close": (
        masked(0x88, b"\x03\xe8bye") + text("late") + b"\xff\xff garbage",
        [CloseReceived(1000, "bye")],
    ),
    "a close without code": (masked(0x88), [CloseReceived(1005, "")]),
}


@pytest.mark.parametrize(("octets", "events"), GOOD.values(), ids=GOOD)
def test_what_is_right_is_reported_however_it_is_cut(octets, events):
    assert played_every_way(octets).events == events


# Octets whose last one decides, and the code they fail with.
BAD = {
    "unmasked after masked": (text("ok") + b"\x81\x02", 1002),
    "text inside a message": (text("ok") + masked(TEXT, b"a") + b"\x01", 1002),
    "binary inside a message": (text("ok") + masked(TEXT, b"a") + b"\x82", 1002),
    "continuation of nothing": (text("ok") + b"\x00", 1002),
    "continuation after the last": (masked(TEXT, b"ok") + masked(LAST) + b"\x80", 1002),
    "reserved bit on a continuation": (text("ok") + masked(TEXT) + b"\xc0", 1002),
    "text that is no UTF-8": (text("ok") + masked(0x81, b"a\xff"), 1007),
    "text that ends inside a character": (text("ok") + masked(0x81, b"a\xc3"), 1007),
    "fragments that end inside a character": (text("ok") + masked(1, b"\xc3") + masked(LAST), 1007),
    "wrong octet in a fragment": (text("ok") + masked(1, b"a") + masked(0, b"\xed\xa0"), 1007),
    "close of one octet": (text("ok") + masked(0x88, b"\x03"), 1002),
    "close with code 1005": (text("ok") + masked(0x88, b"\x03\xed"), 1002),
    "close reason that is no UTF-8": (text("ok") + masked(0x88, b"\x03\xe8\xff"), 1007),
}


@pytest.mark.parametrize(("octets", "code"), BAD.values(), ids=BAD)
def test_what_is_wrong_fails_the_connection_after_what_was_whole(octets, code):
    outcome = played_every_way(octets)
    good, failed = outcome.events

    assert good == Message("ok")
    assert isinstance(failed, Failed)
    assert failed.code == code
    assert outcome.sent == bytes([0x88, 2 + len(failed.reason)]) + code.to_bytes(2, "big") + failed.reason.encode()
    assert (outcome.state, outcome.close_code, outcome.close_reason) == (State.CLOSED, 1006, "")


@pytest.mark.parametrize(("octets", "code"), BAD.values(), ids=BAD)
def test_before_the_last_octet_nothing_has_failed(octets, code):
    assert play(octets[:-1]).events == [Message("ok")]


def _header(first: int, length: int) -> bytes:
    return bytes([first]) + length_field(length) + KEY


# Autobahn's 6.4.1 to 6.4.4: where the wrong octet comes, and what never arrives.
FAIL_FAST = {
    "in the second fragment": masked(TEXT, "κόσμε".encode()) + masked(CONTINUATION, b"\xf4\x90"),
    "alone in the second fragment": masked(TEXT, "κόσμε".encode() + b"\xf4") + masked(CONTINUATION, b"\x90"),
    "inside a frame": _header(TEXT, 21) + xor("κόσμε".encode() + b"\xf4\x90", KEY),
    "inside the only frame": _header(0x81, 70000) + xor("κόσμε".encode() + b"\xf4\x90", KEY),
    "second octet of a surrogate": _header(0x81, 126) + xor(b"ab\xed\xa0", KEY),
}


@pytest.mark.parametrize("octets", FAIL_FAST.values(), ids=FAIL_FAST)
def test_text_fails_at_its_first_wrong_octet(octets):
    assert play(octets[:-1]).events == []
    assert [event.code for event in played_every_way(octets).events] == [1007]


LIMITS = Limits(max_message_size=10, max_frame_size=8, max_empty_fragments=2)
WITHIN = {
    "frame": (masked(0x82, b"12345678"), [Message(b"12345678")]),
    "message": (masked(2, b"12345678") + masked(LAST, b"90"), [Message(b"1234567890")]),
    "empty fragments": (masked(2) + masked(0) + masked(LAST, b"a"), [Message(b"a")]),
    "control frame": (masked(0x89, b"p" * 125), [Ping(b"p" * 125)]),
    "each message anew": ((masked(1, b"12345678") + masked(LAST)) * 3, [Message("12345678")] * 3),
}
BEYOND = {
    "frame": _header(0x82, 9)[:2],
    "frame of 2**62 octets": _header(0x82, 1 << 62)[:10],
    "message": masked(1, b"12345678") + _header(LAST, 3)[:2],
    "empty fragments": masked(1) + masked(0) + masked(0),
}


@pytest.mark.parametrize(("octets", "events"), WITHIN.values(), ids=WITHIN)
def test_within_its_limits_everything_passes(octets, events):
    assert played_every_way(octets, limits=LIMITS).events == events


@pytest.mark.parametrize("octets", BEYOND.values(), ids=BEYOND)
def test_beyond_a_limit_it_fails_as_soon_as_that_is_announced(octets):
    assert play(octets[:-1], limits=LIMITS).events == []
    assert [event.code for event in played_every_way(octets, limits=LIMITS).events] == [1009]


def test_none_is_no_limit():
    limits = Limits(max_message_size=None, max_frame_size=None, max_empty_fragments=None)
    octets = masked(2) + masked(0) * 5000 + _header(LAST, (1 << 63) - 1)

    assert play(octets, limits=limits).events == []


def test_the_default_takes_16_mib_and_no_more():
    assert play(_header(0x82, 16 << 20)).events == []
    assert [event.code for event in play(_header(0x82, (16 << 20) + 1)).events] == [1009]


def test_a_large_message_in_tcp_sized_pieces():
    """Each piece goes on with the key where the last one ended."""
    payload = bytes(i * i % 251 for i in range(200_003))
    octets = masked(0x82, payload)
    for size in (1021, 1460, 65536):
        pieces = [octets[at : at + size] for at in range(0, len(octets), size)]

        assert play(*pieces).events == [Message(payload)]


def test_empty_data_is_nothing():
    assert play(b"").events == []
    assert play(text("a")[:4], b"", text("a")[4:], b"").events == [Message("a")]


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.text(max_size=200), st.binary(max_size=200)), max_size=4),
    st.lists(st.integers(1, 50), min_size=1, max_size=8),
    st.binary(min_size=4, max_size=4),
    st.integers(1, 60),
)
def test_any_messages_in_any_fragments_in_any_pieces(messages, fragments, key, piece):
    octets = b"".join(_fragmented(message, fragments, key) for message in messages)
    pieces = [octets[at : at + piece] for at in range(0, len(octets), piece)]

    assert play(*pieces).events == [Message(message) for message in messages]


def _fragmented(message: str | bytes, sizes: list[int], key: bytes) -> bytes:
    opcode, payload = (TEXT, message.encode()) if isinstance(message, str) else (BINARY, message)
    frames = b""
    for size in sizes[:-1]:
        frames += masked(opcode, payload[:size], key=key)
        opcode, payload = CONTINUATION, payload[size:]
    return frames + masked(FIN | opcode, payload, key=key)


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(1, 20))
def test_garbage_never_raises_and_every_cut_says_the_same(garbage, piece):
    pieces = [garbage[at : at + piece] for at in range(0, len(garbage), piece)]

    assert play(*pieces) == play(garbage)


def test_nothing_that_comes_after_a_failure_is_processed():
    connection = Connection()
    connection.receive_data(b"\x81\x00")
    connection.data_to_send()

    assert connection.receive_data(text("late") + masked(0x89)) == []
    assert connection.data_to_send() == b""
