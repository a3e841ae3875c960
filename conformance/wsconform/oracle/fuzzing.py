"""Play a server with Autobahn's fuzzing client, and read the grades that it writes.

A supervisor runs the client in a process group of its own, as it runs servers, and ends it when this process ends.
"""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from wsconform.environments.installer import tail
from wsconform.errors import OracleFailedError
from wsconform.oracle.grades import Grades, from_index
from wsconform.oracle.tool import Tool
from wsconform.processes.supervised import supervised

__all__ = ["play", "specification"]

AGENT = "server"
#: Bytes of the largest file that the tool can write.
_LARGEST_FILE = 256 << 20
_GRACE = 2  # seconds from SIGTERM to SIGKILL
_CASE_STARTED = re.compile(rb"Running test case ID (\S+) for agent ")
#: Seconds that a case may take in addition to its own time limit, for the closing handshake and on a slow machine.
_SPARE = 60.0
#: Seconds for a case without a time limit of ours.
_DEFAULT_LIMIT = 300.0


def specification(url: str, cases: Sequence[str], directory: Path) -> dict[str, Any]:
    """Return the client's specification file, with exact ids because its patterns differ from ours."""
    return {
        "outdir": str(directory),
        "servers": [{"agent": AGENT, "url": url}],
        "cases": list(cases),
        "exclude-cases": [],
        "exclude-agent-cases": {},
    }


def play(
    tool: Tool,
    url: str,
    cases: Sequence[str],
    *,
    limits: Mapping[str, float],
    started: Callable[[str], None] = lambda _: None,
) -> Grades:
    """Play cases one after the other and return the client's grades.

    Args:
        tool: the installed tool.
        url: the URL of the server.
        cases: the ids of the cases; at least one, since the client never ends without a case.
        limits: time limits in seconds, by case id; some of the client's cases hang forever with some servers.
        started: called with the id of each case when it starts.

    Raises:
        OracleFailedError: the client ended early or hangs. Its output is kept in a file that the message names.
    """
    directory = Path(tempfile.mkdtemp(prefix="wsconform-parity-"))
    (directory / "spec.json").write_text(json.dumps(specification(url, cases, directory / "reports")))
    log = directory / "wstest.log"
    try:
        status = _run(tool.command("-m", "fuzzingclient", "-s", "spec.json"), directory, log, limits, started)
    except KeyboardInterrupt:
        shutil.rmtree(directory)
        raise
    grades = _grades(directory / "reports" / "index.json")
    if missing := [id_ for id_ in cases if id_ not in grades]:
        raise OracleFailedError(
            f"Autobahn's tool ended with status {status} and gave no grades for {len(missing)} of {len(cases)} cases, "
            f"the first is {missing[0]}; the end of {log}:\n{tail(log)}"
        )
    shutil.rmtree(directory)
    return grades


def _grades(index: Path) -> Grades:
    try:
        return from_index(json.loads(index.read_text("utf-8")), AGENT)
    except (OSError, ValueError, KeyError):  # the client ended before it wrote its grades
        return {}


def _run(
    command: Sequence[str],
    directory: Path,
    log: Path,
    limits: Mapping[str, float],
    started: Callable[[str], None],
) -> int:
    """Run the client to its end; return its exit status."""
    with log.open("wb") as copy, _supervised(command, directory) as process:
        assert process.stderr is not None, "it is a pipe"
        hung = _follow(process.stderr, copy, limits, started)
        if hung is None:
            return process.wait()
    raise OracleFailedError(
        f"Autobahn's tool hangs in case {hung}, as it does with some servers; use --exclude {hung}. "
        f"The end of {log}:\n{tail(log)}"
    )


@contextmanager
def _supervised(command: Sequence[str], directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        supervised(command, grace=_GRACE, largest_file=_LARGEST_FILE),
        cwd=directory,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,  # the output of the command
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.communicate()  # the end of standard input ends the command


def _follow(
    output: IO[bytes], copy: IO[bytes], limits: Mapping[str, float], started: Callable[[str], None]
) -> str | None:
    """Copy the client's output and report each case that starts; return the case that hangs, or None at the end."""
    case, rest = "", b""
    while select.select([output], [], [], limits.get(case, _DEFAULT_LIMIT) + _SPARE)[0]:
        chunk = os.read(output.fileno(), 1 << 16)
        if not chunk:
            return None
        copy.write(chunk)
        copy.flush()
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if found := _CASE_STARTED.match(line):
                case = found[1].decode()
                started(case)
    return case
