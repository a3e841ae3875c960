"""The targets, as values.

A new one is one more entry in TARGETS, a new way to name one is one more entry in SCHEMES.
How a target is installed is in `environments`.
"""

from collections.abc import Callable
from pathlib import Path

from conformance.servers.errors import SetupError, UnknownNameError

from .target import Target

__all__ = ["SCHEMES", "TARGETS", "Target", "find_target"]

REFERENCE = Path(__file__).resolve().parents[2] / "reference_impl"

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("reference", "the reference implementation in this repository", requirement=REFERENCE),
    )
}


def _from_path(where: str) -> Target:
    directory = Path(where).expanduser().resolve()
    return Target(f"path:{directory.name}", f"the project in {directory}", requirement=directory)


def _from_pip(requirement: str) -> Target:
    return Target(f"pip:{requirement}", f"{requirement} from the package index", requirement=requirement)


SCHEMES: dict[str, Callable[[str], Target]] = {"path": _from_path, "pip": _from_pip}


def find_target(text: str) -> Target:
    """Return the target of that name, or described by `path:DIRECTORY` or `pip:REQUIREMENT`.

    Raises:
        UnknownNameError: it is neither; the message offers the nearest names.
        SetupError: it is a directory that holds no project.

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
    if isinstance(where, Path) and not any(
        (where / name).is_file() for name in ("pyproject.toml", "setup.py")
    ):
        raise SetupError(f"{target.name}: no Python project in {where} (no pyproject.toml, no setup.py)")
