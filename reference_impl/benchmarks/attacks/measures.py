"""Read what the processes of a server hold and use, from /proc (Linux)."""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Growth", "Held", "cpu_seconds", "family", "held", "holds_connection", "peak_growth", "resident", "until"]

_PROC = Path("/proc")
_RSS, _PEAK = "VmRSS", "VmHWM"
_FORGET_PEAK = "5"  # for /proc/PID/clear_refs, see proc(5)
# Lines that servers write for each request.
_ACCESS = re.compile(r'"[A-Z]+ \S+( HTTP/[\d.]+)?"|\[pid: \d+\|app')


@dataclass(frozen=True, slots=True)
class Held:
    """What a server holds at one moment."""

    descriptors: int
    threads: int
    log_lines: int


def family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    parents = {int(entry.name): _parent(entry) for entry in _PROC.iterdir() if entry.name.isdigit()}
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended
        return 0


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a process and its descendants."""
    ticks = 0
    for each in family(pid):
        with suppress(OSError):
            fields = (_PROC / str(each) / "stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def held(pid: int, log: Path) -> Held:
    """Count descriptors and threads of a process and its descendants, and the lines that it has logged."""
    descriptors = threads = 0
    for each in family(pid):
        with suppress(OSError):
            descriptors += sum(1 for _ in (_PROC / str(each) / "fd").iterdir())
            threads += sum(1 for _ in (_PROC / str(each) / "task").iterdir())
    lines = log.read_text(errors="replace").splitlines()
    return Held(descriptors, threads, sum(_ACCESS.search(line) is None for line in lines))


def holds_connection(port: int, peer_port: int) -> bool:
    """Tell whether a process holds the server's end of a connection; the kernel may finish with it later."""
    ends = tuple(
        f"{int.from_bytes(socket.inet_aton('127.0.0.1'), sys.byteorder):08X}:{each:04X}" for each in (port, peer_port)
    )
    rows = (row.split() for row in (_PROC / "net" / "tcp").read_text().splitlines()[1:])
    return any((row[1], row[2]) == ends and row[9] != "0" for row in rows)


def until(condition: Callable[[], bool], patience: float) -> float | None:
    """Return the seconds until something is so; None if it is not in time."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > patience:
            return None
        time.sleep(0.02)
    return time.monotonic() - began


@dataclass(slots=True)
class Growth:
    """How much memory a server took at most, in addition to what it had; complete when measuring has ended.

    Attributes:
        octets: the most at any moment.
        left: what it still has at the end.
    """

    octets: int = field(default=0)
    left: int = field(default=0)


@contextmanager
def peak_growth(pid: int, since: int | None = None) -> Iterator[Growth]:
    """Measure how the memory of a process and its descendants grows during a block.

    Args:
        pid: of the process.
        since: what `resident` has returned earlier; None: now. A process may keep what it has freed, and use it
            again without growing.
    """
    for each in family(pid):
        with suppress(OSError):  # then an earlier peak may count, which is said to be too much and not too little
            (_PROC / str(each) / "clear_refs").write_text(_FORGET_PEAK)
    before = resident(pid) if since is None else since
    growth = Growth()
    try:
        yield growth
    finally:
        growth.octets = max(0, _memory(pid, _PEAK) - before)
        growth.left = max(0, resident(pid) - before)


def resident(pid: int) -> int:
    """Return how many octets of memory a process and its descendants have."""
    return _memory(pid, _RSS)


def _memory(pid: int, name: str) -> int:
    total = 0
    for each in family(pid):
        with suppress(OSError):
            found = re.search(rf"^{name}:\s+(\d+) kB", (_PROC / str(each) / "status").read_text(), re.MULTILINE)
            total += int(found[1]) * 1024 if found else 0
    return total
