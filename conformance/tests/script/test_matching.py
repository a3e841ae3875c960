"""Which events meet an expectation, and how the others are said to differ from it."""

from __future__ import annotations

from typing import get_args

import pytest

from wsconform.model import Fault, Message, Pong, Verdict
from wsconform.script import steps
from wsconform.script.describe import describe_event, describe_step
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
    Observation,
    Released,
    Resources,
    ResourcesCounted,
    ResponseSeen,
    Silence,
    UpgradeSeen,
)
from wsconform.script.matching import awaits, difference, first_difference, goes_on
from wsconform.wire.head import Asked

FIN, RST, NEVER, NOTIFIED = steps.End.FIN, steps.End.RST, steps.End.NEVER, steps.End.NOTIFIED
# The example of RFC 6455 section 1.3.
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
RIGHT, WRONG = UpgradeSeen(None, KEY, ACCEPT), UpgradeSeen(None, KEY, ACCEPT.swapcase())
BODY = b"A WebSocket is required for /a/echo.\n"
HEADERS = {"sec-websocket-version": "8, 13", "content-type": "text/plain"}
TEXT, BINARY = Message(b"x"), Message(b"x", binary=True)
SILENCE, CLOSE = Silence(1.0), CloseSeen(1000)

UPGRADE, RESPONSE, END = steps.ExpectUpgrade(), steps.ExpectResponse(), steps.ExpectEnd()
CHAT, JSON = steps.ExpectUpgrade("chat"), steps.ExpectJson({"a": 1})
VERSION = steps.ExpectResponse(headers=(("Sec-WebSocket-Version", "13"),))
DEFLATE = steps.ExpectUpgrade(extension="deflate")
NUMBERED = steps.ExpectNumbered(("a", "b"), 2)
ANY_CLOSE, REASON = steps.ExpectClose(()), steps.ExpectClose((3000,), "bye")
NULL, ONE = steps.ExpectNotes({"n": None}), steps.ExpectNotes({"n": 1})
MUCH, LITTLE = Resources(threads=5, descriptors=5, greenlets=2), Resources(threads=3, greenlets=1)

ACCEPT_ONLY = steps.ExpectDecision(refused=Verdict.FAIL, other=Verdict.FAIL, dropped=Verdict.FAIL)
REFUSE_ONLY = steps.ExpectDecision(accepted=Verdict.FAIL, other=Verdict.FAIL)
SAMPLE = "dGhlIHNhbXBsZSBub25jZQ=="
HEAD = (
    b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)
UPGRADED = UpgradeSeen(head=HEAD, asked=Asked(SAMPLE))
UPGRADED_WRONG = UpgradeSeen(head=HEAD, asked=Asked("x"))
ADDED = Asked(SAMPLE, ("chat",), added=("chat",))

#: An expectation, the events that meet it, and those that do not.
EXPECTATIONS: list[tuple[steps.Step, list[Event], list[Event]]] = [
    (UPGRADE, [UpgradeSeen(), RIGHT], [UpgradeSeen("chat"), WRONG, ResponseSeen(400), EndSeen(), NotConnected("no")]),
    (UPGRADE, [UpgradeSeen("chat", asked=ADDED)], [UpgradeSeen("x", asked=ADDED)]),
    (CHAT, [UpgradeSeen("chat")], [UpgradeSeen(), UpgradeSeen("Chat")]),
    (DEFLATE, [UpgradeSeen(extensions="deflate; a=1"), Declined("deflate")], [ResponseSeen(400)]),
    (steps.ExpectEchoes(2), [EchoesSeen(2, 0.1), EchoesSeen(1, 1.0)], [EchoesSeen(1, 0.1, SILENCE), SILENCE]),
    (steps.ExpectMemory(9), [MemoryUsed(9), MemoryUsed(-1), MemoryUsed(None)], [MemoryUsed(10)]),
    (
        ACCEPT_ONLY,
        [UPGRADED],
        [UPGRADED_WRONG, ResponseSeen(400), ResponseSeen(200), EndSeen(), SILENCE, Garbled("no")],
    ),
    (REFUSE_ONLY, [ResponseSeen(400), ResponseSeen(404)], [UPGRADED, ResponseSeen(200), ResponseSeen(500), EndSeen()]),
    (steps.ExpectDecision(version=True), [ResponseSeen(400, HEADERS)], [ResponseSeen(400), ResponseSeen(426, HEADERS)]),
    (RESPONSE, [ResponseSeen(200, HEADERS, BODY)], [ResponseSeen(204), UpgradeSeen(), SILENCE, Garbled("no")]),
    (steps.ExpectResponse((400, 426)), [ResponseSeen(400), ResponseSeen(426)], [ResponseSeen(500)]),
    (steps.ExpectResponse(range(400, 500)), [ResponseSeen(400), ResponseSeen(499)], [ResponseSeen(500)]),
    (VERSION, [ResponseSeen(200, HEADERS)], [ResponseSeen(200), ResponseSeen(200, {"sec-websocket-version": "8"})]),
    (steps.ExpectResponse(contains=("websocket",)), [ResponseSeen(200, {}, BODY)], [ResponseSeen(200, {}, b"no")]),
    (steps.ExpectResponse(body=BODY), [ResponseSeen(200, {}, BODY)], [ResponseSeen(200, {}, BODY + b" ")]),
    (steps.ExpectPersistence(), [Kept(), Dropped(True, FIN), Dropped(True, NOTIFIED)], [Dropped(True, RST)]),
    (steps.ExpectMessage("x"), [TEXT], [BINARY, Message(b""), Message(b"X"), CLOSE, SILENCE, Fault(1002, "rsv", "")]),
    (steps.ExpectMessage(b""), [Message(b"", binary=True)], [Message(b"")]),
    (JSON, [Message(b'{"a": 1, "b": 2}')], [Message(b'{"a": 2}'), Message(b'{"a": true}'), Message(b"{"), BINARY]),
    (steps.ExpectJson([1, None]), [Message(b"[1, null]")], [Message(b"[1]"), Message(b"[1, null, 2]")]),
    (steps.ExpectPong(b"p"), [Pong(b"p")], [Pong(), Message(b"p")]),
    (NUMBERED, [NumbersSeen({"a": 2, "b": 2})], [NumbersSeen({"a": 2, "b": 2}, "message"), NumbersSeen({"a": 2})]),
    (steps.ExpectClose(), [CLOSE, CloseSeen(1000, b"bye")], [CloseSeen(1011), CloseSeen(None), EndSeen()]),
    (steps.ExpectClose((1000, None)), [CloseSeen(None), CLOSE], [CloseSeen(1001)]),
    (ANY_CLOSE, [CLOSE, CloseSeen(None)], [EndSeen(), TEXT]),
    (REASON, [CloseSeen(3000, b"bye")], [CloseSeen(3000), CloseSeen(3000, b"by"), CloseSeen(1000, b"bye")]),
    (steps.ExpectSilence(0.1), [Silence(0.1)], [TEXT, EndSeen(), Pong(), CLOSE]),
    (END, [EndSeen(), EndSeen(NOTIFIED, notified=True)], [EndSeen(RST), EndSeen(NEVER), SILENCE, TEXT, CLOSE]),
    (steps.ExpectEnd(steps.ANY_END), [EndSeen(), EndSeen(RST)], [EndSeen(NEVER)]),
    (steps.ExpectEnd(frames=True), [EndSeen(frames=("close",)), EndSeen(stray=b"\x81\x05He")], [EndSeen(RST)]),
    (steps.ExpectEnd(notified=True), [EndSeen(notified=True)], [EndSeen(notified=False)]),
    (steps.AwaitEnd(), [EndSeen(), EndSeen(RST), EndSeen(NEVER), EndSeen(stray=b"HTTP/1.1 400")], [NotConnected("")]),
    (steps.ExpectGoodbye(), [Goodbye(None, EndSeen()), Goodbye(None, EndSeen(RST))], [Goodbye(None, EndSeen(NEVER))]),
    (steps.ExpectGoodbye(), [Goodbye(CloseSeen(1001), EndSeen(), True)], [Goodbye(None, EndSeen(), True), SILENCE]),
    (steps.ExpectRelease(), [Released(True), Released(None)], [Released(False)]),
    (steps.ExpectSameResources(), [ResourcesCounted(LITTLE, MUCH)], [ResourcesCounted(MUCH, LITTLE)]),
    (steps.ExpectSameResources(2), [ResourcesCounted(MUCH, LITTLE)], []),
    (steps.ExpectExit(), [Exited(True, 0.1)], [Exited(False, 8.0)]),
    (steps.Crowd(9, 3, ()), [CrowdServed(9)], [CrowdServed(6), CrowdServed(9, SILENCE), CrowdServed(9, None, 3)]),
    (NULL, [NotesRead({"n": None, "m": 1})], [NotesRead(), NotesRead({"n": 0}), NotesRead({"n": None}, ended=False)]),
    (ONE, [NotesRead({"n": 1})], [NotesRead({"n": True}), NotesRead({"n": "1"}), NotesRead({"n": 1.0})]),
    (steps.On(2, steps.ExpectMessage("x")), [TEXT], [BINARY]),
]


@pytest.mark.parametrize(("step", "good", "bad"), EXPECTATIONS, ids=[describe_step(step) for step, *_ in EXPECTATIONS])
def test_an_expectation_accepts_what_it_says_and_nothing_else(
    step: steps.Step, good: list[Event], bad: list[Event]
) -> None:
    assert [describe_event(event) for event in good if difference(step, event)] == []
    assert [describe_event(event) for event in bad if not difference(step, event)] == []


@pytest.mark.parametrize(
    ("step", "event", "reason"),
    [
        (UPGRADE, WRONG, f"101 with the accept value {ACCEPT.swapcase()!r} instead of {ACCEPT!r}"),
        (UPGRADE, ResponseSeen(400, {}, b"no", "Bad Request"), 'expected 101; got HTTP 400 Bad Request, body "no"'),
        (UPGRADE, NotConnected("refused"), "expected 101; got no connection (refused)"),
        (UPGRADE, Silence(5.0), "expected 101; got nothing within 5 s"),
        (UPGRADE, Silence(5.0, b"HT"), 'expected 101; got nothing within 5 s except 2 bytes: "HT"'),
        (RESPONSE, ResponseSeen(404, reason="Not Found"), "expected HTTP 200; got HTTP 404 Not Found"),
        (RESPONSE, ResponseSeen(200, behind=b"more"), 'the server sent 4 bytes: "more" after the response'),
        (RESPONSE, Garbled("illegal", b"\x00"), "expected HTTP 200; got illegal (1 byte: 0x00)"),
        (VERSION, ResponseSeen(426), "expected HTTP 200, Sec-WebSocket-Version: 13; got HTTP 426"),
        (VERSION, ResponseSeen(200), "HTTP 200 without Sec-WebSocket-Version: 13"),
        (
            VERSION,
            ResponseSeen(200, {"sec-websocket-version": "8"}),
            "HTTP 200 without Sec-WebSocket-Version: 13 (it is 8)",
        ),
        (
            steps.ExpectPersistence(),
            Dropped(True, NEVER),
            "the response announced the end of the connection, but the server did not close the connection",
        ),
        (steps.ExpectMessage("x"), Message(b"y"), 'expected message "x"; got message "y"'),
        (
            steps.ExpectMessage("x"),
            Fault(1002, "a masked frame", "6455-5.1-5"),
            'expected message "x"; got a violation of the protocol (a masked frame)',
        ),
        (steps.ExpectClose((1011,)), CloseSeen(1000, b"bye"), "expected Close 1011; got Close 1000 'bye'"),
        (
            steps.ExpectClose((1000, None)),
            EndSeen(),
            "expected Close 1000 or without a code; got the server closed the connection with FIN",
        ),
        (steps.ExpectSilence(1.0), CloseSeen(1011), "expected nothing for 1 s; got Close 1011"),
        (END, EndSeen(stray=b"HTTP/1.1 200 OK\r\n"), 'the server sent 17 bytes: "HTTP/1.1 200 OK ⏎ " before the end'),
        (
            steps.ExpectEnd(frames=True),
            EndSeen(stray=b"HTTP/1.1"),
            'the server sent 8 bytes: "HTTP/1.1" before the end',
        ),
        (END, EndSeen(frames=("message", "pong")), "the server sent a message before the end"),
        (END, EndSeen(RST), "the server closed the connection with RST"),
        (steps.ExpectEnd(within=2.0), EndSeen(NEVER), "the server did not close the connection within 2 s"),
        (steps.ExpectEnd(notified=True), EndSeen(notified=False), "the server ended TLS without close_notify"),
        (
            steps.ExpectGoodbye(),
            Goodbye(None, EndSeen(NEVER)),
            "the server did not close the connection when it was stopped",
        ),
        (
            steps.ExpectGoodbye(),
            Goodbye(None, EndSeen(stray=b"HTTP")),
            'the server sent 4 bytes: "HTTP" before the end',
        ),
        (
            steps.ExpectGoodbye(),
            Goodbye(CloseSeen(1001), EndSeen(RST), due=True),
            "the server reset TCP after its Close",
        ),
        (
            steps.ExpectGoodbye(),
            Goodbye(CLOSE, EndSeen(), due=True),
            "the server sent Close 1000 instead of 1001",
        ),
        (
            steps.ExpectGoodbye(),
            Goodbye(None, EndSeen(), due=True),
            "the server closed the connection (FIN) without Close 1001",
        ),
        (
            steps.ExpectEchoes(20),
            EchoesSeen(4, 0.1, EndSeen()),
            "instead of echo 5 of 20: the server closed the connection with FIN",
        ),
        (
            steps.ExpectMemory(32 << 20),
            MemoryUsed(67 << 19),
            "the server's memory grew by 33.5 MiB; at most 32 MiB are allowed",
        ),
        (steps.ExpectRelease(2.0), Released(False), "the server still held the connection after 2 s"),
        (
            steps.ExpectSameResources(),
            ResourcesCounted(MUCH, LITTLE),
            "left over: 2 threads, 1 greenlets",
        ),
        (steps.ExpectSameResources(1), ResourcesCounted(MUCH, LITTLE), "left over: 2 threads"),
        (steps.ExpectExit(), Exited(False, 8.0), "processes of the server were still running after 8.0 s"),
        (
            steps.Crowd(9, 3, ()),
            CrowdServed(9, Silence(5.0)),
            "in one of the conversations: nothing within 5 s",
        ),
        (steps.Crowd(9, 3, ()), CrowdServed(9, None, 3), "the server still held 3 of the connections"),
        (steps.Crowd(9, 3, ()), CrowdServed(6), "only 6 of 9 conversations finished within 60 s"),
    ],
)
def test_a_difference_is_named(step: steps.Step, event: Event, reason: str) -> None:
    assert difference(step, event) == reason


def test_the_first_difference_names_its_step_and_connection() -> None:
    planned = steps.Request(), UPGRADE, *steps.on(2, steps.Request(), UPGRADE, END)
    good = Observation(1, 0.1, RIGHT), Observation(3, 0.2, RIGHT)
    assert first_difference(planned, good) == ""
    reason = first_difference(planned, (*good, Observation(4, 0.3, EndSeen(RST))))
    assert reason == "step 5, connection 2: the server closed the connection with RST"


def test_a_conversation_ends_where_the_server_may_end_the_connection() -> None:
    assert goes_on(steps.ExpectPersistence(), Kept())
    assert not goes_on(DEFLATE, Declined("deflate"))
    assert not goes_on(steps.ExpectPersistence(), Dropped(True, FIN))
    assert not goes_on(RESPONSE, Dropped(False, RST))
    assert not goes_on(END, EndSeen(RST))


def test_every_expectation_can_be_compared() -> None:
    assert {type(steps.placed(step)[1]) for step, *_ in EXPECTATIONS} == {*get_args(steps.Expectation), steps.Crowd}


def test_expectations_and_crowds_end_with_an_observation() -> None:
    assert awaits(steps.On(2, UPGRADE))
    assert awaits(steps.Crowd(1, 1, ()))
    assert not awaits(steps.Request())
    assert not awaits(steps.CountResources())
