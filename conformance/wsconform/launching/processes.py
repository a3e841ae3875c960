"""What /proc tells of a process group: who is in it and what it has used. Ends nobody."""

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["cpu_seconds", "descriptors", "members", "threads"]

_PROC = Path("/proc")

# Positions in /proc/PID/stat after the name, see proc(5); the last two are of children that were waited for.
_GROUP = 2
_TIMES = slice(11, 15)
_THREADS = 17


def members(group: int) -> tuple[int, ...] | None:
    """Return the process ids of a group, zombies included; None where there is no /proc."""
    return tuple(pid for pid, _ in _statistics(group)) if _available() else None


def cpu_seconds(group: int) -> float | None:
    """Return user and system time of a group so far, in seconds; None where there is no /proc."""
    if not _available():
        return None
    ticks = sum(int(value) for _, fields in _statistics(group) for value in fields[_TIMES])
    return ticks / os.sysconf("SC_CLK_TCK")


def descriptors(group: int) -> int | None:
    """Return how many files and sockets a group has open; None where there is no /proc."""
    if not _available():
        return None
    return sum(_count(_PROC / str(pid) / "fd") for pid, _ in _statistics(group))


def threads(group: int) -> int | None:
    """Return how many threads a group has, at least one per process, zombies included; None without /proc."""
    if not _available():
        return None
    return sum(int(fields[_THREADS]) for _, fields in _statistics(group))


def _available() -> bool:
    return (_PROC / "self" / "stat").exists()


def _statistics(group: int) -> Iterator[tuple[int, list[str]]]:
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_text()
        except OSError:  # it ended while we looked
            continue
        # The name is in parentheses and may hold anything, parentheses included.
        fields = text.rpartition(")")[2].split()
        if int(fields[_GROUP]) == group:
            yield int(entry.name), fields


def _count(directory: Path) -> int:
    try:
        return sum(1 for _ in directory.iterdir())
    except OSError:  # it ended while we looked
        return 0
