"""The cells of `wsconform peers` as values that can be sent to another process: one peer each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wsconform.peers import PEERS, Peer
from wsreport import model as lines

if TYPE_CHECKING:  # at run time they would bring Twisted along
    from wsconform.environments.peers import PeerEnvironment
    from wsconform.launching.running import Running
    from wsconform.matrix.cell import Cell
    from wsconform.matrix.specs import RunOptions

__all__ = ["PeerSpec"]

_SERVER = {"name": "peer", "summary": "started by the suite with an echo program"}


@dataclass(frozen=True)
class PeerSpec:
    """A cell with a peer.

    Attributes:
        peer: its name, which is also the id of the cell.
        latest: take the newest versions of its packages.
    """

    peer: str
    latest: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PeerSpec:
        """Undo `to_json`."""
        return cls(**data)

    def to_json(self) -> dict[str, Any]:
        """Return the spec as values that JSON can hold."""
        return asdict(self)

    @property
    def id(self) -> str:
        """The id of the cell."""
        return self.peer

    def planned(self) -> lines.PlannedCell:
        """Return the cell for the plan of a run."""
        words = ("peers", "run", self.peer, *(("--latest",) if self.latest else ()))
        return lines.PlannedCell(self.id, self.peer, _SERVER["name"], words)

    def start(self) -> lines.CellStart:
        """Return the beginning of the cell, with what is known before anything is installed."""
        peer = PEERS[self.peer]
        return lines.CellStart(
            self.id,
            {
                "name": peer.name,
                "summary": peer.summary,
                "requirement": ", ".join(map(str, peer.required(latest=self.latest))),
            },
            _SERVER,
        )

    def cell(self, options: RunOptions, note: Callable[[str], None]) -> Cell:
        """Return the cell.

        Args:
            options: what all cells have in common.
            note: called with a line before anything that takes time.
        """
        return _Host(self, options, note).cell()


class _Host:
    """Makes the environment of a peer when it is first needed, and starts the peer in it."""

    def __init__(self, spec: PeerSpec, options: RunOptions, note: Callable[[str], None]) -> None:
        self._spec, self._note = spec, note
        self._peer: Peer = PEERS[spec.peer]
        self._logs = Path(options.logs, spec.id)
        self._left_behind: list[str] = []

    def cell(self) -> Cell:
        """Return the cell; nothing has been installed yet."""
        from wsconform.matrix.cell import Cell
        from wsconform.matrix.serving import LaunchedServer

        start = self._spec.start()
        return Cell(
            start.cell,
            start.target,
            start.server,
            serve=lambda: LaunchedServer(lambda _: self._launch()),
            describe=lambda: (self._identity(), self._environment.versions),
            capacity=self._peer.concurrency,
            left_behind=self._left_behind,
        )

    @cached_property
    def _environment(self) -> PeerEnvironment:
        """The environment with the peer; raises BuildError."""
        from wsconform.environments.peers import make_peer_environment

        return make_peer_environment(
            self._peer, latest=self._spec.latest, report=self._note, left_behind=self._note_left_behind
        )

    def _identity(self) -> dict[str, str]:
        name = self._peer.judged[-1]
        return {"distribution": name, "version": self._environment.versions[name], "url": self._peer.homepage}

    def _launch(self) -> AbstractContextManager[Running]:
        from wsconform.launching.peers import launch_peer

        return launch_peer(self._peer, self._environment, log_directory=self._logs, left_behind=self._note_left_behind)

    def _note_left_behind(self, what: str) -> None:
        self._left_behind.append(what)
        self._note(f"{self._spec.id}: {what}")
