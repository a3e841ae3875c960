"""Frames of a server are read as events, and each rule that they break is found."""

import zlib

import pytest

from conformance.tests.support.values import KNOWN_CLAUSES
from wsconform.model import Fault, Message, Opcode, Pong
from wsconform.wire.frames import Decoder, Received
from wsconform.wire.inflater import Inflater
from wsconform.wire.negotiation import Agreement
from wsconform.wire.reader import CloseSeen, FrameReader, PingSeen, may_be_sent, starts_wrong

TEXT, BINARY, CONTINUATION = Opcode.TEXT, Opcode.BINARY, Opcode.CONTINUATION
CLOSE, PING, PONG = Opcode.CLOSE, Opcode.PING, Opcode.PONG


def frame(opcode, payload=b"", *, fin=True, rsv=0, **flaws):
    return Received(opcode, fin, rsv, payload, b"", **flaws)


def read_last(*frames):
    """What the last of the frames means."""
    reader = FrameReader()
    return [reader.read(each) for each in frames][-1]


FAULTS = {
    "masked": ((frame(TEXT, masked=True),), 1002, "5.1-5", "a masked frame"),
    "RSV1": ((frame(TEXT, rsv=4),), 1002, "5.2-2", "reserved bits 100"),
    "RSV2 and RSV3 on a control frame": ((frame(PING, rsv=3),), 1002, "5.2-2", "reserved bits 011"),
    "opcode 3": ((frame(3),), 1002, "5.2-4", "reserved opcode 3"),
    "opcode 7": ((frame(7),), 1002, "5.2-4", "reserved opcode 7"),
    "opcode 11": ((frame(11),), 1002, "5.2-4", "reserved opcode 11"),
    "opcode 15": ((frame(15),), 1002, "5.2-4", "reserved opcode 15"),
    "top bit": ((frame(BINARY, too_long=True),), 1002, "5.2-5", "top bit"),
    "length": ((frame(TEXT, b"abc", minimal=False),), 1002, "5.2-6", "a payload length of 3"),
    "fragmented ping": ((frame(PING, fin=False),), 1002, "5.4-4", "a fragmented control frame"),
    "fragmented Close": ((frame(CLOSE, fin=False),), 1002, "5.4-4", "a fragmented control frame"),
    "long pong": ((frame(PONG, bytes(126)),), 1002, "5.5-1", "a control frame of 126 bytes"),
    "long Close": ((frame(CLOSE, b"\x03\xe8" + b"*" * 124),), 1002, "5.5-1", "a control frame of 126 bytes"),
    "continuation": ((frame(CONTINUATION),), 1002, "5.4-1", "a continuation frame with no message to continue"),
    "open continuation": (
        (frame(CONTINUATION, fin=False),),
        1002,
        "5.4-1",
        "a continuation frame with no message to continue",
    ),
    "continuation after the end": (
        (frame(TEXT, fin=False), frame(CONTINUATION), frame(CONTINUATION)),
        1002,
        "5.4-1",
        "a continuation frame with no message to continue",
    ),
    "text inside": ((frame(TEXT, fin=False), frame(TEXT)), 1002, "5.4-6", "a new message inside"),
    "start inside": ((frame(TEXT, fin=False), frame(BINARY, fin=False)), 1002, "5.4-6", "a new message inside"),
    "refused": ((frame(BINARY, refused=1 << 62),), 1009, "10.4-2", f"a frame of {1 << 62} bytes"),
    "refused ping": ((frame(PING, refused=1 << 62),), 1002, "5.5-1", f"a control frame of {1 << 62} bytes"),
    "UTF-8": ((frame(TEXT, b"ab\xff"),), 1007, "8.1-1", "not UTF-8 at byte 2"),
    "UTF-8 in fragments": (
        (frame(TEXT, b"a\xc3", fin=False), frame(CONTINUATION, b"(")),
        1007,
        "8.1-1",
        "not UTF-8 at byte 1",
    ),
    "UTF-8 cut off": ((frame(TEXT, "ä".encode()[:1]),), 1007, "8.1-1", "not UTF-8 at byte 0"),
    "Close of one octet": ((frame(CLOSE, b"a"),), 1002, "5.5.1-2", "a body of one byte"),
    "reason": ((frame(CLOSE, b"\x03\xe8\xff"),), 1007, "5.5.1-3", "a close reason that is not UTF-8"),
}


@pytest.mark.parametrize(("frames", "code", "clause", "what"), FAULTS.values(), ids=FAULTS)
def test_faults(frames, code, clause, what):
    """Each is named with the code that fails the connection and the clause that is broken."""
    fault = read_last(*frames)
    assert isinstance(fault, Fault)
    assert (fault.code, fault.clause) == (code, f"6455-{clause}")
    assert fault.clause in KNOWN_CLAUSES
    assert what in fault.what


@pytest.mark.parametrize(("frames", "code", "clause", "what"), FAULTS.values(), ids=FAULTS)
def test_frames_before_a_fault_are_no_faults(frames, code, clause, what):
    reader = FrameReader()
    assert not any(isinstance(reader.read(each), Fault) for each in frames[:-1])


@pytest.mark.parametrize(("octets", "opcode", "text"), [(b"", TEXT, True), (b"\xff\x00", BINARY, False)])
def test_message_in_one_frame(octets, opcode, text):
    assert read_last(frame(opcode, octets)) == Message(octets, binary=not text)


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_message_in_fragments_with_control_frames_between(opcode):
    reader = FrameReader()
    said = [
        reader.read(each)
        for each in (
            frame(opcode, b"one ", fin=False),
            frame(PING, b"1"),
            frame(CONTINUATION, b"", fin=False),
            frame(PONG, b"2"),
            frame(CONTINUATION, b"two"),
            frame(opcode, b"next"),
        )
    ]
    binary = opcode == BINARY
    assert said == [None, PingSeen(b"1"), None, Pong(b"2"), Message(b"one two", binary), Message(b"next", binary)]


def test_character_may_be_cut_between_fragments():
    first, second = "ä".encode()[:1], "ä".encode()[1:]
    assert read_last(frame(TEXT, first, fin=False), frame(CONTINUATION, second)) == Message("ä".encode())


@pytest.mark.parametrize("payload", [b"", b"\xff" * 125])
def test_control_frames_carry_up_to_125_octets(payload):
    assert read_last(frame(PING, payload)) == PingSeen(payload)
    assert read_last(frame(PONG, payload)) == Pong(payload)


@pytest.mark.parametrize(
    ("body", "close"),
    [
        (b"", CloseSeen(None)),
        (b"\x03\xe8", CloseSeen(1000)),
        (b"\x03\xefbye", CloseSeen(1007, b"bye")),
        (b"\x13\x87" + "ä".encode(), CloseSeen(4999, "ä".encode())),
        (b"\x03\xe8" + b"*" * 123, CloseSeen(1000, b"*" * 123)),
    ],
)
def test_code_and_reason_of_a_close(body, close):
    assert read_last(frame(CLOSE, body)) == close


@pytest.mark.parametrize(
    ("code", "clause"),
    [
        (0, "7.4.2-1"),
        (999, "7.4.2-1"),
        (1004, "7.4.1-5"),
        (1005, "7.4.1-2"),
        (1006, "7.4.1-3"),
        (1015, "7.4.1-4"),
        (1016, "7.4.2-2"),
        (2999, "7.4.2-2"),
        (5000, "7.4.2-4"),
        (65535, "7.4.2-4"),
    ],
)
def test_code_that_must_not_be_sent_is_a_fault(code, clause):
    fault = read_last(frame(CLOSE, code.to_bytes(2, "big") + b"bye"))
    assert fault == Fault(1002, f"close code {code}, which must not be sent", f"6455-{clause}", code)
    assert fault.clause in KNOWN_CLAUSES


#: The ranges of RFC 6455 section 7.4.2, and what the IANA registry has given out.
ALLOWED = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}


def test_codes_that_may_be_sent():
    assert {code for code in range(65536) if may_be_sent(code)} == ALLOWED


def test_frames_of_the_decoder_are_read():
    reader = FrameReader()
    octets = bytes.fromhex("0103") + b"abc" + bytes.fromhex("8900") + bytes.fromhex("8002") + b"de" + b"\x88\x00"
    said = [reader.read(each) for each in Decoder().feed(octets)]
    assert said == [None, PingSeen(b""), Message(b"abcde"), CloseSeen(None)]


# With permessage-deflate agreed

HELLO = bytes.fromhex("f248cdc9c90700")  # RFC 7692 section 7.2.3.1


def read_compressed(*frames):
    reader = FrameReader()
    reader.inflater = Inflater(Agreement(0, 0))
    return [reader.read(each) for each in frames][-1]


@pytest.mark.parametrize(
    ("frames", "compressed"),
    [
        ((frame(TEXT, HELLO, rsv=4),), True),
        ((frame(TEXT, b"Hello"),), None),
        ((frame(TEXT, HELLO[:3], fin=False, rsv=4), frame(CONTINUATION, HELLO[3:])), True),
        ((frame(TEXT, HELLO[:3], fin=False, rsv=4), frame(PING), frame(CONTINUATION, HELLO[3:])), True),
        ((frame(TEXT, b"Hel", fin=False), frame(CONTINUATION, b"lo")), None),
    ],
)
def test_message_may_be_compressed_or_not(frames, compressed):
    assert read_compressed(*frames) == Message(b"Hello", compressed=compressed)


COMPRESSED_FAULTS = {
    "RSV2": ((frame(TEXT, HELLO, rsv=6),), "6455-5.2-3"),
    "RSV3 alone": ((frame(TEXT, rsv=1),), "6455-5.2-3"),
    "RSV1 on a Pong": ((frame(PONG, rsv=4),), "7692-6-2"),
    "RSV1 on a Close": ((frame(CLOSE, rsv=4),), "7692-6-2"),
    "RSV1 on a continuation": (
        (frame(TEXT, HELLO[:3], fin=False, rsv=4), frame(CONTINUATION, HELLO[3:], rsv=4)),
        "7692-6-2",
    ),
    "not UTF-8 when inflated": ((frame(TEXT, zlib.compress(b"\xff", wbits=-15), rsv=4),), "6455-8.1-1"),
    "no DEFLATE": ((frame(BINARY, b"Hello", rsv=4),), "7692-7.2.1-1"),
}


@pytest.mark.parametrize(("frames", "clause"), COMPRESSED_FAULTS.values(), ids=COMPRESSED_FAULTS)
def test_faults_with_compression(frames, clause):
    fault = read_compressed(*frames)
    assert isinstance(fault, Fault)
    assert fault.clause == clause
    assert fault.clause in KNOWN_CLAUSES


@pytest.mark.parametrize(
    ("octets", "wrong"),
    [
        ("81 03", False),
        ("01 7e", False),
        ("88 02 03e8", False),
        ("48 54 5450", True),  # HTTP
        ("81 83", True),
        ("83 00", True),
        ("88 7e 00ff", True),
        ("08 00", True),
        ("48", False),
        ("", False),
    ],
)
def test_two_octets_that_begin_no_frame(octets, wrong):
    assert starts_wrong(bytes.fromhex(octets)) is wrong


def test_fragments_of_more_than_the_largest_message_are_a_fault():
    reader = FrameReader(largest=9)
    read = [reader.read(frame(opcode, b"xxx", fin=False)) for opcode in (TEXT, *[CONTINUATION] * 3)]
    assert read[:3] == [None] * 3
    assert (read[3].code, read[3].clause) == (1009, "6455-10.4-2")


def test_http_response_within_the_connection_is_named() -> None:
    response = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n" + bytes(100)
    (frame,) = Decoder().feed(response)[:1]
    fault = FrameReader().read(frame)
    assert isinstance(fault, Fault)
    assert "an HTTP response within the connection, 'HTTP/1.1 500 Internal Server Error'" in fault.what


def test_text_where_the_code_of_a_close_should_be_is_named() -> None:
    body = b"bytearray(b'no')"
    (frame,) = Decoder().feed(bytes([0x88, len(body)]) + body)
    fault = FrameReader().read(frame)
    assert isinstance(fault, Fault)
    assert (fault.clause, "a text where its code should be" in fault.what) == ("6455-5.5.1-2", True)
