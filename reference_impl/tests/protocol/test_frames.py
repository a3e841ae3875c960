"""One table of frames for both directions, and every first octet."""

import pytest

from dwebsocket.protocol import CloseCode, Connection, Message, Opcode, Ping, Pong, Violation
from dwebsocket.protocol.frames import frame, read_header, rules

from .wire import FIN, length_field, masked, play, played_every_way

# Name: first octet, payload, the header a server sends, the event at a server that gets it masked.
FRAMES = {
    "5.7 text": (0x81, b"Hello", "8105", Message("Hello")),
    "5.7 ping": (0x89, b"Hello", "8905", Ping(b"Hello")),
    "5.7 pong": (0x8A, b"Hello", "8a05", Pong(b"Hello")),
    "5.7 256 octets": (0x82, b"\x01" * 256, "827e0100", Message(b"\x01" * 256)),
    "5.7 65536 octets": (0x82, b"\x02" * 65536, "827f0000000000010000", Message(b"\x02" * 65536)),
    "empty text": (0x81, b"", "8100", Message("")),
    "empty binary": (0x82, b"", "8200", Message(b"")),
    "empty ping": (0x89, b"", "8900", Ping(b"")),
    "longest ping": (0x89, b"p" * 125, "897d", Ping(b"p" * 125)),
    "text of all planes": (0x81, "é€😀\0".encode(), "810a", Message("é€😀\0")),
    "binary that is no UTF-8": (0x82, bytes(range(256)), "827e0100", Message(bytes(range(256)))),
    "7-bit length, longest": (0x82, b"b" * 125, "827d", Message(b"b" * 125)),
    "16-bit length, shortest": (0x82, b"b" * 126, "827e007e", Message(b"b" * 126)),
    "16-bit length, longest": (0x82, b"b" * 65535, "827effff", Message(b"b" * 65535)),
    "64-bit length, next": (0x81, b"t" * 65537, "817f0000000000010001", Message("t" * 65537)),
}
SMALL = {name: row for name, row in FRAMES.items() if len(row[1]) < 1000}


@pytest.mark.parametrize(("first", "payload", "header", "_"), FRAMES.values(), ids=FRAMES)
def test_a_frame_goes_out_unmasked_with_the_shortest_length(first, payload, header, _):
    assert frame(first, payload) == bytes.fromhex(header) + payload


@pytest.mark.parametrize(("first", "payload", "_", "event"), FRAMES.values(), ids=FRAMES)
def test_the_same_frame_masked_comes_in(first, payload, _, event):
    octets = masked(first, payload)

    assert play(octets).events == [event]
    assert play(octets[:3], octets[3:200], octets[200:]).events == [event]


@pytest.mark.parametrize(("first", "payload", "_", "event"), SMALL.values(), ids=SMALL)
def test_it_does_not_matter_how_a_frame_is_cut(first, payload, _, event):
    assert played_every_way(masked(first, payload)).events == [event]


@pytest.mark.parametrize(("first", "payload", "header", "event"), FRAMES.values(), ids=FRAMES)
def test_what_came_in_goes_out_again(first, payload, header, event):
    connection = Connection()
    send = {1: connection.send_message, 2: connection.send_message, 9: connection.send_ping, 10: connection.send_pong}
    send[first & 15](event.data)

    assert connection.data_to_send() == bytes.fromhex(header) + payload


@pytest.mark.parametrize("inside", [False, True])
def test_every_first_octet_is_judged_as_section_5_2_to_5_5_say(inside):
    allowed = {0x89, 0x8A, 0x88}
    allowed |= {0x00, 0x80} if inside else {0x01, 0x02, 0x81, 0x82}

    assert {first for first, rule in enumerate(rules(inside=inside)) if rule is None} == allowed


def test_an_extension_frees_its_bit_on_the_first_frame_of_a_message_only():
    between = rules(inside=False, reserved=0x40)
    inside = rules(inside=True, reserved=0x40)

    assert {first for first in range(256) if first & 0x70 and between[first] is None} == {0x41, 0x42, 0xC1, 0xC2}
    assert not [first for first in range(256) if first & 0x70 and inside[first] is None]


BROKEN = {
    "reserved bit": b"\xc1",
    "reserved opcode": b"\x83",
    "control frame in fragments": b"\x09",
    "continuation of nothing": b"\x80",
    "not masked": b"\x81\x05",
    "not masked, empty": b"\x81\x00",
    "not masked, long form": b"\x81\x7e",
    "control frame with 16-bit length": b"\x89\xfe",
    "control frame with 64-bit length": b"\x88\xff",
    "first bit of a 64-bit length": b"\x82\xff\x80",
    "16-bit form for 125": b"\x82" + length_field(125, 16),
    "16-bit form for 0": b"\x81" + length_field(0, 16),
    "64-bit form for 0": b"\x81" + length_field(0, 64),
    "64-bit form for 126": b"\x81" + length_field(126, 64),
    "64-bit form for 65535": b"\x81" + length_field(65535, 64),
}


@pytest.mark.parametrize("octets", BROKEN.values(), ids=BROKEN)
def test_a_header_is_judged_by_the_octets_that_show_it(octets):
    """The last octet of each row decides: without it nothing is wrong yet."""
    assert octets[:-1] == b"" or read_header(octets[:-1], 0, rules(inside=False)) is None
    with pytest.raises(Violation) as broken:
        read_header(octets, 0, rules(inside=False))

    assert broken.value.code == CloseCode.PROTOCOL_ERROR
    assert broken.value.reason


@pytest.mark.parametrize(("form", "length"), [(16, 126), (16, 65535), (64, 65536), (64, 2**63 - 1)])
def test_the_least_and_the_greatest_length_of_each_form_are_read(form, length):
    header = b"\x82" + length_field(length, form)

    assert read_header(b"??" + header, 2, rules(inside=False)) == (FIN | Opcode.BINARY, length, 2 + len(header))
