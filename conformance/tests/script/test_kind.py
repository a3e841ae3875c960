"""Scripts in the run file: each line is valid, and says what was judged."""

import dataclasses

from conformance.tests.support.run_files import CELL, written
from wsconform.cases import SCRIPT_CASES
from wsconform.model import Judgement, Side, Verdict
from wsconform.play import Outcome, Play
from wsconform.script import steps
from wsconform.script.events import EndSeen, Observation, ScriptTranscript, UpgradeSeen
from wsconform.script.judge import judge_script
from wsconform.script.kind import info, result
from wsconform.wire.log import WireRecord
from wsreport.model import Play as PlayLine
from wsreport.model import read_run, validate

WIRE = (
    WireRecord(0.00000149, Side.US, "TEXT 125", b"\x81\xfd" + bytes(70), 131),
    WireRecord(0.25, Side.PEER, "CLOSE 2", b"\x88\x02\x03\xe8", 4),
)


def outcome(case, transcript, *, plays=1):
    """What is said of a script that was played this many times, with the same transcript."""
    play = Play(judge_script(case, transcript), alone=True, started=0.5, transcript=transcript)
    return Outcome(case, play, (play,) * plays)


def test_all_scripts_make_a_valid_run_file(tmp_path):
    outcomes = [outcome(case, ScriptTranscript(wire=WIRE, log="DANGER")) for case in SCRIPT_CASES.values()]
    path = written(tmp_path / "run.jsonl", outcomes)
    assert validate(path) == ()
    run = read_run(path)
    assert run.complete, run.problems
    assert list(run.cells[CELL].results) == list(SCRIPT_CASES)


def test_a_script_is_described_with_its_steps_in_order():
    line = info(SCRIPT_CASES["W.1.1"])
    assert (line.id, line.family, line.level, line.informational) == ("W.1.1", "W", "MUST", False)
    assert line.sends == ("1. opening handshake for /echo", '3. message "Hello"', "5. Close 1000")
    assert [line.partition(".")[0] for line in line.expects] == ["2", "4", "6", "7"]
    assert line.closing.startswith("the server releases the connections")
    assert line.clauses[0].id == "wsgi-nothing-after"


SEEN = ScriptTranscript(
    observations=(Observation(1, 0.1, UpgradeSeen(key="a key")), Observation(6, 0.25, EndSeen(steps.End.FIN))),
    wire=WIRE,
    log="a line\nTraceback (most recent call last):\n  File\nOSError: oh\n",
    local_port=4711,
    seconds=0.123456,
)


def test_what_a_script_left_is_recorded_with_the_log_that_complains():
    line = result(CELL, outcome(SCRIPT_CASES["W.1.1"], SEEN, plays=2))
    assert (line.cell, line.case, line.verdict, line.grades) == (CELL, "W.1.1", "fail", None)
    assert line.reason.startswith("step 2: 101 with the accept value None")
    assert (line.seconds, line.started, line.local_port) == (0.1235, 0.5, 4711)
    assert line.observed == (
        "0.100 s: 2. 101",
        "0.250 s: 7. the server closed the connection with FIN",
        "log: a line",
        "log: Traceback (most recent call last):",
        "log:   File",
        "log: OSError: oh",
    )
    assert line.closing == "the server was running and served requests"
    assert line.plays == (PlayLine("fail", line.reason, alone=True, seconds=0.1235),) * 2
    assert [entry.what for entry in line.wire] == ["TEXT 125", "CLOSE 2"]


def test_a_script_that_passed_carries_neither_wire_nor_log():
    play = Play(Judgement(Verdict.PASS), alone=True, started=0.0, transcript=SEEN)
    line = result(CELL, Outcome(SCRIPT_CASES["W.1.1"], play, (play,)))
    assert line.wire == ()
    assert not any(text.startswith("log: ") for text in line.observed)


def test_a_script_that_was_not_played_has_nothing_to_show():
    play = Play(Judgement(Verdict.INFO, "needs 3 connections at once"), alone=True, started=0.0)
    line = result(CELL, Outcome(SCRIPT_CASES["W.8.2"], play, (play,)))
    assert (line.verdict, line.observed, line.closing, line.wire, line.seconds) == ("info", (), "", (), 0.0)


def test_the_state_of_a_server_that_is_not_well_is_told():
    ill = dataclasses.replace(SEEN, alive=False, serves=False, held=(1, 2))
    line = result(CELL, outcome(SCRIPT_CASES["W.1.1"], ill))
    assert (
        line.closing
        == "the server was not running and did not serve requests and still held connections from the ports 1, 2"
    )
