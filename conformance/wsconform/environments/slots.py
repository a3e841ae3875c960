"""The slots of the cache, one per environment, each with its locks and its log; remove the least recently used."""

import shutil
from contextlib import suppress
from pathlib import Path

from wsconform.environments.locks import Lock

__all__ = ["Slot", "prune", "slots"]


class Slot:
    """The directory of one environment in the cache, and the files next to it.

    Args:
        directory: of the environment.
        program: the name of the interpreter in it.
    """

    def __init__(self, directory: Path, program: str = "python") -> None:
        self.directory = directory
        self.marker = directory / "environment.json"
        self.interpreter = directory / "bin" / program
        self.log = directory.with_suffix(".log")
        # Held shared to use the environment, exclusively to remove it.
        self.in_use = Lock(directory.with_suffix(".lock"))
        # Held exclusively to build the environment.
        self.in_build = Lock(directory.with_suffix(".build"))

    def is_complete(self) -> bool:
        """Tell whether the environment was finished and its base interpreter still exists."""
        return self.marker.exists() and self.interpreter.exists()

    def site_packages(self) -> list[str]:
        """Return the directories in which distributions are installed."""
        return sorted({str(path.resolve()) for path in self.directory.glob("lib*/python*/site-packages")})

    def last_used(self) -> float:
        """Return the time of the last use; 0 if the environment is incomplete."""
        with suppress(FileNotFoundError):
            return self.marker.stat().st_mtime
        return 0.0

    def empty(self) -> None:
        """Remove the environment, the marker first, so that what is left after a kill counts as incomplete."""
        self.marker.unlink(missing_ok=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def remove(self) -> None:
        """Remove the environment and the files next to it, except the lock that is held."""
        self.empty()
        for path in (self.log, self.directory.with_suffix(".build")):
            path.unlink(missing_ok=True)


def slots(root: Path) -> list[Slot]:
    """Return all slots, complete or not, the most recently used first."""
    return sorted((Slot(lock.with_suffix("")) for lock in root.glob("*.lock")), key=Slot.last_used, reverse=True)


def prune(root: Path, *, keep: int) -> None:
    """Remove all but the `keep` most recently used environments; environments in use stay."""
    for slot in slots(root)[keep:]:
        if slot.in_use.acquire(exclusive=True, wait=False):
            slot.remove()
            slot.in_use.discard()
