"""Cases and transcripts are described in short, printable lines."""

import pytest

from conformance.tests.support.values import answered, ended, failed
from wsconform.cases import CATALOGUE, WEBSOCKET_CASES
from wsconform.cases.builders import close
from wsconform.conversation.describe import (
    LONGEST,
    describe_case,
    describe_chop,
    describe_closing,
    describe_ending,
    describe_event,
    describe_payload,
    describe_step,
    hexdump,
)
from wsconform.conversation.model import (
    CLEAN,
    INVALID_PAYLOAD,
    PROTOCOL_ERROR,
    Chop,
    Closing,
    Echoes,
    Pause,
    Piece,
    RoundTrips,
    StillOpen,
)
from wsconform.conversation.transcript import Ending, Limit, TcpEnd
from wsconform.model import Fill, Frame, Message, Opcode, OpenFrame, Pong, Side, Split
from wsconform.wire.log import WireRecord

LONG = bytes(range(65, 65 + 26)) * 2  # printable, 52 octets

PAYLOADS = [
    (b"", '""'),
    (Fill(b"*", 0), '""'),
    (b"Hello, world!", '"Hello, world!"'),
    (b"two\nlines", "0x74776f0a6c696e6573"),
    ("µ".encode(), "0xc2b5"),
    (b"\xff\x00", "0xff00"),
    (b"*" * LONGEST, f'"{"*" * LONGEST}"'),
    (b"*" * (LONGEST + 1), f'"{"*" * LONGEST}" … (33 bytes in total)'),
    (LONG, '"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF" … (52 bytes in total)'),
    (Fill(b"*", 65536), '"*" repeated to 65536 bytes'),
    (Fill(b"\xfe", 126), "0xfe repeated to 126 bytes"),
    (Fill(LONG, 99), '"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF" repeated to 99 bytes'),
]

STEPS = [
    (Frame(Opcode.TEXT, b"abc"), 'TEXT 3: "abc"'),
    (Frame(Opcode.TEXT), "TEXT 0"),
    (Frame(Opcode.CONTINUATION, b"abc", fin=False), 'CONTINUATION 3, FIN 0: "abc"'),
    (Frame(Opcode.BINARY, b"\x00", rsv=4), "BINARY 1, RSV 100: 0x00"),
    (Frame(11, b"abc"), 'OPCODE-11 3: "abc"'),
    (Frame(Opcode.PING, Fill(b"\xfe", 126)), "PING 126: 0xfe repeated to 126 bytes"),
    (close(), "CLOSE without a code"),
    (close(1000), "CLOSE 1000"),
    (close(0), "CLOSE 0"),
    (close(1001, b"bye"), 'CLOSE 1001 "bye"'),
    (close(1000, Fill(b"*", 124)), f'CLOSE 1000 "{"*" * 32}" … (124 bytes in total)'),
    (close(reason=b"a"), 'CLOSE 1: "a"'),
    (Frame(Opcode.CLOSE, b"\x03\xe8", fin=False), "CLOSE 2, FIN 0: 0x03e8"),
    (Frame(Opcode.CLOSE, rsv=7), "CLOSE 0, RSV 111"),
    (Split(Opcode.TEXT, b"abc", 1), 'TEXT in fragments of 1 byte: "abc"'),
    (OpenFrame(Opcode.TEXT, 9, fin=False), "only the header of TEXT 9, FIN 0"),
    (Piece(b"abc"), '3 bytes of that frame: "abc"'),
    (Pause("A"), "pause A of 1 s"),
    (Pause("", 0.5), "pause of 0.5 s"),
    (RoundTrips(Fill(b"*", 16), 100), "100 × TEXT 16, each after the previous echo"),
    (RoundTrips(b"", 1, binary=True), "1 × BINARY 0, each after the previous echo"),
]

EVENTS = [
    (Message(b"abc"), 'TEXT message "abc"'),
    (Message(b"\xff", binary=True), "BINARY message 0xff"),
    (Message(Fill(b"*", 0)), 'TEXT message ""'),
    (Pong(b"abc"), 'PONG "abc"'),
    (Pong(), 'PONG ""'),
    (StillOpen("A"), "still open after pause A"),
    (Echoes(100), "100 echoes"),
    (Echoes(3, exact=False), "3 echoes of the right type and length, but with wrong bytes"),
]

CHOPS = [
    (Chop.WHOLE, "all at once"),
    (Chop.FRAMES, "frame by frame"),
    (Chop.OCTETS, "byte by byte"),
    (Chop.PAIR_FIRST, "the first two frames together, then frame by frame"),
    (997, "in TCP segments of 997 bytes"),
]

CLOSINGS = [
    (CLEAN, "we send Close; the server answers with Close 1000 or without a code and closes TCP"),
    (PROTOCOL_ERROR, "the server fails the connection with Close 1002 and closes TCP"),
    (INVALID_PAYLOAD, "the server fails the connection with Close 1007 and closes TCP"),
    (
        Closing(Side.US, (1000, 3000)),
        "we send Close; the server answers with Close 1000 or 3000 or without a code and closes TCP",
    ),
    (
        Closing(Side.US, (1002, 1007), clean=False),
        "we send Close; the server answers with Close 1002 or 1007 and closes TCP",
    ),
]

ENDINGS = [
    (answered(), "we sent Close; the server answered with Close 1000; the server closed TCP with FIN"),
    (answered(None), "we sent Close; the server answered with Close without a code; the server closed TCP with FIN"),
    (failed(), "the server sent Close 1002; the server closed TCP with FIN"),
    (failed(1007, reason=b"bad"), 'the server sent Close 1007 "bad"; the server closed TCP with FIN'),
    (failed(reason=b"\x1b[31m"), "the server sent Close 1002 0x1b5b33316d; the server closed TCP with FIN"),
    (ended(), "the server closed TCP with FIN"),
    (ended(tcp=TcpEnd.RST), "the server reset TCP (RST)"),
    (Ending(), "there was no TCP connection"),
    (
        answered(overdue=True),
        "the case did not finish in time; we sent Close; the server answered with Close 1000; "
        "the server closed TCP with FIN",
    ),
    (
        answered(received=False, code=None, limit=Limit.CLOSE, tcp=TcpEnd.OURS),
        "we sent Close; our Close was not answered in time; we dropped TCP",
    ),
    (
        failed(limit=Limit.TCP, tcp=TcpEnd.OURS),
        "the server sent Close 1002; the server did not close TCP in time; we dropped TCP",
    ),
    (
        failed(stray=b"\x81\x00", stray_size=2),
        "the server sent Close 1002; the server closed TCP with FIN; the server sent 2 bytes after its Close: 0x8100",
    ),
]


@pytest.mark.parametrize(("payload", "words"), PAYLOADS)
def test_payloads(payload, words):
    assert describe_payload(payload) == words


@pytest.mark.parametrize(("step", "words"), STEPS)
def test_steps(step, words):
    assert describe_step(step) == words


@pytest.mark.parametrize(("event", "words"), EVENTS)
def test_events(event, words):
    assert describe_event(event) == words


@pytest.mark.parametrize(("chop", "words"), CHOPS)
def test_chops(chop, words):
    assert describe_chop(chop) == words


def test_every_chop_has_words():
    assert {chop for chop, _ in CHOPS if isinstance(chop, Chop)} == set(Chop)


@pytest.mark.parametrize(("closing", "words"), CLOSINGS)
def test_closings(closing, words):
    assert describe_closing(closing) == words


@pytest.mark.parametrize(("ending", "words"), ENDINGS)
def test_endings(ending, words):
    assert describe_ending(ending) == words


@pytest.mark.parametrize("tcp", TcpEnd)
@pytest.mark.parametrize("limit", Limit)
def test_every_limit_and_every_end_of_tcp_has_words(limit, tcp):
    said = describe_ending(Ending(limit=limit, tcp=tcp))
    assert said.startswith(limit.value)
    assert "TCP" in said


def test_case_with_a_tolerated_outcome():
    assert describe_case(CATALOGUE["4.1.5"]) == [
        "[4.1.5] Valid text message, then a frame with reserved opcode 7, then a ping: "
        "the server fails the connection at the second frame.",
        '  > TEXT 13: "Hello, world!"',
        '  > OPCODE-7 13: "Hello, world!"',
        "  > PING 0",
        "    (byte by byte)",
        '  < TEXT message "Hello, world!"',
        "  ? or no message and no pong",
        "    (pass: the connection failed before the valid message was echoed, which no clause forbids)",
        "  = the server fails the connection with Close 1002 and closes TCP",
    ]


def test_case_that_expects_nothing():
    assert describe_case(CATALOGUE["7.7.1"]) == [
        "[7.7.1] Close with valid code 1000: answered with a Close.",
        "  > CLOSE 1000",
        "  < no message and no pong",
        "  = we send Close; the server answers with Close 1000 or without a code and closes TCP",
    ]


@pytest.mark.parametrize("case", WEBSOCKET_CASES.values(), ids=WEBSOCKET_CASES)
def test_every_step_and_event_has_its_line(case):
    assert len(describe_case(case)) >= 1 + len(case.send) + max(1, len(case.expect)) + 1


def test_hexdump():
    records = [
        WireRecord(0.0015, Side.US, "PING 2", b"\x89\x82", 2),
        WireRecord(1.25, Side.PEER, "TEXT 70", b"\x81\x46***", 72),
    ]
    assert hexdump(records) == [
        "     1.50 ms  → PING 2                       89 82",
        "  1250.00 ms  ← TEXT 70                      81 46 2a 2a 2a …",
    ]
    assert hexdump([]) == []
