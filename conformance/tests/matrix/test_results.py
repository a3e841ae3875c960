"""Lines of the run file: each is accepted by `reports`, and says what was judged."""

import dataclasses

import pytest

from conformance.tests.support.values import answered, ended, failed, outcome, right, seen, silence
from wsconform.cases import CATALOGUE, CLAUSES, SCRIPT_CASES, WEBSOCKET_CASES
from wsconform.conversation.playing.runner import Outcome, Play
from wsconform.matrix.results import case_info, result, script_result
from wsconform.model import Judgement, Message, Side, Verdict
from wsconform.script import steps
from wsconform.script.events import EndSeen, Observation, ScriptTranscript, UpgradeSeen
from wsconform.script.judge import judge_script
from wsconform.script.playing.runner import ScriptOutcome, ScriptPlay
from wsconform.wire.log import WireRecord
from wsreport.model import (
    CellEnd,
    CellStart,
    ClauseRef,
    Grades,
    Header,
    Plan,
    PlannedCell,
    RunWriter,
    Suite,
    WireEntry,
    read_run,
    validate,
)
from wsreport.model import Play as PlayLine

CELL = "target/server"
WIRE = (
    WireRecord(0.00000149, Side.US, "TEXT 125", b"\x81\xfd" + bytes(70), 131),
    WireRecord(0.25, Side.PEER, "CLOSE 2", b"\x88\x02\x03\xe8", 4),
)


def written(path, outcomes):
    """A run file of one cell with these outcomes."""
    cases = tuple(each.case.id for each in outcomes)
    plan = Plan((PlannedCell(CELL, "target", "server"),), cases)
    with RunWriter(path, Header(Suite("wsconform", "0"), "2026-01-01T00:00:00Z", plan)) as run:
        for each in outcomes:
            run.case(case_info(each.case))
        run.begin_cell(CellStart(CELL, {"name": "target"}, {"name": "server"}))
        for each in outcomes:
            run.result(script_result(CELL, each) if isinstance(each, ScriptOutcome) else result(CELL, each))
        run.end_cell(CellEnd(CELL, "complete"))
        run.finish()
    return path


@pytest.mark.parametrize("left", [right, silence])
def test_the_whole_catalogue_makes_a_valid_run_file(tmp_path, left):
    outcomes = [outcome(case, dataclasses.replace(left(case), wire=WIRE)) for case in WEBSOCKET_CASES.values()]
    path = written(tmp_path / "run.jsonl", outcomes)
    assert validate(path) == ()
    run = read_run(path)
    assert run.complete, run.problems
    assert list(run.cells[CELL].results) == list(WEBSOCKET_CASES)
    assert {id_: r.verdict for id_, r in run.cells[CELL].results.items()} == {
        each.case.id: each.final.judgement.verdict.value for each in outcomes
    }


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_is_a_word_of_the_run_file(verdict):
    case = CATALOGUE["1.1.2"]
    play = Play(judgement=Judgement(verdict, "why"), parity=None, alone=True, started=0.0)
    line = result(CELL, Outcome(case=case, final=play, plays=(play,)))
    assert (line.verdict, line.reason, line.grades) == (verdict.value, "why", None)


# The description of a case


def test_a_case_is_described_as_it_is_printed():
    info = case_info(CATALOGUE["3.2"])
    assert (info.id, info.family, info.level, info.informational) == ("3.2", "3", "MUST", False)
    assert info.title == CATALOGUE["3.2"].title
    assert info.sends == (
        'TEXT 13: "Hello, world!"',
        'TEXT 13, RSV 010: "Hello, world!"',
        "PING 0",
        "(in one go)",
    )
    assert info.expects == (
        'TEXT message "Hello, world!"',
        "or nothing (pass: failed the connection before it echoed the good message; no clause forbids that)",
    )
    assert info.closing == "the peer fails the connection: Close 1002, then it ends TCP"
    assert info.clauses[0] == ClauseRef("6455-5.2-2", "5.2", CLAUSES["6455-5.2-2"].text)
    assert [clause.id for clause in info.clauses] == list(CATALOGUE["3.2"].clauses)


def test_a_case_that_expects_nothing_says_so():
    assert case_info(CATALOGUE["3.1"]).expects == ("nothing",)


def test_an_alternative_of_several_events_is_one_line():
    _, other = case_info(CATALOGUE["6.4.1"]).expects
    assert other.startswith("or still open after pause A, still open after pause B (info: failed only")


def test_an_informational_case_says_so():
    info = case_info(CATALOGUE["7.1.6"])
    assert (info.informational, info.level) == (True, "MAY")


# What came of a case


def test_what_passed_carries_no_wire_log():
    case = CATALOGUE["1.1.2"]
    line = result(CELL, outcome(case, dataclasses.replace(right(case), wire=WIRE, seconds=0.123456, local_port=5)))
    assert (line.cell, line.case, line.verdict, line.reason, line.clauses) == (CELL, "1.1.2", "pass", "", ())
    assert line.grades == Grades("OK", "OK")
    assert line.wire == ()
    assert (line.seconds, line.started, line.local_port) == (0.1235, 0.5, 5)
    assert line.expected == ('TEXT message "*" repeated to 125 octets',)
    assert line.observed == ('0.100 s: TEXT message "*" repeated to 125 octets',)
    assert line.closing == "we sent Close; the peer answered Close 1000; the peer ended TCP with FIN"


@pytest.mark.parametrize(
    ("id_", "transcript", "verdict"),
    [
        ("1.1.2", seen(ending=answered()), "fail"),
        ("3.1", seen(ending=failed(1007)), "non-strict"),
        ("7.1.6", seen(ending=answered()), "info"),
    ],
)
def test_what_did_not_pass_carries_the_wire_log(id_, transcript, verdict):
    line = result(CELL, outcome(CATALOGUE[id_], dataclasses.replace(transcript, wire=WIRE)))
    assert line.verdict == verdict
    assert line.wire == (
        WireEntry(0.000001, "us", "TEXT 125", "81fd" + "00" * 62, 131),
        WireEntry(0.25, "peer", "CLOSE 2", "880203e8", 4),
    )


def test_a_failure_says_why_and_which_clauses():
    line = result(CELL, outcome(CATALOGUE["1.1.2"], seen(Message(b""), ending=answered())))
    assert line.reason == "event 1: the message came back with 0 octets instead of 125"
    assert [clause.id for clause in line.clauses] == ["6455-5.2-7", "6455-5.4-1"]
    assert line.grades == Grades("FAILED", "OK")
    assert line.observed == ('0.100 s: TEXT message ""',)


def test_plays_are_in_order_and_the_last_says_what_is_reported():
    case = CATALOGUE["3.1"]
    line = result(CELL, outcome(case, seen(ending=ended(), seconds=1.00004), seen(ending=failed())))
    assert line.verdict == "pass"
    assert line.plays == (
        PlayLine("non-strict", "the peer dropped TCP without a Close frame", alone=False, seconds=1.0),
        PlayLine("pass", "", alone=True, seconds=0.0),
    )


def test_a_refused_opening_handshake_stands_where_the_closing_would():
    refused = seen(opened=False, refusal="404 Not Found", ending=ended())
    line = result(CELL, outcome(CATALOGUE["3.1"], refused))
    assert (line.verdict, line.closing, line.observed) == ("fail", "404 Not Found", ())


def test_a_play_without_a_transcript_has_nothing_to_show():
    """The suite itself failed; the case is reported all the same."""
    said = Judgement(Verdict.HARNESS_ERROR, "the suite failed: oh")
    play = Play(judgement=said, parity=None, alone=False, started=-0.25)
    line = result(CELL, Outcome(case=CATALOGUE["3.1"], final=play, plays=(play,)))
    assert (line.seconds, line.started, line.observed, line.closing, line.wire) == (0.0, 0.0, (), "", ())
    assert line.local_port is None
    assert line.expected == ("nothing",)
    assert line.plays == (PlayLine("harness-error", "the suite failed: oh", alone=False, seconds=0.0),)


# Raw cases


def raw_outcome(case, transcript, *, plays=1):
    """What is said of a raw case that was played so many times, each time alike."""
    play = ScriptPlay(judge_script(case, transcript), alone=True, started=0.5, transcript=transcript)
    return ScriptOutcome(case, play, (play,) * plays)


def test_all_raw_cases_make_a_valid_run_file(tmp_path):
    outcomes = [raw_outcome(case, ScriptTranscript(wire=WIRE, log="DANGER")) for case in SCRIPT_CASES.values()]
    path = written(tmp_path / "run.jsonl", outcomes)
    assert validate(path) == ()
    run = read_run(path)
    assert run.complete, run.problems
    assert list(run.cells[CELL].results) == list(SCRIPT_CASES)


def test_a_raw_case_is_described_with_its_steps_in_order():
    info = case_info(SCRIPT_CASES["W.1.1"])
    assert (info.id, info.family, info.level, info.informational) == ("W.1.1", "W", "MUST", False)
    assert info.sends == ("1. opening handshake for /echo", '3. message "Hello"', "5. Close 1000")
    assert [line.partition(".")[0] for line in info.expects] == ["2", "4", "6", "7"]
    assert info.closing.startswith("the server lets go of what we have closed")
    assert info.clauses[0].id == "wsgi-nothing-after"


SEEN = ScriptTranscript(
    observations=(Observation(1, 0.1, UpgradeSeen(key="a key")), Observation(6, 0.25, EndSeen(steps.End.FIN))),
    wire=WIRE,
    log="a line\nTraceback (most recent call last):\n  File\nOSError: oh\n",
    local_port=4711,
    seconds=0.123456,
)


def test_what_a_raw_case_left_is_recorded_with_the_log_that_complains():
    line = script_result(CELL, raw_outcome(SCRIPT_CASES["W.1.1"], SEEN, plays=2))
    assert (line.cell, line.case, line.verdict, line.grades) == (CELL, "W.1.1", "fail", None)
    assert line.reason.startswith("step 2: 101 with the accept value None")
    assert (line.seconds, line.started, line.local_port) == (0.1235, 0.5, 4711)
    assert line.observed == (
        "0.100 s: 2. 101",
        "0.250 s: 7. the server ended the connection with FIN",
        "log: a line",
        "log: Traceback (most recent call last):",
        "log:   File",
        "log: OSError: oh",
    )
    assert line.closing == "the server was alive and served"
    assert line.plays == (PlayLine("fail", line.reason, alone=True, seconds=0.1235),) * 2
    assert [entry.what for entry in line.wire] == ["TEXT 125", "CLOSE 2"]


def test_a_raw_case_that_passed_carries_neither_wire_nor_log():
    play = ScriptPlay(Judgement(Verdict.PASS), alone=True, started=0.0, transcript=SEEN)
    line = script_result(CELL, ScriptOutcome(SCRIPT_CASES["W.1.1"], play, (play,)))
    assert line.wire == ()
    assert not any(text.startswith("log: ") for text in line.observed)


def test_a_raw_case_that_was_not_played_has_nothing_to_show():
    play = ScriptPlay(Judgement(Verdict.INFO, "needs 3 connections at once"), alone=True, started=0.0)
    line = script_result(CELL, ScriptOutcome(SCRIPT_CASES["W.8.2"], play, (play,)))
    assert (line.verdict, line.observed, line.closing, line.wire, line.seconds) == ("info", (), "", (), 0.0)


def test_the_state_of_a_server_that_is_not_well_is_told():
    ill = dataclasses.replace(SEEN, alive=False, serves=False, held=(1, 2))
    line = script_result(CELL, raw_outcome(SCRIPT_CASES["W.1.1"], ill))
    assert line.closing == "the server was not alive and did not serve and held connections from the ports 1, 2"
