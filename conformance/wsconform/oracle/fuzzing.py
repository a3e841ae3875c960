"""Plays a server with Autobahn's fuzzing client and reads its two grades. Installs nothing and compares nothing.

The client runs behind the guard that servers run behind: in a process group of its own, which ends with us.
"""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from wsconform.environments.installer import tail
from wsconform.errors import OracleFailedError
from wsconform.launching import supervisor as guard
from wsconform.oracle.grades import Grades, from_index
from wsconform.oracle.tool import Tool

__all__ = ["play", "specification"]

AGENT = "server"
_GRACE = 2  # seconds from SIGTERM to SIGKILL
_CASE_BEGINS = re.compile(rb"Running test case ID (\S+) for agent ")
#: What a case may take on top of its own time limit: the closing handshake, and a machine that is slow.
_SPARE = 60.0  # seconds
_UNLIMITED = 300.0  # seconds for a case whose limit we do not know


def specification(url: str, cases: Sequence[str], directory: Path) -> dict[str, Any]:
    """What the client is told to do, in its own words; exact ids, because its patterns mean other things than ours."""
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
    begins: Callable[[str], None] = lambda _: None,
) -> Grades:
    """Play cases, one after the other as the client does, and return what it says of them.

    Args:
        tool: what to play with.
        url: the server.
        cases: ids; at least one, as the client never ends otherwise.
        limits: seconds that a case may take, by id; some of the client's cases hang for ever with some servers.
        begins: is told the id of each case when it begins.

    Raises:
        OracleFailedError: it ended early or stood still. What it printed is kept in a file that the message names.
    """
    directory = Path(tempfile.mkdtemp(prefix="wsconform-parity-"))
    (directory / "spec.json").write_text(json.dumps(specification(url, cases, directory / "reports")))
    log = directory / "wstest.log"
    try:
        status = _run(tool.command("-m", "fuzzingclient", "-s", "spec.json"), directory, log, limits, begins)
    except KeyboardInterrupt:
        shutil.rmtree(directory)
        raise
    grades = _grades(directory / "reports" / "index.json")
    if missing := [id_ for id_ in cases if id_ not in grades]:
        raise OracleFailedError(
            f"Autobahn's tool ended with status {status} and without grades of {len(missing)} of {len(cases)} cases, "
            f"the first is {missing[0]}; the end of {log}:\n{tail(log)}"
        )
    shutil.rmtree(directory)
    return grades


def _grades(index: Path) -> Grades:
    try:
        return from_index(json.loads(index.read_text("utf-8")), AGENT)
    except (OSError, ValueError, KeyError):  # it did not get so far
        return {}


def _run(
    command: Sequence[str],
    directory: Path,
    log: Path,
    limits: Mapping[str, float],
    begins: Callable[[str], None],
) -> int:
    """Run the client to its end; its status."""
    with log.open("wb") as kept, _guarded(command, directory) as process:
        assert process.stderr is not None, "as asked for"
        at = _follow(process.stderr, kept, limits, begins)
        if at is None:
            return process.wait()
    raise OracleFailedError(
        f"Autobahn's tool stands still at case {at}, as it does with some servers; leave it out with --exclude {at}. "
        f"The end of {log}:\n{tail(log)}"
    )


@contextmanager
def _guarded(command: Sequence[str], directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", guard.__file__, str(_GRACE), *command],
        cwd=directory,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,  # what the command prints
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.communicate()  # the end of its standard input is the end of the command


def _follow(
    output: IO[bytes], kept: IO[bytes], limits: Mapping[str, float], begins: Callable[[str], None]
) -> str | None:
    """Keep what the client prints and tell what it plays; the case at which it stands still, or None at its end."""
    at, rest = "", b""
    while select.select([output], [], [], limits.get(at, _UNLIMITED) + _SPARE)[0]:
        came = os.read(output.fileno(), 1 << 16)
        if not came:
            return None
        kept.write(came)
        kept.flush()
        *lines, rest = (rest + came).split(b"\n")
        for line in lines:
            if found := _CASE_BEGINS.match(line):
                at = found[1].decode()
                begins(at)
    return at
