"""Where the grades of a run of Autobahn's tool are kept, if they are; one file for all runs against one server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wsconform.errors import GradesError
from wsconform.oracle.grades import Grades, Recorded, read_recorded, write_recorded

__all__ = ["Record"]


@dataclass(frozen=True, slots=True)
class Record:
    """A file that there may be.

    Attributes:
        path: None when nothing is to be kept.
        old: what it had before.
        peer: the name of the server.
    """

    path: Path | None
    old: Recorded | None
    peer: str

    @classmethod
    def at(cls, path: Path | None, name: str, default: str) -> Record:
        """Look what is there; without a name the server is called as it is there, else by the default.

        Raises:
            GradesError: it is a record of another server, or none.
        """
        old = read_recorded(path) if path is not None and path.exists() else None
        if old is not None and name and name != old.peer:
            raise GradesError(f"{path} is a record of {old.peer}, not of {name}")
        return cls(path, old, name or (old.peer if old else default))

    def add(self, tool: str, grades: Grades) -> None:
        """Write grades into the file, behind those of earlier runs."""
        if self.path is not None:
            new = Recorded(self.peer, grades, tool)
            write_recorded(self.path, self.old.joined(new) if self.old else new)
