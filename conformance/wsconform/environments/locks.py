"""A lock between processes, on a file; the kernel drops it when its holders die. Knows not what it guards."""

import fcntl
import os
from pathlib import Path

__all__ = ["Lock"]


class Lock:
    """Held shared by those who use something, alone by who changes it; let go with the last reference.

    The descriptor may be given to a child process: the lock then lasts until the child is gone, too.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    @property
    def descriptor(self) -> int:
        """The open file that carries the lock; -1 when nothing is held."""
        return self._descriptor

    def take(self, *, alone: bool, wait: bool = True) -> bool:
        """Take the lock, with others or alone; return False if it is not to be had without waiting."""
        mode = (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB)
        while True:
            if self._descriptor < 0:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(self._descriptor, mode)
            except BlockingIOError:
                self.release()
                return False
            if self._is_current():
                return True
            self.release()

    def release(self) -> None:
        """Let go, if held."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def discard(self) -> None:
        """Remove the file of a lock that is held alone, and let go."""
        self._path.unlink(missing_ok=True)
        self.release()

    def _is_current(self) -> bool:
        # Somebody may have discarded the file between our open and our flock; a lock on it excludes nobody.
        try:
            return os.fstat(self._descriptor).st_ino == self._path.stat().st_ino
        except FileNotFoundError:
            return False

    def __del__(self) -> None:
        self.release()
