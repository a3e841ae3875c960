"""The judge of raw cases, on transcripts made by hand: what is said, in which order, and of which clause."""

from __future__ import annotations

import dataclasses

import pytest

from wsconform.model import Fault, Judgement, Message, Verdict
from wsconform.script import steps
from wsconform.script.events import (
    Answered,
    Counted,
    Crowded,
    Dropped,
    EndSeen,
    Garbled,
    Gone,
    Kept,
    Left,
    Observation,
    Released,
    Resources,
    ScriptEvent,
    ScriptTranscript,
    Silence,
    Switched,
    Unreachable,
)
from wsconform.script.judge import judge_script
from wsconform.script.model import Log, ScriptCase
from wsconform.wire.reader import CloseSeen

PASS, FAIL, CRASH = Verdict.PASS, Verdict.FAIL, Verdict.CRASH
# The example of RFC 6455 section 1.3.
RIGHT = Switched("dGhlIHNhbXBsZSBub25jZQ==", {"sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="})
WRONG = Switched("dGhlIHNhbXBsZSBub25jZQ==", {"sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK-xOo="})
FIN, OK = EndSeen(steps.End.FIN), Answered(200, "OK", {}, b"ok")
REPORTED = "ERROR dwebsocket: oh\nTraceback (most recent call last):\n  File\nsite.DeliberateError: oh\n"


def case(*taken: steps.Step, **rest: object) -> ScriptCase:
    return ScriptCase("W.0.1", "A title.", taken, **{"clauses": ("one", "two"), **rest})


def seen(*events: ScriptEvent, **rest: object) -> ScriptTranscript:
    """A transcript in which the first step did something and each of the next saw one of these."""
    return ScriptTranscript(tuple(Observation(n, n / 10, event) for n, event in enumerate(events, 1)), **rest)


@pytest.mark.parametrize(
    ("step", "event"),
    [
        (steps.ExpectUpgrade(), RIGHT),
        (steps.ExpectResponse(), OK),
        (steps.ExpectResponse((400, 426), (("Version", "13"),)), Answered(426, "", {"version": "8, 13"}, b"")),
        (steps.ExpectResponse(range(400, 500)), Answered(499, "", {}, b"")),
        (steps.ExpectResponse(body=b"ok"), OK),
        (steps.ExpectPersistence(), Kept()),
        (steps.ExpectPersistence(), Dropped(said=True, end=steps.End.FIN)),
        (steps.ExpectPersistence(), Dropped(said=True, end=steps.End.NOTIFIED)),
        (steps.ExpectResponse(), Dropped(said=False, end=steps.End.RST)),
        (steps.ExpectMessage(Message(b"x")), Message(b"x")),
        (steps.ExpectClose((1000, None)), CloseSeen(None)),
        (steps.ExpectClose((1000, None)), CloseSeen(1000, b"bye")),
        (steps.ExpectSilence(1.0), Silence(1.0)),
        (steps.ExpectEnd(), FIN),
        (steps.ExpectEnd(), EndSeen(steps.End.NOTIFIED, notified=True)),
        (steps.ExpectEnd(steps.ANY_END), EndSeen(steps.End.RST)),
        (steps.ExpectEnd(frames=True), EndSeen(steps.End.FIN, frames=("CloseSeen",))),
        (steps.ExpectEnd(steps.ANY_END, frames=True), EndSeen(steps.End.RST, stray=b"\x81\x05He")),
        (steps.ExpectEnd(notified=True), EndSeen(steps.End.FIN, notified=True)),
        (steps.ExpectGoodbye(), Left(None, FIN)),
        (steps.ExpectGoodbye(), Left(None, EndSeen(steps.End.RST))),
        (steps.ExpectRelease(), Released(True)),
        (steps.ExpectRelease(), Released(None)),
        (steps.ExpectSameResources(), Counted(Resources(), Resources())),
        (
            steps.ExpectSameResources(),
            Counted(Resources(threads=3, descriptors=5), Resources(threads=4, descriptors=5)),
        ),
        (steps.ExpectSameResources(2), Counted(Resources(threads=5), Resources(threads=3))),
        (steps.ExpectExit(), Gone(True, 0.1)),
        (steps.Crowd(9, 3, ()), Crowded(9)),
    ],
)
def test_as_awaited(step: steps.Step, event: ScriptEvent) -> None:
    assert judge_script(case(steps.Request(), step), seen(event)) == Judgement(PASS)


@pytest.mark.parametrize(
    ("step", "event", "reason"),
    [
        (
            steps.ExpectUpgrade(),
            WRONG,
            "101 with the accept value 's3pPLMBiTxaQ9kYGzzhZRbK-xOo=' rather than 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='",
        ),
        (
            steps.ExpectUpgrade(),
            Switched("", {}),
            "101 with the accept value None rather than 'Kfh9QIsMVZcl6xEPYxPHzW8SZ8w='",
        ),
        (
            steps.ExpectUpgrade(),
            Answered(400, "Bad Request", {}, b"no\nmore"),
            "instead of 101 with the right accept value came the answer 400 Bad Request (no)",
        ),
        (steps.ExpectUpgrade(), Unreachable("refused"), "no connection could be made: refused"),
        (steps.ExpectUpgrade(), Silence(5.0), "101 with the right accept value did not come in 5.0 s"),
        (
            steps.ExpectUpgrade(),
            Silence(5.0, b"HT"),
            '101 with the right accept value did not come in 5.0 s, only 2 octets: "HT"',
        ),
        (
            steps.ExpectResponse(),
            Answered(404, "Not Found", {}, b""),
            "instead of a complete HTTP answer 200 came the answer 404 Not Found",
        ),
        (
            steps.ExpectResponse(),
            Answered(200, "OK", {}, b"", behind=b"more"),
            'behind the answer came 4 octets: "more"',
        ),
        (steps.ExpectResponse(headers=(("A", "b"),)), OK, "200 without A: b"),
        (steps.ExpectResponse(headers=(("A", "b"),)), Answered(200, "OK", {"a": "c"}, b""), "200 without A: b (but c)"),
        (steps.ExpectResponse(body=b"no"), OK, 'the body is 2 octets: "ok" rather than 2 octets: "no"'),
        (
            steps.ExpectResponse(),
            Garbled("illegal", b"\x00"),
            "instead of a complete HTTP answer 200 came illegal (1 octets: 0x00)",
        ),
        (steps.ExpectResponse(), RIGHT, "instead of a complete HTTP answer 200 came 101 Switching Protocols"),
        (
            steps.ExpectPersistence(),
            Dropped(said=True, end=steps.End.NEVER),
            "the server announced that it would end the connection: the server did not end the connection",
        ),
        (
            steps.ExpectPersistence(),
            Dropped(said=True, end=steps.End.RST),
            "the server announced that it would end the connection: the server ended the connection with RST",
        ),
        (
            steps.ExpectMessage(Message(b"x")),
            Message(b"y"),
            'instead of a text message of 1 octets: "x" came a text message of 1 octets: "y"',
        ),
        (
            steps.ExpectMessage(Message(b"x")),
            Fault(1002, "a masked frame from a server", "6455-5.1-5"),
            'instead of a text message of 1 octets: "x" came a masked frame from a server',
        ),
        (steps.ExpectClose((1011,)), CloseSeen(1000, b"bye"), "instead of a Close frame 1011 came Close 1000 (bye)"),
        (
            steps.ExpectClose((1000, None)),
            EndSeen(steps.End.FIN),
            "instead of a Close frame 1000 or without a code came the server ended the connection with FIN",
        ),
        (steps.ExpectSilence(1.0), CloseSeen(1011), "instead of silence of 1 s came Close 1011"),
        (
            steps.ExpectEnd(),
            EndSeen(steps.End.FIN, b"HTTP/1.1 200 OK\r\n"),
            '17 octets: "HTTP/1.1 200 OK ⏎ " came before the end',
        ),
        (steps.ExpectEnd(frames=True), EndSeen(steps.End.FIN, b"HTTP/1.1"), '8 octets: "HTTP/1.1" came before the end'),
        (steps.ExpectEnd(), EndSeen(steps.End.FIN, frames=("Message", "Pong")), "a message came before the end"),
        (steps.ExpectEnd(), EndSeen(steps.End.RST), "the server ended the connection with RST"),
        (steps.ExpectEnd(within=2.0), EndSeen(steps.End.NEVER), "the server did not end the connection within 2 s"),
        (
            steps.ExpectEnd(notified=True),
            EndSeen(steps.End.FIN, notified=False),
            "the end was not announced by TLS close_notify",
        ),
        (
            steps.ExpectGoodbye(),
            Left(None, EndSeen(steps.End.NEVER)),
            "the server did not end the connection when it was stopped",
        ),
        (steps.ExpectGoodbye(), Left(None, EndSeen(steps.End.FIN, b"HTTP")), '4 octets: "HTTP" came before the end'),
        (steps.ExpectRelease(2.0), Released(False), "the server still holds the connection after 2 s"),
        (
            steps.ExpectSameResources(),
            Counted(Resources(threads=5, greenlets=2), Resources(threads=3, greenlets=1)),
            "more than before: 2 threads, 1 greenlets",
        ),
        (
            steps.ExpectSameResources(1),
            Counted(Resources(threads=5, greenlets=2), Resources(threads=3, greenlets=1)),
            "more than before: 2 threads",
        ),
        (steps.ExpectExit(), Gone(False, 8.0), "processes of the server are still there after 8.0 s"),
        (steps.Crowd(9, 3, ()), Crowded(9, Silence(5.0)), "in one of the conversations came nothing in 5.0 s"),
        (steps.Crowd(9, 3, ()), Crowded(9, None, 3), "the server still holds 3 of the connections"),
        (steps.Crowd(9, 3, ()), Crowded(6), "only 6 of 9 conversations were over within 60 s"),
        (
            steps.On(2, steps.ExpectEnd()),
            EndSeen(steps.End.RST),
            "connection 2: the server ended the connection with RST",
        ),
    ],
)
def test_what_is_wrong_is_named(step: steps.Step, event: ScriptEvent, reason: str) -> None:
    assert judge_script(case(steps.Request(), step), seen(event)) == Judgement(FAIL, reason, ("one", "two"))


@pytest.mark.parametrize(
    ("left", "reason"),
    [
        (Left(CloseSeen(1001), FIN), ""),
        (Left(CloseSeen(1001), EndSeen(steps.End.RST)), "the server reset TCP behind its Close"),
        (Left(CloseSeen(1000), FIN), "the server left with Close 1000 rather than 1001"),
        (Left(None, FIN), "the server ended the connection (FIN) without Close 1001"),
    ],
)
def test_a_server_that_lets_views_end_says_1001(left: Left, reason: str) -> None:
    said = judge_script(case(steps.Request(), steps.ExpectGoodbye()), seen(left, goodbye=True))
    assert (said.verdict, said.reason) == (FAIL if reason else PASS, reason)


def test_a_conversation_that_broke_off_is_no_pass() -> None:
    """Nothing that was seen is wrong, and yet the last step was not reached."""
    assert (
        judge_script(case(steps.Request(), steps.ExpectUpgrade(), steps.ExpectEnd()), seen(RIGHT)).reason
        == "the conversation broke off"
    )
    assert judge_script(case(steps.Request(), steps.ExpectUpgrade()), seen()).reason == "the conversation broke off"
    assert judge_script(case(steps.Request(), steps.ExpectUpgrade(), steps.SendRaw((b"x",))), seen(RIGHT)) == Judgement(
        PASS
    )


def test_a_server_that_may_end_the_connection_needs_no_further_steps() -> None:
    dropped = seen(OK, Dropped(said=False, end=steps.End.FIN))
    assert judge_script(
        case(
            steps.Request(), steps.ExpectResponse(), steps.ExpectPersistence(), steps.ExpectUpgrade(), steps.ExpectEnd()
        ),
        dropped,
    ) == Judgement(PASS)


def test_a_router_whose_worker_was_just_leaving_may_say_so_where_there_is_a_next_request() -> None:
    line = "[uwsgi-http key: x] hr_instance_read(): Connection reset by peer [plugins/http/http.c line 647]\n"
    again = case(steps.Request(), steps.ExpectPersistence())
    assert judge_script(again, seen(Kept(), log=line)) == Judgement(PASS)
    assert judge_script(again, seen(Kept(), log=line + "[ERROR] oh\n")).verdict is FAIL
    assert judge_script(case(steps.Request(), steps.ExpectEnd()), seen(FIN, log=line)).verdict is FAIL


def test_a_case_may_call_a_deviation_less_than_a_failure() -> None:
    mild = case(steps.Request(), steps.ExpectEnd(), worst=Verdict.NON_STRICT)
    assert judge_script(mild, seen(EndSeen(steps.End.RST))).verdict is Verdict.NON_STRICT
    assert judge_script(mild, seen(FIN, held=(5,))).verdict is FAIL  # that is not what the case is about


# What every case demands


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (
            {"held": (4711,)},
            Judgement(FAIL, "the server still holds the connection that we have closed", ("wsgi-let-go",)),
        ),
        ({"serves": False}, Judgement(CRASH, "the server answers no plain request any more", ("one",))),
        ({"alive": False}, Judgement(CRASH, "the server died", ("one",))),
        ({"failure": "KeyError: 1"}, Judgement(Verdict.HARNESS_ERROR, "the suite failed: KeyError: 1")),
        (
            {"before": Resources((1, 2)), "after": Resources((1,))},
            Judgement(CRASH, "processes of the server came and went: 1 ended", ("wsgi-processes",)),
        ),
        (
            {"before": Resources((1, 2)), "after": Resources((1, 3))},
            Judgement(CRASH, "processes of the server came and went: 1 ended, 1 began", ("wsgi-processes",)),
        ),
        (
            {"log": "Exception ignored in\n"},
            Judgement(FAIL, "the log has the line: Exception ignored in", ("wsgi-log",)),
        ),
        (
            {"log": "DANGER\nBroken pipe\n"},
            Judgement(FAIL, "the log has the line: DANGER (and 1 more)", ("wsgi-log",)),
        ),
    ],
)
def test_every_case_demands(rest: dict[str, object], expected: Judgement) -> None:
    assert judge_script(case(steps.Request(), steps.ExpectEnd()), seen(FIN, **rest)) == expected


def test_a_case_that_ends_the_server_wants_it_gone() -> None:
    demands = steps.Request(), steps.ExpectGoodbye(), steps.Terminate()
    gone = seen(Left(None, FIN), alive=False, serves=None, before=Resources((1,)), after=Resources(()))
    assert judge_script(case(*demands), gone) == Judgement(PASS)


def test_what_breaks_most_is_said_first() -> None:
    worst_last = {"held": (1,), "log": "DANGER", "serves": False, "alive": False}
    reasons = []
    transcript = seen(EndSeen(steps.End.RST), **worst_last)
    for mend in (
        {"alive": True},
        {"observations": seen(FIN).observations},
        {"serves": True},
        {"log": ""},
        {"held": ()},
    ):
        reasons.append(judge_script(case(steps.Request(), steps.ExpectEnd()), transcript).reason)
        transcript = dataclasses.replace(transcript, **mend)
    assert reasons == [
        "the server died",
        "the server ended the connection with RST",
        "the server answers no plain request any more",
        "the log has the line: DANGER",
        "the server still holds the connection that we have closed",
    ]
    assert judge_script(case(steps.Request(), steps.ExpectEnd()), transcript) == Judgement(PASS)


def test_a_case_of_tls_says_nothing_without_tls() -> None:
    only = case(steps.Request(), steps.ExpectEnd(notified=True), tls=True)
    assert judge_script(only, seen(EndSeen(steps.End.FIN))).verdict is Verdict.INFO
    assert judge_script(only, seen(EndSeen(steps.End.FIN, notified=False), tls=True)).verdict is FAIL


# The log


@pytest.mark.parametrize(
    ("allowed", "log", "reason"),
    [
        (Log.CLEAN, "", ""),
        (Log.CLEAN, REPORTED, "the log has a traceback: site.DeliberateError: oh"),
        (Log.RAISED, REPORTED, ""),
        (Log.RAISED, REPORTED + REPORTED.replace("dwebsocket", "django.request"), ""),
        (Log.RAISED, REPORTED * 2, "dwebsocket reports the view's exception 2 times"),
        (Log.RAISED, "", "the view's exception is not in the log"),
        (
            Log.RAISED,
            REPORTED.replace("dwebsocket", "gunicorn.error"),
            "the log has a traceback: site.DeliberateError: oh",
        ),
        (Log.RAISED, REPORTED.replace("Deliberate", "OS"), "the log has a traceback: site.OSError: oh"),
        (Log.RAISED, REPORTED + "[ERROR] oh\n", "the log has the line: [ERROR] oh"),
        (Log.STOPPING, "[ERROR] Worker was sent SIGTERM!\n", ""),
        (Log.STOPPING, REPORTED, "the log has a traceback: site.DeliberateError: oh"),
    ],
)
def test_what_the_log_may_say(allowed: Log, log: str, reason: str) -> None:
    assert judge_script(case(steps.Request(), steps.ExpectEnd(), log=allowed), seen(FIN, log=log)).reason == reason
