"""Run a command below `supervisor.py`, with limits for its time, output and memory."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["LARGEST_MEMORY", "Ended", "left_behind", "run", "supervised"]

#: Bytes that a process of a build or a probe may take: more than any compiler needs.
LARGEST_MEMORY = 4 << 30

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_GRACE = 2.0  # seconds between SIGTERM and SIGKILL
# After the grace period the supervisor needs only so long to kill and await what is left.
_SUPERVISOR_ENDS_WITHIN = 20.0  # seconds
_LEFT_BEHIND = b"left behind: "


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended.

    Attributes:
        status: its exit status, or 128 + N if signal N ended it; 127 if it could not be started.
        stopped: why we stopped it; empty if it ended by itself.
        left_behind: the processes that it left behind, which were killed: ids and names.
    """

    status: int
    stopped: str = ""
    left_behind: tuple[str, ...] = ()


def supervised(command: Sequence[str], *, grace: float, largest_file: int = 0, memory: int = 0) -> list[str]:
    """Return the command line that runs a command below the supervisor.

    Args:
        command: the command.
        grace: seconds between SIGTERM and SIGKILL.
        largest_file: bytes of the largest file that it can write; 0 for no limit.
        memory: bytes that each of its processes may take for its data; 0 for no limit.
    """
    limits = str(grace), str(largest_file), str(memory)
    return [sys.executable, "-I", "-S", str(_SUPERVISOR), *limits, *command]


def left_behind(answer: bytes) -> tuple[str, ...]:
    """Return the processes that the supervisor's answer, what it wrote on standard output, says were left behind."""
    lines = (line for line in answer.splitlines() if line.startswith(_LEFT_BEHIND))
    return tuple(line.removeprefix(_LEFT_BEHIND).decode(errors="replace") for line in lines)


def run(
    command: Sequence[str],
    log: IO[bytes],
    *,
    within: float,
    largest_log: int,
    memory: int = LARGEST_MEMORY,
    environment: Mapping[str, str] | None = None,
    keep_open: Sequence[int] = (),
) -> Ended:
    """Run a command to its end, or stop it with all its descendants.

    Args:
        command: the command.
        log: gets its output, appended; opened for binary writing.
        within: seconds that it may take.
        largest_log: bytes that the log may have.
        memory: bytes that each of its processes may take for its data.
        environment: its environment variables; None for ours.
        keep_open: descriptors that stay open until the last of its processes has ended, such as a lock's.

    Raises:
        OSError: the log cannot be written; the command is stopped.
    """
    with subprocess.Popen(
        supervised(command, grace=_GRACE, memory=memory),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        pass_fds=keep_open,
        start_new_session=True,
    ) as supervisor:
        assert supervisor.stdin, "it is a pipe"
        assert supervisor.stdout, "it is a pipe"
        assert supervisor.stderr, "it is a pipe"
        output = supervisor.stderr.fileno()
        try:
            stopped = _copy(output, log, within, largest_log)
        finally:
            supervisor.stdin.close()  # if the command still runs, it is stopped
        if not _drained(output):
            supervisor.kill()
        answer = supervisor.stdout.read()
    return Ended(supervisor.returncode, stopped, left_behind(answer))


def _copy(output: int, log: IO[bytes], within: float, largest: int) -> str:
    """Copy output to its end; return why it was not copied to its end, if it was not."""
    deadline = time.monotonic() + within
    while select.select([output], [], [], max(0.0, deadline - time.monotonic()))[0]:
        data = os.read(output, 1 << 16)
        if not data:
            return ""
        room = max(0, largest - log.tell())
        log.write(data[:room])
        log.flush()
        if len(data) > room:
            return f"its log became larger than {largest / (1 << 20):g} MiB"
        if time.monotonic() > deadline:  # it never pauses
            break
    return f"it did not end in {within:g} s"


def _drained(output: int) -> bool:
    """Read output to its end, which comes when the supervisor has ended everything; return whether it came in time."""
    deadline = time.monotonic() + _GRACE + _SUPERVISOR_ENDS_WITHIN
    while (left := deadline - time.monotonic()) > 0:
        if select.select([output], [], [], left)[0] and not os.read(output, 1 << 16):
            return True
    return False
