"""The cells of a matrix as values that can be sent to another process: target, server and versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wsconform.environments.versions import Versions, pinned
from wsconform.servers import BARE, find_server
from wsconform.servers.server import Server
from wsconform.targets import find_target
from wsreport import model as lines

if TYPE_CHECKING:  # at run time they would bring Twisted along
    from wsconform.conversation.model import Case
    from wsconform.environments.cache import Environment
    from wsconform.kind import Settings
    from wsconform.launching.running import Running
    from wsconform.matrix.cell import Cell

__all__ = ["CellSpec", "RunOptions", "cell_specs"]


@dataclass(frozen=True)
class CellSpec:
    """A cell of the matrix: names of its target and server, and versions.

    Attributes:
        id: of the cell.
        target: as `find_target` takes it.
        server: as `find_server` takes it.
        versions: of Python, Django and the server.
        contract: the profile by which clauses of the API contract are judged; empty: by what is installed.
    """

    id: str
    target: str
    server: str
    versions: Versions = field(default_factory=Versions)
    contract: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CellSpec:
        """Undo `to_json`."""
        versions = dict(data["versions"])
        pins = {"pins": tuple(versions["pins"])}
        return cls(data["id"], data["target"], data["server"], Versions(**versions | pins), data["contract"])

    def to_json(self) -> dict[str, Any]:
        """Return the spec as values that JSON can hold."""
        return asdict(self)

    def planned(self) -> lines.PlannedCell:
        """Return the cell for the plan of a run."""
        words = ("--target", self.target, "--server", self.server, *self.versions.options)
        words = (*words, "--contract", self.contract) if self.contract else words
        return lines.PlannedCell(self.id, find_target(self.target).name, self.server, words)

    def start(self) -> lines.CellStart:
        """Return the beginning of the cell, with what is known before anything is installed."""
        target, server = find_target(self.target), find_server(self.server)
        return lines.CellStart(
            self.id,
            {"name": target.name, "summary": target.summary, "requirement": target.requirement_text},
            {"name": server.name, "summary": server.summary},
        )

    def cell(self, options: RunOptions, note: Callable[[str], None]) -> Cell:
        """Return the cell.

        Args:
            options: what all cells have in common.
            note: called with a line before anything that takes time.
        """
        return _Host(self, options, note).cell()


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What all cells of a run have in common, in a form that JSON can hold.

    Attributes:
        cases: ids.
        profile: how much of each case.
        settings: those of `wsconform.kind.Settings`.
        logs: the directory for the logs of servers.
        attribution: attribute failures to library or server.
        deadline: seconds for each cell.
    """

    cases: tuple[str, ...]
    profile: str
    settings: dict[str, Any]
    logs: str
    attribution: bool = True
    deadline: float = 3600.0

    def to_json(self) -> dict[str, Any]:
        """Return the options as values that JSON can hold."""
        return asdict(self)


class _Host:
    """Makes the environments of a cell when they are first needed, and starts servers in them."""

    def __init__(self, spec: CellSpec, options: RunOptions, note: Callable[[str], None]) -> None:
        self._spec, self._brief, self._note = spec, options, note
        self._logs = Path(options.logs, spec.id.replace("/", "+"))
        self._target, self._server = find_target(spec.target), find_server(spec.server)
        self._left_behind: list[str] = []

    def cell(self) -> Cell:
        """Return the cell; nothing has been installed yet."""
        from wsconform.matrix.cell import Cell
        from wsconform.matrix.known_failures import known_failures
        from wsconform.matrix.serving import LaunchedServer

        start = self._spec.start()
        return Cell(
            self._spec.id,
            start.target,
            start.server,
            serve=lambda: LaunchedServer(self._launch),
            describe=lambda: (self._environment.identity.to_json(), self._environment.versions),
            capacity=self._server.concurrency,
            launch=self._launch,
            unsupported=self._server.unsupported,
            known_failures=lambda start: known_failures(start, self._brief.cases),
            contract=self._spec.contract,
            # What TLS carries cannot be piped without ending TLS, which would be another server.
            left_behind=self._left_behind,
            attribute=self._attribute if self._brief.attribution and self._server.scheme == "ws" else None,
        )

    @cached_property
    def _environment(self) -> Environment:
        """The environment with target and server; raises SetupError."""
        return self._environment_with(self._server, self._spec.versions)

    def _launch(self, settings: Mapping[str, object]) -> AbstractContextManager[Running]:
        """Start the server, with these Django settings beside its own."""
        return self._launched(self._server, self._environment, settings)

    def _launch_bare(self, settings: Mapping[str, object]) -> AbstractContextManager[Running]:
        """Start the target under the barest server."""
        versions = replace(self._spec.versions, pins=())
        return self._launched(BARE, self._environment_with(BARE, versions), settings)

    def _environment_with(self, server: Server, versions: Versions) -> Environment:
        from wsconform.environments.cache import make_environment

        return make_environment(
            self._target, [server], versions=versions, report=self._note, left_behind=self._note_left_behind
        )

    def _launched(
        self, server: Server, environment: Environment, settings: Mapping[str, object]
    ) -> AbstractContextManager[Running]:
        from wsconform.launching.launch import launch

        return launch(
            server,
            environment,
            log_directory=self._logs,
            settings=settings,
            left_behind=self._note_left_behind,
        )

    def _note_left_behind(self, what: str) -> None:
        self._left_behind.append(what)
        self._note(f"{self._spec.id}: {what}")

    def _attribute(self, failed: Sequence[Case], settings: Settings) -> Sequence[lines.Attribution]:
        from wsconform.matrix.attribution import Attributor

        return Attributor(self._launch_bare, self._launch).attribute(self._spec.id, failed, settings)


def cell_specs(
    targets: Iterable[str], servers: Sequence[Server], versions: Sequence[Versions], contract: str = ""
) -> list[CellSpec]:
    """Return the cells: every target on every server with all versions that matter there.

    Args:
        targets: as `find_target` takes them.
        servers: what they are played on.
        versions: combinations of what may be installed.
        contract: the profile for all of them; empty: by what is installed.

    Raises:
        UnknownNameError: a pin is of a distribution that none of the servers needs.
    """
    for each in versions:
        pinned([text for server in servers for text in server.requires], each.pins)
    found = {
        (id_ := _id(target, server.name, chosen)): CellSpec(id_, target, server.name, chosen, contract)
        for target, server, chosen in (
            (target, server, each.concerning([server])) for target, server, each in product(targets, servers, versions)
        )
    }
    return list(found.values())


def _id(target: str, server: str, versions: Versions) -> str:
    name = find_target(target).name
    return f"{name}/{server}" + (f"@{versions}" if versions != Versions() else "")
