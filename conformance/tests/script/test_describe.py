"""Steps and events in words: one printable line for each."""

import typing

import pytest

from wsconform.cases.builders import close, text
from wsconform.model import Fault, Message, Pong
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

STEPS = [
    (steps.Request("/a/x"), "opening handshake for /a/x"),
    (steps.Request(method="POST"), "opening handshake for /echo by POST"),
    (steps.Request("/", websocket=False, http="1.0"), "GET / by HTTP/1.0"),
    (steps.Request("/", websocket=False, method="POST", body=b"a=1"), 'POST /, body b"a=1"'),
    (
        steps.Request(headers=(("Accept", "x"), ("Sec-WebSocket-Key", None))),
        "opening handshake for /echo, Accept: x, without Sec-WebSocket-Key",
    ),
    (
        steps.Request(subprotocols=("a", "b"), origin="https://x"),
        "opening handshake for /echo, subprotocols a, b, origin https://x",
    ),
    (steps.Request(origin="", mute=True), "opening handshake for /echo, without Origin, and answer no Ping"),
    (
        steps.Request(trailing=(text("Hello"), text("Hello"), b"\x81"), byte_by_byte=True),
        "opening handshake for /echo, and in the same segment 2 × TEXT 5, 1 bytes: 0x81, byte by byte",
    ),
    (steps.Send("grün"), 'message "grün"'),
    (steps.Send(b"\xff", fragments=3), "message 0xff in 3 fragments"),
    (steps.Send("x" * 1000), 'message "' + "x" * 59 + "… (1,000 in all)"),
    (steps.SendFragment(b"a", first=True), 'first fragment b"a"'),
    (steps.SendFragment("b", last=True), 'last fragment "b"'),
    (steps.SendNumbered(1000), "1,000 numbered messages, while the rest goes on"),
    (steps.SendNumbered(10, pings=True), "10 Pings, while the rest goes on"),
    (steps.SendRaw((close(1000, b"bye"), b"GET /")), 'CLOSE 1000, 5 bytes: "GET /"'),
    (steps.Ping(b"there?"), 'Ping b"there?"'),
    (steps.Pong(), 'unsolicited Pong b""'),
    (steps.Close(3000, "bye"), "Close 3000 'bye'"),
    (steps.Close(None), "Close without a code"),
    (steps.Disconnect(RST), "the client ends TCP with RST, without Close"),
    (steps.Disconnect(unread=True), "the client ends TCP with FIN, the response unread"),
    (steps.Crowd(40, 10, ((), ())), "40 conversations, 10 at once, 2 ways of ending"),
    (steps.CountResources(), "count threads, descriptors, greenlets and memory of the server"),
    (steps.Request(receive_buffer=2048), "opening handshake for /echo, with a receive buffer of 2,048 bytes"),
    (steps.Request(only=60), "opening handshake for /echo, only 60 bytes of it"),
    (
        steps.Flood((text("x"), b"\x81"), 1000, last=(text("yes"),), drain=True),
        "1,000 times TEXT 1, 1 bytes: 0x81, then TEXT 3, while the rest goes on, whatever comes meanwhile is received",
    ),
    (steps.Flood((text("x"),), 2), "2 times TEXT 1, while the rest goes on"),
    (steps.ExpectUpgrade(extension="x"), "101 with x (otherwise the case is over)"),
    (steps.ExpectMessage("x", within=8.0), 'message "x" within 8 s'),
    (steps.ExpectMessage("x", pause=0.1), 'message "x", received with a rest of 0.1 s behind each 256 KiB'),
    (steps.ExpectEchoes(5), "up to 5 round trips of a message, each within 2 s"),
    (steps.ExpectMemory(3 << 20), "at no time more than 3 MiB of memory more than before"),
    (steps.Terminate(), "SIGTERM to the server"),
    (steps.ExpectUpgrade("chat"), "101 with the subprotocol chat"),
    (steps.ExpectResponse((200, 202), (("A", "b"),), body=b"ok"), 'HTTP 200 or 202, A: b, body b"ok"'),
    (steps.ExpectResponse(range(400, 500), contains=("key",)), 'HTTP 400 to 499, in the body "key"'),
    (steps.ExpectPersistence(), "the connection open, or ended as announced (then the case is over)"),
    (steps.ExpectMessage("x"), 'message "x"'),
    (steps.ExpectJson({"a": None}), 'message in JSON {"a": null}'),
    (
        steps.ExpectNumbered(("a", "b" * 30), 2000),
        f"2,000 numbered messages of each of a, {'b' * 20}… (30 letters), in order",
    ),
    (steps.ExpectPong(b"p"), 'Pong b"p"'),
    (steps.ExpectClose((3000, None), "bye"), "Close 3000 or without a code 'bye'"),
    (steps.ExpectClose(()), "Close with any code or none"),
    (steps.ExpectSilence(1.5), "nothing for 1.5 s"),
    (steps.ExpectEnd(steps.ANY_END, 8.0), "not one byte more, then FIN or RST within 8 s"),
    (steps.ExpectEnd(frames=True, notified=True), "any frames, TLS close_notify, then FIN within 3 s"),
    (steps.ExpectGoodbye(), "Close 1001 and FIN where the server lets views end, any end elsewhere"),
    (steps.ExpectRelease(2.5), "the server lets go of the connection within 2.5 s"),
    (steps.ExpectSameResources(), "as many of them as before"),
    (steps.ExpectSameResources(3), "as many of them as before, or up to 3 more"),
    (steps.ExpectExit(), "all processes of the server gone in time"),
    (steps.ExpectNotes({"raised": None}), 'the end of the view, which notes {"raised": null}'),
    (steps.On(2, steps.ExpectPong()), 'on connection 2: Pong b""'),
]
EVENTS = [
    (UpgradeSeen(), "101"),
    (UpgradeSeen("chat"), "101 with the subprotocol chat"),
    (Declined("permessage-deflate"), "101 without permessage-deflate"),
    (MemoryUsed(3 << 19), "the server's memory grew by 1.5 MiB"),
    (MemoryUsed(None), "memory that cannot be measured here"),
    (EchoesSeen(20, 0.0124), "20 echoes, the slowest in 0.012 s"),
    (EchoesSeen(0, 0.0, Silence(2.0)), "0 echoes, then nothing within 2 s"),
    (ResponseSeen(200, reason="OK"), "HTTP 200 OK"),
    (ResponseSeen(500, {}, b"<h1>oh\nmore"), 'HTTP 500, body "<h1>oh\\nmore"'),
    (ResponseSeen(500, {}, b"x" * 400), f'HTTP 500, body "{"x" * 299}… (400 in all)'),
    (Garbled("illegal status line", b"\x81\x00"), "illegal status line (2 bytes: 0x8100)"),
    (Garbled("IncompleteRead"), "IncompleteRead"),
    (Kept(), "the connection is open"),
    (Dropped(True, FIN), "the server ended the connection with FIN after its response, as announced"),
    (Dropped(False, RST), "the server ended the connection with RST after its response"),
    (EndSeen(), "the server ended the connection with FIN"),
    (
        EndSeen(steps.End.NOTIFIED, b"HTTP", ("message", "message", "pong"), notified=True),
        "the server ended the connection with TLS close_notify, without FIN; TLS close_notify came first; "
        'before it 2 × message, pong; before it 4 bytes: "HTTP"',
    ),
    (Goodbye(None, EndSeen(RST)), "the server ended the connection with RST"),
    (Goodbye(CloseSeen(1001), EndSeen()), "Close 1001; the server ended the connection with FIN"),
    (Silence(2.04), "nothing within 2.04 s"),
    (Silence(2.04, b"HT"), 'nothing within 2.04 s but 2 bytes: "HT"'),
    (NotConnected("refused"), "no connection (refused)"),
    (Released(True), "the server let go of the connection"),
    (Released(False), "the server still holds the connection"),
    (Exited(True, 0.5), "the server gone after 0.5 s"),
    (Exited(False, 8.0), "the server still there after 8.0 s"),
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
    (Fault(1002, "a masked frame from a server", ""), "a violation of the protocol (a masked frame from a server)"),
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
        "  = its log: no traceback, no error",
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
    assert describe_end(steps.End.NEVER, 2.5) == "the server did not end the connection within 2.5 s"
    assert describe_end(steps.End.NEVER) == "the server did not end the connection"


def test_the_state_of_a_server_that_was_stopped():
    assert describe_after(ScriptTranscript(alive=False, serves=None)) == "the server was not alive"
