"""Write the files of a run. Errors name the path and the reason, and a partial file never looks complete."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wsreport.run import RunError

__all__ = ["OutputError", "make_directory", "remove", "replace_text", "writing"]


class OutputError(RunError):
    """A file or directory cannot be written; the message has the path and the reason."""


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn an OSError inside the block into an `OutputError` that names `path`.

    Raises:
        OutputError: the block raised OSError.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


def make_directory(path: Path, *, new: bool = False) -> None:
    """Create a directory with its parents, unless it exists.

    Args:
        path: the directory.
        new: whether the directory must not exist yet.

    Raises:
        FileExistsError: `new` is True, and it exists.
        OutputError: it cannot be created, or is not a directory.
    """
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        if new:
            raise
        if not path.is_dir():
            raise OutputError(f"{path} cannot be written: it is not a directory") from None
    except OSError as error:
        raise OutputError(f"{path} cannot be created: {error.strerror or error}") from error


def remove(path: Path) -> None:
    """Remove a file if it exists.

    Raises:
        OutputError: it cannot be removed.
    """
    with writing(path):
        path.unlink(missing_ok=True)


def replace_text(path: Path, text: str, *, encoding: str) -> None:
    """Write a file atomically. A symbolic link stays one: the file that it leads to is written.

    Raises:
        OutputError: it cannot be written, or is a device or a pipe; an existing file with this name is unchanged.
    """
    with writing(path):
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise OSError(errno.EINVAL, "it is not a regular file")
        place = Path(os.path.realpath(path))
        draft = place.with_name(f"{place.name}.draft")
        try:
            draft.write_text(text, encoding, newline="")
            draft.replace(place)
        except BaseException:  # also Ctrl-C
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
