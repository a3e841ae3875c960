"""`wsconform doctor` on this machine, whatever is installed on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from wsconform.servers import SERVERS

#: Nothing listens there, so that the test needs no network.
INDEX = "http://me:secret@127.0.0.1:1/simple"


def doctor(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "UV_DEFAULT_INDEX": INDEX, "PIP_INDEX_URL": INDEX}
    command = [sys.executable, "-m", "wsconform", "doctor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_report_ends_with_the_servers_and_shows_no_credentials() -> None:
    done = doctor()
    assert done.returncode == 0, done.stderr
    assert "can be started" in done.stdout.splitlines()[-1]
    assert "missing  package index: " in done.stdout
    assert "secret" not in done.stdout + done.stderr


def test_json_names_servers_of_the_table() -> None:
    done = doctor("--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "runserver" in found["servers"]
    assert set(found["servers"]) <= set(SERVERS)
    assert {finding["status"] for finding in found["findings"]} <= {"ok", "missing", "unknown"}


def test_unknown_option_is_a_usage_error() -> None:
    assert doctor("--jsn").returncode == 2
