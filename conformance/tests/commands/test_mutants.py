"""`wsconform mutants` on a few crooked servers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from conformance.tests.support.processes import processes_with
from wsconform.crooked import MUTANTS

COMMAND = [sys.executable, "-m", "wsconform", "mutants"]

#: Some faults of each topic, and some oddities.
SAMPLE = (
    *("vanishes", "no-upgrade", "any-method", "takes-reserved-bits", "masked-pings", "wide-0", "empty-pongs"),
    *("answers-1005", "any-text", "wrong-third", "one-at-a-time", "larger-bits", "leaves-tail", "drops-on-error"),
    *("newest-pong", "in-fragments", "closes-1000", "no-compression", "fixed-blocks", "interim-103"),
)


def mutants(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True)


@pytest.mark.slow
def test_sample_is_noticed_and_not_accused(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    done = mutants(*SAMPLE, "--profile", "fast", "--json", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(file.read_text())["profiles"]["fast"]
    assert {name: row["outcome"] for name, row in rows.items()} == {
        name: "noticed" if MUTANTS[name].is_fault else "fine" for name in SAMPLE
    }
    assert {MUTANTS[name].topic for name in SAMPLE} == {one.topic for one in MUTANTS.values()}


def test_fault_is_noticed_by_the_cases_of_its_row() -> None:
    done = mutants("masks", "--profile", "fast")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "MUST faults noticed" in done.stdout
    assert "Not noticed" not in done.stdout


@pytest.mark.parametrize(
    ("name", "message"), [("mask", "did you mean masks"), ("honest", "neither a fault nor a legal oddity")]
)
def test_other_names_are_a_usage_error(name: str, message: str) -> None:
    done = mutants(name)
    assert done.returncode == 2
    assert message in done.stderr


def test_file_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = mutants("masks", "--json", str(tmp_path / "file" / "found.json"))
    assert done.returncode == 2
    assert str(tmp_path / "file") in done.stderr
    assert "playing" not in done.stdout


def test_server_that_takes_too_long_is_unfinished() -> None:
    done = mutants("masks", "--deadline", "0.01")
    assert done.returncode == 4, done.stdout + done.stderr
    assert "Not played to the end" in done.stdout


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    environment = {"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    # Its cases mostly wait, so that it runs when it is interrupted.
    running = subprocess.Popen([*COMMAND, "mute"], stdout=subprocess.PIPE, text=True, env=environment)
    assert running.stdout is not None
    assert "playing 1 crooked server" in running.stdout.readline()
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 130
    running.stdout.close()
    # The kernel may need a moment to remove a process that was killed.
    ended = threading.Event()
    assert any(not processes_with(str(tmp_path)) or ended.wait(0.05) for _ in range(200))


#: Faults of several kinds whose first finding names their clause.
EXPLAINED = ("masks", "wide-0", "any-upgrade", "takes-rsv3", "leaves-tail")


@pytest.mark.slow
def test_findings_lead_from_failing_cases_to_the_fault(tmp_path: Path) -> None:
    """Each fault has one or two findings, of which the first names its clause; the correct server has none."""
    file = tmp_path / "found.json"
    done = mutants(*EXPLAINED, "--findings", "--json", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    control, *faults = json.loads(file.read_text())["fast"]
    assert (control["name"], control["findings"]) == ("honest", [])
    assert [row["name"] for row in faults if not row["names"] or not 1 <= len(row["findings"]) <= 2] == []
