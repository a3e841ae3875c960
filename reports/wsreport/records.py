"""The lines of a run file as frozen values."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Self, get_args

from wsreport.codec import DecodeError, decode, encode

__all__ = [
    "BEHAVIORS",
    "BEHAVIORS_CLOSE",
    "BINDINGS",
    "CELL_STATUSES",
    "FORMAT",
    "LEVELS",
    "OWNERS",
    "PASSING",
    "RECORDS",
    "RUN_STATUSES",
    "VERDICTS",
    "WIRE_OCTETS",
    "Attribution",
    "Behavior",
    "BehaviorClose",
    "Binding",
    "CaseInfo",
    "CellEnd",
    "CellStart",
    "CellStatus",
    "ClauseRef",
    "Control",
    "Footer",
    "Grades",
    "Header",
    "Level",
    "Owner",
    "Plan",
    "PlannedCell",
    "Play",
    "Record",
    "Result",
    "RunStatus",
    "Shard",
    "Suite",
    "Verdict",
    "WireEntry",
]

Format = Literal[3]
#: The version of the run file. Any change of a field's name or meaning raises it; `upgrade` reads the older ones.
FORMAT: Format = 3
#: The number of octets kept of a wire entry's payload.
WIRE_OCTETS = 64

Level = Literal["MUST", "SHOULD", "MAY"]
#: From best to worst as far as the peer is judged; then the ones that say nothing about the peer in this case.
Verdict = Literal["pass", "info", "declined", "non-strict", "fail", "crash", "not-run", "harness-error"]
#: How a sentence of the API contract binds the judged target: its own documentation promises it, others have told
#: its users so, or only the reference promises it.
Binding = Literal["promised", "implied", "ours"]
Behavior = Literal["OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED", "FAILED"]
BehaviorClose = Literal["OK", "FAILED", "UNCLEAN", "WRONG CODE", "FAILED BY CLIENT", "INFORMATIONAL"]
CellStatus = Literal["complete", "crashed", "interrupted", "setup-error", "unsupported", "not-run"]
#: Which part a failure belongs to. `together`: each is right without the other, so look at the library's code for
#: this server.
Owner = Literal["library", "server", "both", "together"]
RunStatus = Literal["complete", "interrupted"]

LEVELS: tuple[Level, ...] = get_args(Level)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
#: The verdicts of a play that passed.
PASSING: tuple[Verdict, ...] = ("pass", "info", "declined")
BINDINGS: tuple[Binding, ...] = get_args(Binding)
BEHAVIORS: tuple[Behavior, ...] = get_args(Behavior)
BEHAVIORS_CLOSE: tuple[BehaviorClose, ...] = get_args(BehaviorClose)
CELL_STATUSES: tuple[CellStatus, ...] = get_args(CellStatus)
OWNERS: tuple[Owner, ...] = get_args(Owner)
RUN_STATUSES: tuple[RunStatus, ...] = get_args(RunStatus)


class _Json:
    """A value with a JSON form."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of this value, with every field.

        Raises:
            EncodeError: a field has a word that its annotation does not have.
        """
        data: dict[str, Any] = encode(self)
        return data

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Build the value from its JSON object.

        Args:
            data: the object, as `to_json` returns it.

        Raises:
            DecodeError: a field is missing, unknown or wrong.
        """
        return decode(cls, data)


class Record(_Json):
    """A value that is a line of the run file.

    Attributes:
        kind: which kind of line; the first name in its JSON object.
    """

    __slots__ = ()
    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of this line, `kind` first.

        Raises:
            EncodeError: a field has a word that its annotation does not have.
        """
        return {"kind": self.kind, **encode(self)}

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Build the record from its JSON object.

        Args:
            data: the object, as `to_json` returns it.

        Raises:
            DecodeError: the kind is another one, or a field is missing, unknown or wrong.
        """
        if not isinstance(data, dict) or data.get("kind") != cls.kind:
            raise DecodeError(f"kind: expected {cls.kind!r}")
        return decode(cls, {name: item for name, item in data.items() if name != "kind"})


@dataclass(frozen=True, slots=True)
class PlannedCell(_Json):
    """A target on a server that is to be played.

    Attributes:
        id: usually `target/server`.
        options: the words of the command line that choose it, with versions; of `run`, without secrets. They begin
            with the command if that is neither `run` nor `matrix`.
    """

    id: str
    target: str
    server: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shard(_Json):
    """Which part of a larger plan a plan is.

    Attributes:
        index: the number of this part, from 1.
        count: the number of parts.
        whole: the digest of the whole plan.
    """

    index: int
    count: int
    whole: str

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.count:
            raise ValueError(f"shard: there is no shard {self.index} of {self.count}")


@dataclass(frozen=True, slots=True)
class Plan(_Json):
    """The cases to be played on the cells: each case on each cell.

    Attributes:
        repeat: how often each case is played; with more than once, all plays count.
        shard: None if the plan is whole.
        digest: identifies the plan; computed from the other fields if it is left empty.
    """

    cells: tuple[PlannedCell, ...]
    cases: tuple[str, ...]
    profile: str = "standard"
    repeat: int = 1
    shard: Shard | None = None
    digest: str = ""

    def __post_init__(self) -> None:
        if self.repeat < 1:
            raise ValueError(f"repeat: cases cannot be played {self.repeat} times")
        if not self.digest:
            repeat = [self.repeat] if self.repeat > 1 else []  # plans of format 2 keep their digests
            content = json.dumps([encode(self.cells), self.cases, self.profile, *repeat], separators=(",", ":"))
            object.__setattr__(self, "digest", hashlib.sha256(content.encode()).hexdigest())

    def part(self, index: int, count: int) -> Plan:
        """Return a part of this plan; cells are dealt out like cards.

        Args:
            index: the number of the part, from 1.
            count: the number of parts.

        Raises:
            ValueError: there is no such part, or a part would have no cell.
        """
        shard = Shard(index, count, self.digest)
        if count > len(self.cells):
            raise ValueError(f"cannot divide {len(self.cells)} cell(s) into {count} shards")
        return replace(self, cells=self.cells[index - 1 :: count], shard=shard, digest="")


@dataclass(frozen=True, slots=True)
class Suite(_Json):
    """The suite that played.

    Attributes:
        commit: None if it is not known.
    """

    name: str
    version: str
    commit: str | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.version}" + (f" (commit {self.commit[:12]})" if self.commit else "")


@dataclass(frozen=True, slots=True)
class Header(Record):
    """The first line: which suite plays what, on which machine.

    Attributes:
        started: the time in UTC, as RFC 3339 writes it.
        machine: facts for the reader, by name.
        families: the titles of the families of the plan's cases, by family.
    """

    kind: ClassVar[str] = "header"

    suite: Suite
    started: str
    plan: Plan
    seed: int = 0
    machine: dict[str, str] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    format: Format = FORMAT


@dataclass(frozen=True, slots=True)
class ClauseRef(_Json):
    """A sentence of a standard, or of a document of the API contract.

    Attributes:
        text: the sentence in our words; in the API contract, how the document binds.
    """

    id: str
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class CaseInfo(Record):
    """The description of a case, as it is printed.

    Attributes:
        sends: a line of text for each step.
        expects: likewise.
        clauses: the sentences that the case tests.
    """

    kind: ClassVar[str] = "case"

    id: str
    title: str
    family: str
    level: Level = "MUST"
    sends: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()
    closing: str = ""
    clauses: tuple[ClauseRef, ...] = ()
    informational: bool = False


@dataclass(frozen=True, slots=True)
class CellStart(Record):
    """A cell begins.

    Attributes:
        target: what is known about the target; at least `name`, and `contract` (the profile by which it is judged)
            where clauses of the API contract are played.
        server: what is known about the server; at least `name`.
        round_trip: in seconds; None if it was not measured.
        concurrency: the number of connections at the same time.
    """

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

    behavior: Behavior
    behaviorClose: BehaviorClose  # noqa: N815  the field name that Autobahn's index.json has


@dataclass(frozen=True, slots=True)
class Play(_Json):
    """One play of a case.

    Attributes:
        alone: nothing else was played at the same time.
        counts: the verdict of the case follows from this play. Not from one under load that was repeated alone, nor
            from one that was cut off when another case crashed the server.
    """

    verdict: Verdict
    reason: str = ""
    alone: bool = False
    seconds: float = 0.0
    counts: bool = True

    @property
    def passed(self) -> bool:
        """Whether the verdict is pass, info or declined."""
        return self.verdict in PASSING


@dataclass(frozen=True, slots=True)
class WireEntry(_Json):
    """Something that went over the wire.

    Attributes:
        at: seconds since the connection began.
        octets: the payload in hexadecimal, cut to `WIRE_OCTETS` octets.
        size: the length of the whole payload.
    """

    at: float
    from_: Literal["us", "peer"]
    what: str
    octets: str = ""
    size: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "octets", bytes.fromhex(self.octets)[:WIRE_OCTETS].hex())


@dataclass(frozen=True, slots=True)
class Control(_Json):
    """The same conversation with another part in the place of the library or the server."""

    name: str
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Result(Record):
    """The result of a case on a cell.

    Attributes:
        binding: how the clause of the API contract that was judged binds the target; None for any other case, for a
            clause that was not played, and in files of format 1 where it is not known.
        clauses: the sentences that are broken.
        seconds: the duration of the play that has the verdict.
        started: seconds since the cell began.
        plays: every play, in order. The worst of the plays that count has the verdict.
    """

    kind: ClassVar[str] = "result"

    cell: str
    case: str
    verdict: Verdict
    grades: Grades | None = None
    reason: str = ""
    binding: Binding | None = None
    clauses: tuple[ClauseRef, ...] = ()
    seconds: float = 0.0
    started: float = 0.0
    plays: tuple[Play, ...] = ()
    expected: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()
    closing: str = ""
    local_port: int | None = None
    wire: tuple[WireEntry, ...] = ()

    @property
    def unbound(self) -> bool:
        """Whether a sentence was not kept that does not bind the target."""
        return self.binding == "ours" and self.verdict == "info"

    @property
    def counted(self) -> tuple[Play, ...]:
        """The plays that count."""
        return tuple(play for play in self.plays if play.counts)

    @property
    def failed_plays(self) -> int:
        """The number of plays that count and did not pass."""
        return sum(not play.passed for play in self.counted)

    @property
    def is_flaky(self) -> bool:
        """Whether the plays that count have different verdicts."""
        return len({play.verdict for play in self.counted}) > 1

    @property
    def flaky(self) -> str:
        """The class and its rate, such as ``flaky 7 of 20``: of 20 plays, 7 did not pass; empty if it is not flaky."""
        return f"flaky {self.failed_plays} of {len(self.counted)}" if self.is_flaky else ""

    @property
    def failed_only_together(self) -> bool:
        """Whether some plays that count did not pass, and all of them were made at the same time as others."""
        failed = [play for play in self.counted if not play.passed]
        return bool(failed) and not any(play.alone for play in failed)

    @property
    def explanation(self) -> str:
        """The reason; of a flaky case, after the class and its rate."""
        return ": ".join(filter(None, (self.flaky, self.reason)))


@dataclass(frozen=True, slots=True)
class Attribution(Record):
    """Which part a failure belongs to, and the controls that show it."""

    kind: ClassVar[str] = "attribution"

    cell: str
    case: str
    owner: Owner
    controls: tuple[Control, ...] = ()


@dataclass(frozen=True, slots=True)
class CellEnd(Record):
    """A cell is over.

    Attributes:
        reason: why it is not complete; of a complete cell, what its user should know, as of processes left behind.
        seconds: of playing.
        server_cpu: seconds of the server on which conversations were played; other cases have servers of their own.
        log: of the same server.
    """

    kind: ClassVar[str] = "cell-end"

    cell: str
    status: CellStatus
    reason: str = ""
    seconds: float = 0.0
    server_cpu: float | None = None
    log: str = ""


@dataclass(frozen=True, slots=True)
class Footer(Record):
    """The last line; a run without it was cut off.

    Attributes:
        finished: the time in UTC, as RFC 3339 writes it.
        counts: the number of results by cell and verdict.
        digest: SHA-256 of the verdicts, see `wsreport.run.digest_verdicts`.
    """

    kind: ClassVar[str] = "footer"

    finished: str
    status: RunStatus
    seconds: float
    counts: dict[str, dict[str, int]]
    digest: str


#: The class of each kind of line.
RECORDS: dict[str, type[Record]] = {
    cls.kind: cls for cls in (Header, CaseInfo, CellStart, Result, Attribution, CellEnd, Footer)
}
