"""Read and write the files of a Python project, without hidden files and by-products."""

import hashlib
import os
from pathlib import Path

__all__ = ["Files", "fingerprint", "read_project", "write_project"]

#: Content by path relative to the project, with slashes.
Files = dict[str, bytes]

_BYPRODUCTS = {"__pycache__", "build", "dist", "node_modules"}


def read_project(directory: Path) -> Files:
    """Read every file of a project except hidden ones and by-products of building and running it."""
    files: Files = {}
    for parent, children, names in os.walk(directory):
        children[:] = sorted(name for name in children if not _is_byproduct(name))
        for name in names:
            path = Path(parent, name)
            if not _is_byproduct(name) and path.is_file():
                files[path.relative_to(directory).as_posix()] = path.read_bytes()
    return files


def write_project(files: Files, directory: Path) -> None:
    """Write `files` into a new directory."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def fingerprint(files: Files) -> str:
    """Return a hash over the names and contents of files."""
    total = hashlib.sha256()
    for name, content in sorted(files.items()):
        total.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def _is_byproduct(name: str) -> bool:
    return name in _BYPRODUCTS or name.startswith(".") or name.endswith((".egg-info", ".pyc"))
