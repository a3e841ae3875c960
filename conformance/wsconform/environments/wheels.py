"""Builds a local project into a wheel, once for each content and Python. Knows no environment.

Every environment of a project that is being worked on is made anew with each edit; the project is then built for
the first of them only. Whoever asks gets a link or copy of its own, so nobody depends on what is kept.
"""

import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from wsconform.environments.installer import Installer
from wsconform.environments.locks import Lock
from wsconform.environments.project import Files, fingerprint, write_project
from wsconform.errors import BuildError

__all__ = ["KEPT", "Wheels"]

#: How many stay; each has the size of its project.
KEPT = 32


class Wheels:
    """The wheels that are kept in a directory."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, files: Files, python: Path, build: tuple[str, ...], into: Path, installer: Installer) -> Path:
        """Put the wheel of a project into a directory, build it if it is new, and return where it is.

        Args:
            files: the project.
            python: an interpreter that it is built with, from an environment of its own.
            build: what tells that interpreter from others.
            into: the directory, which must exist.
            installer: runs the commands.

        Raises:
            BuildError: the project cannot be built; the message has the command and the end of its log.

        """
        name = hashlib.sha256(json.dumps([fingerprint(files), build]).encode()).hexdigest()[:20]
        self._root.mkdir(parents=True, exist_ok=True)
        lock = Lock(self._root / f"{name}.lock")
        lock.take(alone=True)
        try:
            kept = self._root / name
            wheel = _whole(kept) or _build(files, python, kept, _holding(installer, lock))
            os.utime(kept)
            self._prune()
            return _linked(wheel, into / wheel.name)
        finally:
            lock.release()

    def _prune(self) -> None:
        kept = (path for path in self._root.iterdir() if path.is_dir())
        for path in sorted(kept, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
            lock = Lock(path.with_suffix(".lock"))
            if lock.take(alone=True, wait=False):
                shutil.rmtree(path, ignore_errors=True)
                lock.discard()


def _whole(kept: Path) -> Path | None:
    return next(kept.glob("*.whl"), None)


def _build(files: Files, python: Path, kept: Path, installer: Installer) -> Path:
    shutil.rmtree(kept, ignore_errors=True)
    # A place of its own, since a build leaves by-products; the wheel is renamed into place when it is finished.
    source, draft = kept / "source", kept / "draft"
    write_project(files, source)
    try:
        installer.build_wheel(python, source, draft)
        finished = _whole(draft)
        if not finished:
            raise BuildError(f"building the project left no wheel; see {installer.log}")
        return finished.replace(kept / finished.name)
    except BaseException:
        shutil.rmtree(kept, ignore_errors=True)
        raise
    finally:
        for path in (source, draft):
            shutil.rmtree(path, ignore_errors=True)


def _holding(installer: Installer, lock: Lock) -> Installer:
    return replace(installer, keep_open=(*installer.keep_open, lock.descriptor))


def _linked(wheel: Path, target: Path) -> Path:
    with suppress(OSError):
        target.hardlink_to(wheel)
        return target
    return Path(shutil.copy2(wheel, target))
