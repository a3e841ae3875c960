"""`wsconform findings` on a run file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reports.tests.runs import result, run_of
from wsreport.model import write_run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A run in which two cases fail by one mistake."""
    path = tmp_path / "run.jsonl"
    masked = result("fail", "the server sent a masked frame")
    write_run(path, run_of({"t/s": {"1.1": masked, "1.2": masked, "1.3": "pass"}}))
    return path


def findings(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "wsconform", "findings", *arguments], capture_output=True, text=True)


def test_findings_are_printed_counted_and_written_as_json(file: Path) -> None:
    said, count, values = findings(file), findings(file, "--count"), findings(file, "--json")
    assert (said.returncode, count.returncode, values.returncode) == (1, 1, 1)
    assert said.stdout.startswith("1. Masks its frames\n")
    assert count.stdout == "1\n"
    (one,) = json.loads(values.stdout)
    assert (one["title"], one["cases"]) == ("Masks its frames", ["1.1", "1.2"])


def test_wrong_options_and_files_are_usage_errors(file: Path, tmp_path: Path) -> None:
    assert findings(file, "--json", "--count").returncode == 2
    assert findings(tmp_path / "none.jsonl").returncode == 2
    (tmp_path / "torn.jsonl").write_text("{")
    done = findings(tmp_path / "torn.jsonl")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
