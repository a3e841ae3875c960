"""The targets, and how to name one.

To add a target, add an entry to `_ALL`, or to `RELEASES` in `releases` if it is a released distribution. To add a way
of naming one, add an entry to `SCHEMES`. `environments` installs targets.
"""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from wsconform.checkout import CHECKOUT
from wsconform.errors import SetupError, UnknownNameError
from wsconform.targets.releases import RELEASES, find_release
from wsconform.targets.requirements import parse_requirement
from wsconform.targets.target import Target

__all__ = ["SCHEMES", "TARGETS", "Target", "find_target"]

_COMMIT = re.compile(r"[0-9a-f]{40}")
_PART = re.compile(r"subdirectory=[\w./-]+")

#: The project of the reference: in the checkout, or else in the wheel, where `setup.py` puts it.
REFERENCE = (CHECKOUT or Path(__file__).resolve().parents[1]) / "reference_impl"

_ALL = (
    Target("reference", "dwebsocket, the reference implementation for Django", requirement=REFERENCE),
    *(
        release.target(f"{release.distribution}-{release.version}", f"{release.distribution}=={release.version}")
        for release in RELEASES
    ),
)

TARGETS: dict[str, Target] = {target.name: target for target in _ALL}


def _from_path(where: str) -> Target:
    directory = Path(where).expanduser().resolve()
    return Target(f"path:{directory.name}", f"the project in {directory}", requirement=directory)


def _from_pip(text: str) -> Target:
    name, requirement = f"pip:{text}", parse_requirement(text)
    release = find_release(requirement)
    if release:
        return release.target(name, text)
    return Target(name, f"{text} from {requirement.url or 'the package index'}", requirement=text)


def _from_git(where: str) -> Target:
    address, mark, part = where.partition("#")
    url, _, commit = address.rpartition("@")
    if mark and not _PART.fullmatch(part):
        raise SetupError(f"git:{where}: only subdirectory=DIRECTORY can follow #")
    if not _COMMIT.fullmatch(commit):
        # A branch or a tag can move, but an environment is kept under the requirement that it was built from.
        raise SetupError(
            f"git:{where}: say which commit, as git:URL@ and 40 hexadecimal digits; find the commit of a branch or "
            f"a tag with `git ls-remote URL`, or with `git rev-parse NAME` in a checkout"
        )
    if urlsplit(url).password:
        raise SetupError(
            "git: the URL has a password, which every report would show; use git's credential storage instead"
        )
    repository = url if ":" in url else Path(url).expanduser().resolve().as_uri()
    requirement = f"git+{repository}@{commit}{mark}{part}"
    return Target(f"git:{where}", f"commit {commit[:12]} of {url}", requirement=requirement)


SCHEMES: dict[str, Callable[[str], Target]] = {"path": _from_path, "pip": _from_pip, "git": _from_git}


def find_target(text: str) -> Target:
    """Return the target of that name, or one given as `path:DIRECTORY`, `pip:REQUIREMENT` or `git:URL@COMMIT`.

    Append `#subdirectory=DIRECTORY` to the commit for a project in a subdirectory of the repository.

    Raises:
        UnknownNameError: it is neither; the message offers the nearest names.
        VersionError: it is a malformed requirement.
        SetupError: it is a directory without a project, or a URL without a commit.
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
