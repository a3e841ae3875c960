"""Find tracebacks, errors and crashes in a server's log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Complaint", "complaints"]

_TRACEBACK = re.compile(r"Traceback \(most recent call last\)|^\s*\+ Exception Group Traceback")
#: A line by one of the site's loggers: level, name, message.
_RECORD = re.compile(r"^(DEBUG|INFO|WARNING|ERROR|CRITICAL) ([\w.]+): ")
#: Words that no server writes in normal operation.
_ALARMS = re.compile(
    r"Bad file descriptor|Broken pipe|ASYNC call|Segmentation|segmentation fault|!!! uWSGI|\bdied\b|DANGER"
    r"|Exception ignored|Exception happened during|Unhandled|never awaited|ResourceWarning|SIGSEGV|SIGPIPE"
    r"|^ERROR\b|^CRITICAL\b|\[(?:error|ERROR|critical|CRITICAL)\]|Connection reset by peer"
)
#: Harmless lines with such words, by uWSGI's router, about a client that resets TCP.
_HARMLESS = re.compile(r"hr_(?:ssl_)?(?:read|write)\(\): (?:Connection reset by peer|Broken pipe)")


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint in the log.

    Attributes:
        line: the line of the complaint; the last line of a traceback.
        logger: the name of the site's logger that wrote it; empty if the server did.
        traceback: it is or includes a traceback.
    """

    line: str
    logger: str = ""
    traceback: bool = False


def complaints(text: str) -> tuple[Complaint, ...]:
    """Return the complaints in a part of a log, in order."""
    return tuple(_complaints(text.splitlines()))


def _complaints(lines: list[str]) -> Iterator[Complaint]:
    n = 0
    while n < len(lines):
        line = lines[n]
        record = _RECORD.match(line)
        logger = record[2] if record else ""
        begins = n + 1 if record else n
        if begins < len(lines) and _TRACEBACK.search(lines[begins]):
            last, n = _end_of_traceback(lines, begins)
            yield Complaint(last, logger, traceback=True)
            continue
        if _ALARMS.search(line) and not _HARMLESS.search(line):
            yield Complaint(line.strip(), logger)
        n += 1


def _end_of_traceback(lines: list[str], start: int) -> tuple[str, int]:
    """Return the line that names the last exception of the chain, and the index of the line after it."""
    n, last = start, ""
    while n < len(lines):
        n, last = _end_of_one(lines, n)
        after = next((k for k in range(n, min(n + 4, len(lines))) if _TRACEBACK.search(lines[k])), None)
        between = lines[n:after] if after is not None else []
        if not any(line.startswith(("During handling", "The above exception")) for line in between):
            break
        assert after is not None
        n = after
    return last.strip(), n


def _end_of_one(lines: list[str], start: int) -> tuple[int, str]:
    n = start + 1
    while n < len(lines) and lines[n].startswith((" ", "\t")):
        n += 1
    return n + 1, lines[n] if n < len(lines) else "Traceback"
