"""The lines of a run file as frozen values; knows neither files nor what makes a run whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from wsreport.codec import DecodeError, decode, encode

__all__ = [
    "BEHAVIORS",
    "BEHAVIORS_CLOSE",
    "CELL_STATUSES",
    "FORMAT",
    "LEVELS",
    "OWNERS",
    "RECORDS",
    "RUN_STATUSES",
    "VERDICTS",
    "WIRE_OCTETS",
    "Attribution",
    "CaseInfo",
    "CellEnd",
    "CellStart",
    "ClauseRef",
    "Control",
    "Footer",
    "Grades",
    "Header",
    "Plan",
    "PlannedCell",
    "Play",
    "Record",
    "Result",
    "Shard",
    "Suite",
    "WireEntry",
]

#: The version of the run file; any change of a field's name or meaning raises it.
FORMAT = 1
#: Of a wire entry's payload so many octets are kept.
WIRE_OCTETS = 64

LEVELS = ("MUST", "SHOULD", "MAY")
#: From best to worst as far as the peer is judged; then those that say nothing of the peer.
VERDICTS = (
    "pass",
    "info",
    "declined",
    "non-strict",
    "fail",
    "crash",
    "timeout",
    "setup-error",
    "harness-error",
    "not-run",
)
BEHAVIORS = ("OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED", "FAILED")
BEHAVIORS_CLOSE = ("OK", "FAILED", "UNCLEAN", "WRONG CODE", "FAILED BY CLIENT", "INFORMATIONAL")
CELL_STATUSES = ("complete", "crashed", "interrupted", "setup-error", "unsupported", "not-run")
#: Whose a failure is. ``together``: each is right without the other, so it is the library's part for this server.
OWNERS = ("library", "server", "both", "together")
RUN_STATUSES = ("complete", "interrupted")


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name}: {value!r} is none of {', '.join(allowed)}")


class _Json:
    """A value with a JSON form."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """Give the JSON object of this value, every field present."""
        data: dict[str, Any] = encode(self)
        return data

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Build the value from what ``to_json`` gave.

        Raises:
            DecodeError: A field is missing, unknown or wrong.

        """
        return decode(cls, data)


class Record(_Json):
    """A value that is a line of the run file; its JSON form says which ``kind``."""

    __slots__ = ()
    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Give the JSON object of this line, ``kind`` first."""
        return {"kind": self.kind, **encode(self)}

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Build the record from what ``to_json`` gave.

        Raises:
            DecodeError: The kind is another one, or a field is missing, unknown or wrong.

        """
        if not isinstance(data, dict) or data.get("kind") != cls.kind:
            raise DecodeError(f"kind: {cls.kind!r} is needed")
        return decode(cls, {name: item for name, item in data.items() if name != "kind"})


@dataclass(frozen=True, slots=True)
class PlannedCell(_Json):
    """A target on a server that is to be played; ``id`` is usually ``target/server``.

    ``options`` are the words of the command line that choose it, versions included.
    """

    id: str
    target: str
    server: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shard(_Json):
    """Which part of a larger plan this is: the ``index``-th of ``count``, from 1; ``whole`` is the digest of it all."""

    index: int
    count: int
    whole: str

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.count:
            raise ValueError(f"shard: {self.index} of {self.count} is none")


@dataclass(frozen=True, slots=True)
class Plan(_Json):
    """Which cases are to be played on which cells: each case on each cell, once.

    ``digest`` identifies the plan, whatever it is a part of; left empty it is computed from the other fields.
    """

    cells: tuple[PlannedCell, ...]
    cases: tuple[str, ...]
    profile: str = "standard"
    shard: Shard | None = None
    digest: str = ""

    def __post_init__(self) -> None:
        if not self.digest:
            content = json.dumps([encode(self.cells), self.cases, self.profile], separators=(",", ":"))
            object.__setattr__(self, "digest", hashlib.sha256(content.encode()).hexdigest())

    def part(self, index: int, count: int) -> Plan:
        """Give the ``index``-th of ``count`` parts; cells are dealt out like cards.

        Raises:
            ValueError: There is no such part, or a part would have no cell.

        """
        shard = Shard(index, count, self.digest)
        if count > len(self.cells):
            raise ValueError(f"{len(self.cells)} cell(s) cannot be dealt out to {count} shards")
        return Plan(self.cells[index - 1 :: count], self.cases, self.profile, shard)


@dataclass(frozen=True, slots=True)
class Suite(_Json):
    """Which suite played: its name, version and, where it is known, commit."""

    name: str
    version: str
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Header(Record):
    """The first line: who plays what, on which machine, since when (RFC 3339, UTC)."""

    kind: ClassVar[str] = "header"

    suite: Suite
    started: str
    plan: Plan
    seed: int = 0
    machine: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise ValueError(f"format: {self.format} is not {FORMAT}, the one that is understood")


@dataclass(frozen=True, slots=True)
class ClauseRef(_Json):
    """A sentence of a standard that a case tests: id, section, text in our words."""

    id: str
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class CaseInfo(Record):
    """The description of a case, as it is printed: one line of text per step."""

    kind: ClassVar[str] = "case"

    id: str
    title: str
    family: str
    level: str = "MUST"
    sends: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()
    closing: str = ""
    clauses: tuple[ClauseRef, ...] = ()
    informational: bool = False

    def __post_init__(self) -> None:
        _one_of("level", self.level, LEVELS)


@dataclass(frozen=True, slots=True)
class CellStart(Record):
    """A cell begins. ``target`` and ``server`` have at least ``name``; ``round_trip`` is in seconds."""

    kind: ClassVar[str] = "cell"

    cell: str
    target: dict[str, str]
    server: dict[str, str]
    url: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    round_trip: float | None = None
    concurrency: int = 1


@dataclass(frozen=True, slots=True)
class Grades(_Json):
    """The words that Autobahn's testsuite has for the same conversation."""

    behavior: str
    behaviorClose: str  # noqa: N815  the field name that Autobahn's index.json has

    def __post_init__(self) -> None:
        _one_of("behavior", self.behavior, BEHAVIORS)
        _one_of("behaviorClose", self.behaviorClose, BEHAVIORS_CLOSE)


@dataclass(frozen=True, slots=True)
class Play(_Json):
    """One play of a case: ``alone`` when nothing else was played at the same time."""

    verdict: str
    reason: str = ""
    alone: bool = False
    seconds: float = 0.0

    def __post_init__(self) -> None:
        _one_of("verdict", self.verdict, VERDICTS)


@dataclass(frozen=True, slots=True)
class WireEntry(_Json):
    """What went over the wire ``at`` seconds after the connection began.

    ``octets`` is hexadecimal and is cut to ``WIRE_OCTETS`` octets; ``size`` is the whole number.
    """

    at: float
    from_: str
    what: str
    octets: str = ""
    size: int = 0

    def __post_init__(self) -> None:
        _one_of("from", self.from_, ("us", "peer"))
        object.__setattr__(self, "octets", bytes.fromhex(self.octets)[:WIRE_OCTETS].hex())


@dataclass(frozen=True, slots=True)
class Control(_Json):
    """The same conversation with a part of the cell in another's place, to see whose failure it is."""

    name: str
    verdict: str
    reason: str = ""

    def __post_init__(self) -> None:
        _one_of("verdict", self.verdict, VERDICTS)


@dataclass(frozen=True, slots=True)
class Result(Record):
    """What came of a case on a cell. ``clauses`` are the broken ones; times are in seconds."""

    kind: ClassVar[str] = "result"

    cell: str
    case: str
    verdict: str
    grades: Grades | None = None
    reason: str = ""
    clauses: tuple[ClauseRef, ...] = ()
    seconds: float = 0.0
    started: float = 0.0
    plays: tuple[Play, ...] = ()
    expected: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()
    closing: str = ""
    local_port: int | None = None
    wire: tuple[WireEntry, ...] = ()

    def __post_init__(self) -> None:
        _one_of("verdict", self.verdict, VERDICTS)


@dataclass(frozen=True, slots=True)
class Attribution(Record):
    """Whose failure a result is, one of ``OWNERS``, and the controls that say so."""

    kind: ClassVar[str] = "attribution"

    cell: str
    case: str
    owner: str
    controls: tuple[Control, ...] = ()

    def __post_init__(self) -> None:
        _one_of("owner", self.owner, OWNERS)


@dataclass(frozen=True, slots=True)
class CellEnd(Record):
    """A cell is over. ``seconds`` of playing; ``server_cpu`` in seconds; ``log`` is the server's.

    The last two are of the server on which conversations were played; raw cases are played on others.
    """

    kind: ClassVar[str] = "cell-end"

    cell: str
    status: str
    reason: str = ""
    seconds: float = 0.0
    server_cpu: float | None = None
    log: str = ""

    def __post_init__(self) -> None:
        _one_of("status", self.status, CELL_STATUSES)


@dataclass(frozen=True, slots=True)
class Footer(Record):
    """The last line; without it a run is not whole."""

    kind: ClassVar[str] = "footer"

    finished: str
    status: str
    seconds: float
    counts: dict[str, dict[str, int]]
    digest: str

    def __post_init__(self) -> None:
        _one_of("status", self.status, RUN_STATUSES)


#: The class of each kind of line.
RECORDS: dict[str, type[Record]] = {
    cls.kind: cls for cls in (Header, CaseInfo, CellStart, Result, Attribution, CellEnd, Footer)
}
