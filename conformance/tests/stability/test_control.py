"""The suite itself is not flaky: against a correct server, no verdict changes, also while all processors are busy.

A server that is itself racy is seen as flaky by the same means, see `conversation/playing/test_runner.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.tests.support.processes import crooked_process
from wsreport.model import read_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture
def _busy() -> Iterator[None]:
    """Keep every processor busy with a process that competes with the suite and the server."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


@pytest.mark.usefixtures("_busy")
@pytest.mark.parametrize(("profile", "repeat"), [("fast", 20), ("standard", 2)])
def test_no_verdict_changes_against_the_control_under_load(profile: str, repeat: int, tmp_path: Path) -> None:
    with crooked_process("honest") as server:
        options = "--profile", profile, "--repeat", str(repeat), "--output", str(tmp_path)
        subprocess.run([sys.executable, "-m", "wsconform", "run", server.url, *options], check=False)
    run = read_run(tmp_path / "run.jsonl")
    assert run.complete, run.problems
    (cell,) = run.cells.values()
    # All plays are compared, also those that do not count.
    verdicts = {case: {play.verdict for play in result.plays} for case, result in cell.results.items()}
    assert {case: found for case, found in verdicts.items() if len(found) > 1} == {}
    assert {len(result.plays) for result in cell.results.values()} == {repeat}
