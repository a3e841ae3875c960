"""Steps and events in words: one printable line for each."""

import typing

import pytest

from wsconform.cases.builders import close, text
from wsconform.model import Fault, Message, Pong, Verdict
from wsconform.script import steps
from wsconform.script.describe import (
    _EVENTS,
    _STEPS,
    describe_after,
    describe_end,
    describe_event,
    describe_octets,
    describe_script,
    describe_step,
)
from wsconform.script.events import (
    CloseSeen,
    CrowdServed,
    Declined,
    Dropped,
    EchoesSeen,
    EndSeen,
    Event,
    Exited,
    Garbled,
    Goodbye,
    Kept,
    MemoryUsed,
    NotConnected,
    NotesRead,
    NumbersSeen,
    Released,
    Resources,
    ResourcesCounted,
    ResponseSeen,
    ScriptTranscript,
    Silence,
    UpgradeSeen,
)
from wsconform.script.model import ScriptCase

FIN, RST = steps.End.FIN, steps.End.RST
BEFORE, NOW = Resources((1,), 5, 9, 2), Resources((1,), 7, 8, 2)

HANDSHAKE = "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"

STEPS = [
    (steps.RawRequests(("GET / HTTP/1.1\r\n\r\n",) * 2), "2 plain requests in one segment"),
    (steps.RawRequests((HANDSHAKE,)), "opening handshake"),
    (steps.RawRequests((HANDSHAKE,), "without a key", segment=1), "opening handshake without a key, byte by byte"),
    (
        steps.RawRequests((HANDSHAKE,), trailing=(b"x",), segment=7),
        'opening handshake, followed in the same segment by 1 byte: "x", in segments of 7 bytes',
    ),
    (
        steps.ExpectDecision(accepted=Verdict.FAIL, version=True),
        "refusal with 4xx or another response (fail: 101, non-strict: 5xx or end of TCP without a response); "
        "a refusal names version 13",
    ),
    (steps.Request("/a/x"), "opening handshake for /a/x"),
    (steps.Request(method="POST"), "opening handshake for /echo by POST"),
    (steps.Request("/", websocket=False, http="1.0"), "GET / over HTTP/1.0"),
    (steps.Request("/", websocket=False, method="POST", body=b"a=1"), 'POST /, body b"a=1"'),
    (
        steps.Request(headers=(("Accept", "x"), ("Sec-WebSocket-Key", None))),
        "opening handshake for /echo, Accept: x, without Sec-WebSocket-Key",
    ),
    (
        steps.Request(subprotocols=("a", "b"), origin="https://x"),
        "opening handshake for /echo, subprotocols a, b, origin https://x",
    ),
    (steps.Request(origin="", mute=True), "opening handshake for /echo, without Origin, with pings left unanswered"),
    (
        steps.Request(trailing=(text("Hello"), text("Hello"), b"\x81"), byte_by_byte=True),
        "opening handshake for /echo, followed in the same segment by 2 × TEXT 5, 1 byte: 0x81, sent byte by byte",
    ),
    (steps.Send("grün"), 'message "grün"'),
    (steps.Send(b"\xff", fragments=3), "message 0xff in 3 fragments"),
    (steps.Send("x" * 1000), 'message "' + "x" * 60 + '" … (1,000 characters in total)'),
    (steps.SendFragment(b"a", first=True), 'first fragment b"a"'),
    (steps.SendFragment("b", last=True), 'last fragment "b"'),
    (steps.SendNumbered(1000), "in the background: 1,000 numbered messages"),
    (steps.SendNumbered(10, pings=True), "in the background: 10 pings"),
    (steps.SendRaw((close(1000, b"bye"), b"GET /")), 'CLOSE 1000, 5 bytes: "GET /"'),
    (steps.Ping(b"there?"), 'Ping b"there?"'),
    (steps.Pong(), 'unsolicited Pong b""'),
    (steps.Close(3000, "bye"), "Close 3000 'bye'"),
    (steps.Close(None), "Close without a code"),
    (steps.Disconnect(RST), "close TCP with RST, without a Close frame"),
    (steps.Disconnect(unread=True), "close TCP with FIN, leaving the response unread"),
    (steps.Crowd(40, 10, ((), ())), "40 conversations, 10 at a time, ended in 2 ways"),
    (steps.CountResources(), "count the server's threads, descriptors, greenlets and memory"),
    (steps.Request(receive_buffer=2048), "opening handshake for /echo, with a receive buffer of 2,048 bytes"),
    (steps.Request(only=60), "opening handshake for /echo, only its first 60 bytes"),
    (
        steps.Flood((text("x"), b"\x81"), 1000, last=(text("yes"),), drain=True),
        "in the background: 1,000 times TEXT 1, 1 byte: 0x81, then TEXT 3 (received data is discarded)",
    ),
    (steps.Flood((text("x"),), 2), "in the background: 2 times TEXT 1"),
    (steps.ExpectUpgrade(extension="x"), "101 with x (otherwise the case ends here)"),
    (steps.ExpectMessage("x", within=8.0), 'message "x" within 8 s'),
    (steps.ExpectMessage("x", pause=0.1), 'message "x", read with a pause of 0.1 s after each 256 KiB'),
    (steps.ExpectEchoes(5), "up to 5 round trips of a message, each within 2 s"),
    (steps.ExpectMemory(3 << 20), "at most 3 MiB of memory growth at any time"),
    (steps.Terminate(), "SIGTERM to the server"),
    (steps.ExpectUpgrade("chat"), "101 with the subprotocol chat"),
    (steps.ExpectResponse((200, 202), (("A", "b"),), body=b"ok"), 'HTTP 200 or 202, A: b, body b"ok"'),
    (steps.ExpectResponse(range(400, 500), contains=("key",)), 'HTTP 400 to 499, body containing "key"'),
    (steps.ExpectPersistence(), "connection kept open, or closed as the response announced (then the case ends here)"),
    (steps.ExpectMessage("x"), 'message "x"'),
    (steps.ExpectJson({"a": None}), 'JSON message {"a": null}'),
    (
        steps.ExpectNumbered(("a", "b" * 30), 2000),
        f"2,000 numbered messages from each of a, {'b' * 20}… (30 letters), in order",
    ),
    (steps.ExpectPong(b"p"), 'Pong b"p"'),
    (steps.ExpectClose((3000, None), "bye"), "Close 3000 or without a code 'bye'"),
    (steps.ExpectClose(()), "Close with any code or none"),
    (steps.ExpectSilence(1.5), "nothing for 1.5 s"),
    (steps.ExpectEnd(steps.ANY_END, 8.0), "no more bytes, then FIN or RST within 8 s"),
    (steps.ExpectEnd(frames=True, notified=True), "any frames, TLS close_notify, then FIN within 3 s"),
    (steps.AwaitEnd(), "the connection ends, or 0.5 s pass"),
    (steps.ExpectGoodbye(), "Close 1001 and FIN if this server lets views finish, otherwise any end"),
    (steps.ExpectRelease(2.5), "the server releases the connection within 2.5 s"),
    (steps.ExpectSameResources(), "no more threads, descriptors and greenlets than before"),
    (steps.ExpectSameResources(3), "no more threads, descriptors and greenlets than before (up to 3 allowed)"),
    (steps.ExpectExit(), "all processes of the server exit in time"),
    (steps.ExpectNotes({"raised": None}), 'the view ends and has noted {"raised": null}'),
    (steps.On(2, steps.ExpectPong()), 'on connection 2: Pong b""'),
]
EVENTS = [
    (UpgradeSeen(), "101"),
    (UpgradeSeen("chat"), "101 with the subprotocol chat"),
    (Declined("permessage-deflate"), "101 without permessage-deflate"),
    (MemoryUsed(3 << 19), "the server's memory grew by 1.5 MiB"),
    (MemoryUsed(None), "memory use that cannot be measured here"),
    (EchoesSeen(20, 0.0124), "20 echoes, the slowest in 0.012 s"),
    (EchoesSeen(0, 0.0, Silence(2.0)), "0 echoes, then nothing within 2 s"),
    (ResponseSeen(200, reason="OK"), "HTTP 200 OK"),
    (ResponseSeen(500, {}, b"<h1>oh\nmore"), 'HTTP 500, body "<h1>oh\\nmore"'),
    (ResponseSeen(500, {}, b"x" * 400), f'HTTP 500, body "{"x" * 300}" … (400 characters in total)'),
    (Garbled("illegal status line", b"\x81\x00"), "illegal status line (2 bytes: 0x8100)"),
    (Garbled("IncompleteRead"), "IncompleteRead"),
    (Kept(), "the connection is open"),
    (Dropped(True, FIN), "the server closed the connection with FIN after its response, as announced"),
    (Dropped(False, RST), "the server closed the connection with RST after its response"),
    (EndSeen(), "the server closed the connection with FIN"),
    (
        EndSeen(steps.End.NOTIFIED, b"HTTP", ("message", "message", "pong"), notified=True),
        "the server closed the connection with TLS close_notify, without FIN; TLS close_notify came first; "
        'after 2 × message, pong; after 4 bytes: "HTTP"',
    ),
    (Goodbye(None, EndSeen(RST)), "the server closed the connection with RST"),
    (Goodbye(CloseSeen(1001), EndSeen()), "Close 1001; the server closed the connection with FIN"),
    (Silence(2.04), "nothing within 2.04 s"),
    (Silence(2.04, b"HT"), 'nothing within 2.04 s except 2 bytes: "HT"'),
    (NotConnected("refused"), "no connection (refused)"),
    (Released(True), "the server released the connection"),
    (Released(False), "the server still held the connection"),
    (Exited(True, 0.5), "the server exited after 0.5 s"),
    (Exited(False, 8.0), "the server was still running after 8.0 s"),
    (ResourcesCounted(NOW, BEFORE), "threads 7 (+2), descriptors 8 (-1), greenlets 2 (+0)"),
    (ResourcesCounted(Resources(), Resources()), "nothing to count"),
    (CrowdServed(200), "200 conversations"),
    (CrowdServed(200, Silence(5.0)), "200 conversations, in one nothing within 5 s"),
    (NumbersSeen({"a": 2, "b": 0}, "Pong"), "2 of a, 0 of b, then Pong"),
    (NotesRead({"n": 1}), 'notes {"n": 1}'),
    (NotesRead({}, ended=False), "the view had not ended; notes {}"),
    (Message(b"Hello"), 'message "Hello"'),
    (Message(b"Hello", binary=True), 'message b"Hello"'),
    (Message(b"\x00", binary=True), "message 0x00"),
    (Pong(b"p"), 'Pong b"p"'),
    (CloseSeen(None), "Close without a code"),
    (CloseSeen(1000, b"bye"), "Close 1000 'bye'"),
    (Fault(1002, "a masked frame", ""), "a violation of the protocol (a masked frame)"),
]


@pytest.mark.parametrize(("step", "line"), STEPS)
def test_a_step_is_one_line(step, line):
    assert describe_step(step) == line
    assert line.isprintable()


@pytest.mark.parametrize(("event", "line"), EVENTS)
def test_an_event_is_one_line(event, line):
    assert describe_event(event) == line
    assert line.isprintable()


def test_every_step_and_every_event_can_be_described():
    assert set(typing.get_args(steps.Step)) == set(_STEPS) == {type(step) for step, _ in STEPS}
    assert set(typing.get_args(Event)) == set(_EVENTS) == {type(event) for event, _ in EVENTS}


def test_a_case_is_printed_in_the_order_in_which_it_is_played():
    case = ScriptCase("W.0.1", "A title.", (steps.Request(), steps.ExpectUpgrade(), steps.Terminate()), ())
    assert describe_script(case) == [
        "[W.0.1] A title.",
        "  > opening handshake for /echo",
        "  < 101",
        "  > SIGTERM to the server",
        "  = log: no traceback and no error",
    ]


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"", '0 bytes: ""'),
        (b"HTTP/1.1 200 OK\r\n", '17 bytes: "HTTP/1.1 200 OK ⏎ "'),
        (b"x" * 61, f'61 bytes: "{"x" * 60}…"'),
        (b"a\nb\r", '4 bytes: "a ⏎ b ⏎ "'),
        (b"a\x00b", "3 bytes: 0x610062"),
        ("ö".encode(), "2 bytes: 0xc3b6"),
    ],
)
def test_bytes_are_shown_as_text_where_they_are_text(data, shown):
    assert describe_octets(data) == shown


def test_an_end_that_did_not_come_has_its_limit():
    assert describe_end(steps.End.NEVER, 2.5) == "the server did not close the connection within 2.5 s"
    assert describe_end(steps.End.NEVER) == "the server did not close the connection"


def test_the_state_of_a_server_that_was_stopped():
    assert describe_after(ScriptTranscript(alive=False, serves=None)) == "the server was not running"
