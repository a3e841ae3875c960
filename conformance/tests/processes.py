"""Crooked servers in processes of their own, as a real one would be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class CrookedProcess:
    """A crooked server that can be killed, and started anew elsewhere."""

    authority = None

    def __init__(self, name: str) -> None:
        self.name = name
        self.starts = 0
        self._start()

    def restart(self) -> bool:
        self.stop()
        self._start()
        return True

    def _start(self) -> None:
        self.starts += 1
        self.process = subprocess.Popen(
            [sys.executable, "-m", "conformance.crooked", self.name, "0"], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.process.stdout.close()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class NotOurs:
    """The same server, as somebody who only knows its URL sees it."""

    authority = None

    def __init__(self, crooked: CrookedProcess) -> None:
        self.url = crooked.url

    def restart(self) -> bool:
        return False


@contextmanager
def crooked_process(name: str) -> Iterator[CrookedProcess]:
    crooked = CrookedProcess(name)
    try:
        yield crooked
    finally:
        crooked.stop()
