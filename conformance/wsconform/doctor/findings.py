"""What is checked on a machine, what was found, and how it is reported. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

__all__ = ["Check", "Finding", "Status", "describe", "to_json"]

#: "unknown": the probe did not end in time.
Status = Literal["ok", "missing", "unknown"]

_SHOWN = 4  # names of servers in a line
_INDENT = " " * 9


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look for on a machine.

    Attributes:
        name: what is looked for.
        probe: looks for it and returns a detail, such as a path; raises ConformanceError if it is missing.
        effect: what cannot be done without it, in addition to testing `servers`.
        remedy: the command that brings it; empty if there is none.
        servers: the servers that cannot be started without it.
    """

    name: str
    probe: Callable[[], str]
    effect: str = ""
    remedy: str = ""
    servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check.

    Attributes:
        name: what was looked for.
        status: whether it is there.
        detail: where it is, or why it is missing.
        effect: what cannot be done without it; empty if it is there.
        remedy: the command that brings it; empty if it is there or if there is no such command.
        servers: the servers that cannot be started without it; empty if it is there.
    """

    name: str
    status: Status
    detail: str
    effect: str = ""
    remedy: str = ""
    servers: tuple[str, ...] = ()

    @classmethod
    def of(cls, check: Check, status: Status, detail: str) -> Finding:
        """Return the finding of a check."""
        if status == "ok":
            return cls(check.name, status, detail)
        return cls(check.name, status, detail, check.effect, check.remedy, check.servers)


def describe(findings: Sequence[Finding], servers: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a report.

    Args:
        findings: what was found.
        servers: the names of all servers.
    """
    for finding in findings:
        yield f"{finding.status:<8} {finding.name}: {finding.detail}"
        if finding.servers:
            yield f"{_INDENT}cannot be started: {_count(finding.servers)}"
        if finding.effect:
            yield f"{_INDENT}{finding.effect}"
        if finding.remedy:
            yield f"{_INDENT}to get it: {finding.remedy}"
    yield ""
    yield _summary(findings, servers)


def to_json(findings: Sequence[Finding], servers: Sequence[str]) -> str:
    """Return the findings as a JSON object, with the names of the servers that can be started."""
    content = {"findings": [asdict(finding) for finding in findings], "servers": _startable(findings, servers)}
    return json.dumps(content, indent=2)


def _summary(findings: Sequence[Finding], servers: Sequence[str]) -> str:
    there = _startable(findings, servers)
    if len(there) == len(servers):
        return f"All {len(servers)} servers can be started."
    lacking = [name for name in servers if name not in there]
    return f"{len(there)} of {len(servers)} servers can be started; not {_names(lacking)}."


def _startable(findings: Sequence[Finding], servers: Sequence[str]) -> list[str]:
    lacking = {name for finding in findings for name in finding.servers}
    return [name for name in servers if name not in lacking]


def _count(servers: Sequence[str]) -> str:
    return f"{len(servers)} server{'s' * (len(servers) != 1)} ({_names(servers)})"


def _names(servers: Sequence[str]) -> str:
    more = len(servers) - _SHOWN
    return ", ".join(servers) if more <= 0 else f"{', '.join(servers[:_SHOWN])} and {more} more"
