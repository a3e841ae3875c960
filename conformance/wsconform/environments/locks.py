"""A lock between processes, on a file, which the kernel releases when its holders die."""

import fcntl
import os
from pathlib import Path

__all__ = ["Lock"]


class Lock:
    """A lock that many can hold shared or one exclusively; released with the last reference to it.

    A child process that inherits the descriptor keeps the lock held until it has ended.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    @property
    def descriptor(self) -> int:
        """The descriptor of the locked file; -1 if the lock is not held."""
        return self._descriptor

    def acquire(self, *, exclusive: bool, wait: bool = True) -> bool:
        """Acquire the lock; return False if `wait` is false and the lock is taken."""
        mode = (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB)
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
        """Release the lock if it is held."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def discard(self) -> None:
        """Remove the file of a lock that is held exclusively, and release it."""
        self._path.unlink(missing_ok=True)
        self.release()

    def _is_current(self) -> bool:
        # Another process may have discarded the file between our open and our flock; a lock on it is worthless.
        try:
            return os.fstat(self._descriptor).st_ino == self._path.stat().st_ino
        except FileNotFoundError:
            return False

    def __del__(self) -> None:
        self.release()
