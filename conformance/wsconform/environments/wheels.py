"""Build a local project into a wheel, once for each content and Python.

Each edit of a project leads to a new environment for every server, but the project is built only for the first of
them. Every caller gets a link or a copy of the wheel, so the kept one can be removed at any time.
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

#: How many wheels to keep; each has the size of its project.
KEPT = 32


class Wheels:
    """A directory of wheels."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, files: Files, python: Path, build: tuple[str, ...], into: Path, installer: Installer) -> Path:
        """Put the wheel of a project into a directory and return its path; build it if there is none.

        Args:
            files: the project.
            python: the interpreter of an environment to build with.
            build: identifies that interpreter.
            into: the directory, which must exist.
            installer: runs the commands.

        Raises:
            BuildError: the project cannot be built; the message has the command and the end of its log.
        """
        name = hashlib.sha256(json.dumps([fingerprint(files), build]).encode()).hexdigest()[:20]
        self._root.mkdir(parents=True, exist_ok=True)
        lock = Lock(self._root / f"{name}.lock")
        lock.acquire(exclusive=True)
        try:
            kept = self._root / name
            wheel = _find_wheel(kept) or _build(files, python, kept, _holding(installer, lock))
            os.utime(kept)
            self._prune()
            return _link(wheel, into / wheel.name)
        finally:
            lock.release()

    def _prune(self) -> None:
        kept = (path for path in self._root.iterdir() if path.is_dir())
        for path in sorted(kept, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
            lock = Lock(path.with_suffix(".lock"))
            if lock.acquire(exclusive=True, wait=False):
                shutil.rmtree(path, ignore_errors=True)
                lock.discard()


def _find_wheel(directory: Path) -> Path | None:
    return next(directory.glob("*.whl"), None)


def _build(files: Files, python: Path, kept: Path, installer: Installer) -> Path:
    shutil.rmtree(kept, ignore_errors=True)
    # Built apart, since a build leaves by-products; the finished wheel is renamed into place.
    source, draft = kept / "source", kept / "draft"
    write_project(files, source)
    try:
        installer.build_wheel(python, source, draft)
        finished = _find_wheel(draft)
        if not finished:
            raise BuildError(f"building the project produced no wheel; see {installer.log}")
        return finished.replace(kept / finished.name)
    except BaseException:
        shutil.rmtree(kept, ignore_errors=True)
        raise
    finally:
        for path in (source, draft):
            shutil.rmtree(path, ignore_errors=True)


def _holding(installer: Installer, lock: Lock) -> Installer:
    return replace(installer, keep_open=(*installer.keep_open, lock.descriptor))


def _link(wheel: Path, target: Path) -> Path:
    with suppress(OSError):
        target.hardlink_to(wheel)
        return target
    return Path(shutil.copy2(wheel, target))
