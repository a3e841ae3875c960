"""Takes byte code over from another environment, for modules that are the same file on disk. Compiles nothing.

Servers are started without leave to write byte code, so an environment has all of it from the beginning, and
compiling is most of the work of making one. uv links what it installs from its cache: a module of the same release
is the same file in every environment, so its byte code can be, too. Size and time alone would not do: many
wheels have the same time on all of their files.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["take_over"]


def take_over(site: Path, donor: Path) -> int:
    """Link the byte code of one directory of distributions into another; return how many files that were."""
    return sum(_link_all(cache, site / cache.parent.relative_to(donor)) for cache in donor.rglob("__pycache__"))


def _link_all(cache: Path, ours: Path) -> int:
    if not ours.is_dir():
        return 0
    compiled = list(_of_same_modules(cache, ours))
    if compiled:
        (ours / "__pycache__").mkdir(exist_ok=True)
    return sum(_link(path, ours / "__pycache__" / path.name) for path in compiled)


def _of_same_modules(cache: Path, ours: Path) -> Iterator[Path]:
    for path in cache.iterdir():
        if (ours / "__pycache__" / path.name).exists():
            continue
        module = path.name.partition(".")[0] + ".py"
        with suppress(FileNotFoundError):
            if (ours / module).samefile(cache.parent / module):
                yield path


def _link(path: Path, ours: Path) -> bool:
    # Where the file system has no links it is compiled like the rest.
    with suppress(OSError):
        os.link(path, ours)
        return True
    return False
