"""Conversations in the run file: each line is valid, and says what was judged."""

import dataclasses

import pytest

from conformance.tests.support.run_files import CELL, written
from conformance.tests.support.values import answered, ended, failed, outcome, right, seen, silence
from wsconform.cases import CATALOGUE, WEBSOCKET_CASES
from wsconform.clauses import CLAUSES
from wsconform.conversation.kind import info, result
from wsconform.model import Judgement, Message, Side, Verdict
from wsconform.play import Outcome, Play
from wsconform.wire.log import WireRecord
from wsreport.model import (
    VERDICTS,
    ClauseRef,
    Grades,
    WireEntry,
    read_run,
    validate,
)
from wsreport.model import Play as PlayLine

WIRE = (
    WireRecord(0.00000149, Side.US, "TEXT 125", b"\x81\xfd" + bytes(70), 131),
    WireRecord(0.25, Side.PEER, "CLOSE 2", b"\x88\x02\x03\xe8", 4),
)


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
    play = Play(judgement=Judgement(verdict, "why"), alone=True, started=0.0)
    line = result(CELL, Outcome(case=case, final=play, plays=(play,)))
    assert (line.verdict, line.reason, line.grades) == (verdict.value, "why", None)


def test_the_verdicts_of_the_suite_are_those_of_the_run_file():
    assert {verdict.value for verdict in Verdict} == set(VERDICTS)


# The description of a case


def test_a_case_is_described_as_it_is_printed():
    line = info(CATALOGUE["3.2"])
    assert (line.id, line.family, line.level, line.informational) == ("3.2", "3", "MUST", False)
    assert line.title == CATALOGUE["3.2"].title
    assert line.sends == (
        'TEXT 13: "Hello, world!"',
        'TEXT 13, RSV 010: "Hello, world!"',
        "PING 0",
        "(all at once)",
    )
    assert line.expects == (
        'TEXT message "Hello, world!"',
        "or no message and no pong (pass: the connection failed before the valid message was echoed, "
        "which no clause forbids)",
    )
    assert line.closing == "the server fails the connection with Close 1002 and closes TCP"
    assert line.clauses[0] == ClauseRef("6455-5.2-2", "5.2", CLAUSES["6455-5.2-2"].text)
    assert [clause.id for clause in line.clauses] == list(CATALOGUE["3.2"].clauses)


def test_a_case_that_expects_nothing_says_so():
    assert info(CATALOGUE["3.1"]).expects == ("no message and no pong",)


def test_an_alternative_of_several_events_is_one_line():
    _, other = info(CATALOGUE["6.4.1"]).expects
    assert other.startswith("or still open after pause A, still open after pause B (info: the connection failed only")


def test_an_informational_case_says_so():
    line = info(CATALOGUE["7.1.6"])
    assert (line.informational, line.level) == (True, "MAY")


# What came of a case


def test_what_passed_carries_no_wire_log():
    case = CATALOGUE["1.1.2"]
    line = result(CELL, outcome(case, dataclasses.replace(right(case), wire=WIRE, seconds=0.123456, local_port=5)))
    assert (line.cell, line.case, line.verdict, line.reason, line.clauses) == (CELL, "1.1.2", "pass", "", ())
    assert line.grades == Grades("OK", "OK")
    assert line.wire == ()
    assert (line.seconds, line.started, line.local_port) == (0.1235, 0.5, 5)
    assert line.expected == ('TEXT message "*" repeated to 125 bytes',)
    assert line.observed == ('0.100 s: TEXT message "*" repeated to 125 bytes',)
    assert line.closing == "we sent Close; the server answered with Close 1000; the server closed TCP with FIN"


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
    assert line.reason == "event 1: the echo has 0 bytes instead of 125"
    assert [clause.id for clause in line.clauses] == ["6455-5.2-7"]
    assert line.grades == Grades("FAILED", "OK")
    assert line.observed == ('0.100 s: TEXT message ""',)


def test_plays_are_in_order_and_the_last_says_what_is_reported():
    case = CATALOGUE["3.1"]
    line = result(CELL, outcome(case, seen(ending=ended(), seconds=1.00004), seen(ending=failed())))
    assert line.verdict == "pass"
    assert line.plays == (
        PlayLine("non-strict", "the server closed TCP without a Close frame", alone=False, seconds=1.0),
        PlayLine("pass", "", alone=True, seconds=0.0),
    )


def test_a_refused_opening_handshake_stands_where_the_closing_would():
    refused = seen(opened=False, refusal="404 Not Found", ending=ended())
    line = result(CELL, outcome(CATALOGUE["3.1"], refused))
    assert (line.verdict, line.closing, line.observed) == ("fail", "404 Not Found", ())


def test_a_play_without_a_transcript_has_nothing_to_show():
    """The suite itself failed; the case is reported all the same."""
    said = Judgement(Verdict.HARNESS_ERROR, "the suite failed: oh")
    play = Play(judgement=said, alone=False, started=-0.25)
    line = result(CELL, Outcome(case=CATALOGUE["3.1"], final=play, plays=(play,)))
    assert (line.seconds, line.started, line.observed, line.closing, line.wire) == (0.0, 0.0, (), "", ())
    assert line.local_port is None
    assert line.expected == ("no message and no pong",)
    assert line.plays == (PlayLine("harness-error", "the suite failed: oh", alone=False, seconds=0.0),)
