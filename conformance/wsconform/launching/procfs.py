"""Read /proc: the processes of a group and what they use, and which connections a process holds.

Every function returns None where there is no /proc.
"""

import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = [
    "connection_is_held",
    "cpu_seconds",
    "descriptors",
    "forget_memory_peak",
    "members",
    "memory_peak",
    "threads",
]

_PROC = Path("/proc")

# Positions in /proc/PID/stat after the name, see proc(5); the last two times are of children that were waited for.
_TIMES = slice(11, 15)
_THREADS = 17

# What /proc/PID/status says of memory, and what to write into /proc/PID/clear_refs, see proc(5).
_PEAK = re.compile(r"^VmHWM:\s*(\d+) kB$", re.MULTILINE)
_FORGET_PEAK = "5"

# Position in a row of /proc/net/tcp, see proc(5).
_INODE = 9


def members(group: int) -> tuple[int, ...] | None:
    """Return the process ids of a group, zombies included."""
    return tuple(pid for pid, _ in _statistics(group)) if _available() else None


def cpu_seconds(group: int) -> float | None:
    """Return user and system time that a group has used so far, in seconds."""
    if not _available():
        return None
    ticks = sum(int(value) for _, fields in _statistics(group) for value in fields[_TIMES])
    return ticks / os.sysconf("SC_CLK_TCK")


def descriptors(group: int) -> int | None:
    """Return how many files and sockets a group has open."""
    if not _available():
        return None
    return sum(_count(_PROC / str(pid) / "fd") for pid, _ in _statistics(group))


def threads(group: int) -> int | None:
    """Return how many threads a group has, at least one per process, zombies included."""
    if not _available():
        return None
    return sum(int(fields[_THREADS]) for _, fields in _statistics(group))


def memory_peak(group: int) -> int | None:
    """Return the most resident memory that each process of a group has had, added up, in bytes."""
    if not _available():
        return None
    return sum(_memory_peak(pid) for pid, _ in _statistics(group))


def forget_memory_peak(group: int) -> None:
    """Set the peak of each process of a group to what it has now, where the kernel and our rights allow it."""
    for pid, _ in _statistics(group) if _available() else ():
        with suppress(OSError):
            (_PROC / str(pid) / "clear_refs").write_text(_FORGET_PEAK)


def connection_is_held(host: str, port: int, peer_port: int) -> bool | None:
    """Tell whether a process holds the end at `host` and `port` of a connection from `peer_port` of the same host.

    A closed connection that the kernel keeps until it has finished or timed out is not held.
    """
    try:
        table = (_PROC / "net" / "tcp").read_text()
    except OSError:
        return None
    # Thousands of its rows may be about connections that have ended, so only the row in question is split.
    ends = f" {_end(host, port)} {_end(host, peer_port)} "
    rows = (row.split() for row in table.splitlines() if ends in row)
    return any(row[_INODE] != "0" for row in rows)


def _available() -> bool:
    return (_PROC / "self" / "stat").exists()


def _statistics(group: int) -> Iterator[tuple[int, list[str]]]:
    for pid in [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]:
        try:
            if os.getpgid(pid) != group:  # cheaper than a look into the files of every process
                continue
            text = (_PROC / str(pid) / "stat").read_text()
        except OSError:  # it ended while we looked
            continue
        # The name is in parentheses and may hold anything, parentheses included.
        yield pid, text.rpartition(")")[2].split()


def _memory_peak(pid: int) -> int:
    try:
        text = (_PROC / str(pid) / "status").read_text()
    except OSError:  # it ended while we looked
        return 0
    found = _PEAK.search(text)  # a zombie has none
    return int(found[1]) * 1024 if found else 0


def _count(directory: Path) -> int:
    try:
        return sum(1 for _ in directory.iterdir())
    except OSError:  # it ended while we looked
        return 0


def _end(host: str, port: int) -> str:
    """Return an IPv4 address and a port as the table writes them: the address in this machine's byte order."""
    return f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"
