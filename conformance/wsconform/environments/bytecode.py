"""Share byte code between environments, for modules that are the same file on disk.

Servers may not write byte code, so an environment is built with all of it, and compiling is most of the work of
building one. uv links what it installs from its cache: a module of the same release is the same file in every
environment, so its byte code can be shared. Equal size and time are not enough, since many wheels have the same time
on all of their files.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["link_bytecode"]


def link_bytecode(site: Path, donor: Path) -> int:
    """Link the byte code in the site-packages `donor` into `site`; return the number of files linked."""
    return sum(_link_all(cache, site / cache.parent.relative_to(donor)) for cache in donor.rglob("__pycache__"))


def _link_all(cache: Path, ours: Path) -> int:
    if not ours.is_dir():
        return 0
    compiled = list(_shared_bytecode(cache, ours))
    if compiled:
        (ours / "__pycache__").mkdir(exist_ok=True)
    return sum(_link(path, ours / "__pycache__" / path.name) for path in compiled)


def _shared_bytecode(cache: Path, ours: Path) -> Iterator[Path]:
    """Yield the missing byte code of modules that are the same file in both directories."""
    for path in cache.iterdir():
        if (ours / "__pycache__" / path.name).exists():
            continue
        module = path.name.partition(".")[0] + ".py"
        with suppress(FileNotFoundError):
            if (ours / module).samefile(cache.parent / module):
                yield path


def _link(path: Path, ours: Path) -> bool:
    # On a file system without links it is compiled like the rest.
    with suppress(OSError):
        os.link(path, ours)
        return True
    return False
