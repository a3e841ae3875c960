"""Record the grades of Autobahn's tool in a file, one file for all runs against a server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wsconform.errors import GradesError
from wsconform.oracle.grades import Grades, Recorded, read_recorded, write_recorded

__all__ = ["Record"]


@dataclass(frozen=True, slots=True)
class Record:
    """A file of grades, which may not exist yet.

    Attributes:
        path: the path of the file; None to record nothing.
        old: the grades that it has; None if it does not exist.
        peer: the name of the server.
    """

    path: Path | None
    old: Recorded | None
    peer: str

    @classmethod
    def at(cls, path: Path | None, name: str, default: str) -> Record:
        """Read the file if it exists. Its name for the server is used if `name` is empty, or else the default.

        Raises:
            GradesError: the file records another server, or has no grades.
        """
        old = read_recorded(path) if path is not None and path.exists() else None
        if old is not None and name and name != old.peer:
            raise GradesError(f"{path} is a record of {old.peer}, not of {name}")
        return cls(path, old, name or (old.peer if old else default))

    def add(self, tool: str, grades: Grades) -> None:
        """Write grades into the file, merged with those of earlier runs."""
        if self.path is not None:
            new = Recorded(self.peer, grades, tool)
            write_recorded(self.path, self.old.joined(new) if self.old else new)
