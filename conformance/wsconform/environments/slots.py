"""The places where environments are kept: their locks, their logs, and who must go. Installs nothing."""

import shutil
from contextlib import suppress
from pathlib import Path

from wsconform.environments.locks import Lock

__all__ = ["Slot", "kept", "prune"]


class Slot:
    """The place of one environment in the cache, and what lies beside it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.marker = directory / "environment.json"
        self.python = directory / "bin" / "python"
        self.log = directory.with_suffix(".log")
        # Shared by those who use it or want to; whoever has it alone may remove everything.
        self.in_use = Lock(directory.with_suffix(".lock"))
        # Taken alone by whoever builds.
        self.in_build = Lock(directory.with_suffix(".build"))

    def is_whole(self) -> bool:
        """Tell whether it is finished, and the interpreter that it was made of still there."""
        return self.marker.exists() and self.python.exists()

    def site(self) -> list[str]:
        """Return the directories in which distributions are installed."""
        return sorted({str(path.resolve()) for path in self.directory.glob("lib*/python*/site-packages")})

    def last_used(self) -> float:
        """Return when it was last asked for; what is not whole never was."""
        with suppress(FileNotFoundError):
            return self.marker.stat().st_mtime
        return 0.0

    def empty(self) -> None:
        """Remove the environment, the marker first: if we are killed, what is left is not whole."""
        self.marker.unlink(missing_ok=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def remove(self) -> None:
        """Remove it and all that lies beside it, but for the lock that we hold."""
        self.empty()
        for path in (self.log, self.directory.with_suffix(".build")):
            path.unlink(missing_ok=True)


def kept(root: Path) -> list[Slot]:
    """Return all places, whole or not, the one used last first."""
    slots = [Slot(lock.with_suffix("")) for lock in root.glob("*.lock")]
    return sorted(slots, key=Slot.last_used, reverse=True)


def prune(root: Path, *, keep: int) -> None:
    """Remove all but the `keep` environments that were used last, except those that somebody holds."""
    for slot in kept(root)[keep:]:
        if slot.in_use.take(alone=True, wait=False):
            slot.remove()
            slot.in_use.discard()
