"""The judge of family W on transcripts made by hand: reasons, their order, and the clauses that are broken."""

from __future__ import annotations

import dataclasses

import pytest

from wsconform.model import Judgement, Verdict
from wsconform.script import steps
from wsconform.script.events import (
    Dropped,
    EndSeen,
    Event,
    Goodbye,
    Kept,
    Observation,
    Resources,
    ResponseSeen,
    ScriptTranscript,
    UpgradeSeen,
)
from wsconform.script.judge import judge_script
from wsconform.script.model import Log, ScriptCase
from wsconform.wire.head import Asked

PASS, FAIL, CRASH = Verdict.PASS, Verdict.FAIL, Verdict.CRASH
RIGHT = UpgradeSeen()
ASKED = steps.Request(), steps.ExpectEnd()
FIN, OK = EndSeen(steps.End.FIN), ResponseSeen(200, {}, b"ok", "OK")
REPORTED = "ERROR dwebsocket: oh\nTraceback (most recent call last):\n  File\nsite.DeliberateError: oh\n"


def case(*taken: steps.Step, **rest: object) -> ScriptCase:
    return ScriptCase("W.0.1", "A title.", taken, **{"clauses": ("one", "two"), **rest})


def seen(*events: Event, **rest: object) -> ScriptTranscript:
    """A transcript in which the first step did something and each of the next saw one of these."""
    return ScriptTranscript(tuple(Observation(n, n / 10, event) for n, event in enumerate(events, 1)), **rest)


def test_conversation_that_broke_off_does_not_pass() -> None:
    """Nothing that was seen is wrong, and yet the last step was not reached."""
    assert (
        judge_script(case(steps.Request(), steps.ExpectUpgrade(), steps.ExpectEnd()), seen(RIGHT)).reason
        == "the conversation ended early"
    )
    assert judge_script(case(steps.Request(), steps.ExpectUpgrade()), seen()).reason == "the conversation ended early"
    assert judge_script(case(steps.Request(), steps.ExpectUpgrade(), steps.SendRaw((b"x",))), seen(RIGHT)) == Judgement(
        PASS
    )


def test_a_server_that_may_end_the_connection_needs_no_further_steps() -> None:
    dropped = seen(OK, Dropped(announced=False, end=steps.End.FIN))
    assert judge_script(
        case(
            steps.Request(), steps.ExpectResponse(), steps.ExpectPersistence(), steps.ExpectUpgrade(), steps.ExpectEnd()
        ),
        dropped,
    ) == Judgement(PASS)


def test_reset_logged_by_the_uwsgi_router_is_allowed_before_a_next_request() -> None:
    line = "[uwsgi-http key: x] hr_instance_read(): Connection reset by peer [plugins/http/http.c line 647]\n"
    again = case(steps.Request(), steps.ExpectPersistence())
    assert judge_script(again, seen(Kept(), log=line)) == Judgement(PASS)
    assert judge_script(again, seen(Kept(), log=line + "[ERROR] oh\n")).verdict is FAIL
    assert judge_script(case(*ASKED), seen(FIN, log=line)).verdict is FAIL


def test_a_case_may_call_a_deviation_less_than_a_failure() -> None:
    mild = case(*ASKED, worst=Verdict.NON_STRICT)
    assert judge_script(mild, seen(EndSeen(steps.End.RST))).verdict is Verdict.NON_STRICT
    assert judge_script(mild, seen(FIN, held=(5,))).verdict is FAIL  # that is not what the case is about


# What every case demands


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (
            {"held": (4711,)},
            Judgement(FAIL, "the server still held a connection that we had closed", ("wsgi-let-go",)),
        ),
        ({"serves": False}, Judgement(CRASH, "the server no longer answers plain requests", ("one",))),
        ({"alive": False}, Judgement(CRASH, "the server died", ("one",))),
        ({"failure": "KeyError: 1"}, Judgement(Verdict.HARNESS_ERROR, "the suite failed: KeyError: 1")),
        (
            {"before": Resources((1, 2)), "after": Resources((1,))},
            Judgement(CRASH, "the server's processes changed: 1 ended", ("wsgi-processes",)),
        ),
        (
            {"before": Resources((1, 2)), "after": Resources((1, 3))},
            Judgement(CRASH, "the server's processes changed: 1 ended, 1 started", ("wsgi-processes",)),
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
    assert judge_script(case(*ASKED), seen(FIN, **rest)) == expected


def test_case_that_ends_the_server_does_not_expect_it_alive() -> None:
    demands = steps.Request(), steps.ExpectGoodbye(), steps.Terminate()
    gone = seen(Goodbye(None, FIN), alive=False, serves=None, before=Resources((1,)), after=Resources(()))
    assert judge_script(case(*demands), gone) == Judgement(PASS)


def test_worst_deviation_is_reported_first() -> None:
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
        reasons.append(judge_script(case(*ASKED), transcript).reason)
        transcript = dataclasses.replace(transcript, **mend)
    assert reasons == [
        "the server died",
        "step 2: the server closed the connection with RST",
        "the server no longer answers plain requests",
        "the log has the line: DANGER",
        "the server still held a connection that we had closed",
    ]
    assert judge_script(case(*ASKED), transcript) == Judgement(PASS)


def test_tls_case_is_info_without_tls() -> None:
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
        (Log.RAISED, REPORTED * 2, "dwebsocket logged the view's exception 2 times"),
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
def test_log_allows_what_the_case_allows(allowed: Log, log: str, reason: str) -> None:
    assert judge_script(case(*ASKED, log=allowed), seen(FIN, log=log)).reason == reason


def test_wrong_101_breaks_the_clause_that_is_about_it() -> None:
    decides = case(steps.RawRequests(("GET",)), steps.ExpectDecision())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    judgement = judge_script(decides, seen(UpgradeSeen(head=head, asked=Asked("key"))))
    assert (judgement.verdict, judgement.clauses) == (FAIL, ("6455-4.2.2-17",))
    assert "no Sec-WebSocket-Accept field" in judgement.reason
    refused = case(steps.RawRequests(("GET",)), steps.ExpectDecision(refused=FAIL))
    assert judge_script(refused, seen(ResponseSeen(400))).clauses == ("one", "two")
