"""The targets, as values.

A new one is one more entry in TARGETS, a new way to name one is one more entry in SCHEMES.
How a target is installed is in `environments`.
"""

import re
from collections.abc import Callable
from pathlib import Path

from conformance.servers.errors import SetupError, UnknownNameError

from .target import Target

__all__ = ["SCHEMES", "TARGETS", "Target", "find_target"]

_COMMIT = re.compile(r"[0-9a-f]{40}")

REFERENCE = Path(__file__).resolve().parents[2] / "reference_impl"

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (Target("reference", "the reference implementation in this repository", requirement=REFERENCE),)
}


def _from_path(where: str) -> Target:
    directory = Path(where).expanduser().resolve()
    return Target(f"path:{directory.name}", f"the project in {directory}", requirement=directory)


def _from_pip(requirement: str) -> Target:
    return Target(f"pip:{requirement}", f"{requirement} from the package index", requirement=requirement)


def _from_git(where: str) -> Target:
    url, _, commit = where.rpartition("@")
    if not _COMMIT.fullmatch(commit):
        # What a branch or a tag names can change, and an environment is kept for what it was asked for.
        raise SetupError(f"git:{where}: say which commit, as git:URL@ and 40 hexadecimal digits")
    return Target(f"git:{where}", f"commit {commit[:12]} of {url}", requirement=f"git+{where}")


SCHEMES: dict[str, Callable[[str], Target]] = {"path": _from_path, "pip": _from_pip, "git": _from_git}


def find_target(text: str) -> Target:
    """Return the target of that name, or told by `path:DIRECTORY`, `pip:REQUIREMENT` or `git:URL@COMMIT`.

    Raises:
        UnknownNameError: it is neither; the message offers the nearest names.
        SetupError: it is a directory that holds no project, or a URL without a commit.

    """
    scheme, colon, rest = text.partition(":")
    if text in TARGETS:
        target = TARGETS[text]
    elif colon and scheme in SCHEMES:
        target = SCHEMES[scheme](rest)
    else:
        raise UnknownNameError.among("target", text, [*TARGETS, *(f"{name}:…" for name in SCHEMES)])
    _require_project(target)
    return target


def _require_project(target: Target) -> None:
    where = target.requirement
    if isinstance(where, Path) and not any((where / name).is_file() for name in ("pyproject.toml", "setup.py")):
        raise SetupError(f"{target.name}: no Python project in {where} (no pyproject.toml, no setup.py)")
