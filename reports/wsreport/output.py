"""Write files of a run so that a full disk or an unusable place is said in a sentence, and nothing half looks whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wsreport.run import RunError

__all__ = ["OutputError", "make_directory", "remove", "replace_text", "writing"]


class OutputError(RunError):
    """A file or directory cannot be written; the message names it and says why."""


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn an error of the operating system within the block into a sentence about `path`.

    Raises:
        OutputError: the block raised OSError.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


def make_directory(path: Path, *, new: bool = False) -> None:
    """Make a directory with its parents, unless it exists.

    Args:
        path: the directory.
        new: whether it must not exist.

    Raises:
        FileExistsError: it exists although it must not.
        OutputError: it cannot be made, or is no directory.
    """
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        if new:
            raise
        if not path.is_dir():
            raise OutputError(f"{path} cannot be written: it is no directory") from None
    except OSError as error:
        raise OutputError(f"{path} cannot be made: {error.strerror or error}") from error


def remove(path: Path) -> None:
    """Remove a file if it exists.

    Raises:
        OutputError: it cannot be removed.
    """
    with writing(path):
        path.unlink(missing_ok=True)


def replace_text(path: Path, text: str, *, encoding: str) -> None:
    """Write a file that appears all at once, or not at all.

    Raises:
        OutputError: it cannot be written; a file of this name stays as it was.
    """
    draft = path.with_name(f"{path.name}.draft")
    with writing(path):
        try:
            draft.write_text(text, encoding, newline="\n")
            draft.replace(path)
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
