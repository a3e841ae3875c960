"""What exactly was judged: distribution, version, hash, commit. Installs nothing and judges nothing."""

import os
import subprocess
from dataclasses import asdict, dataclass, replace
from importlib.metadata import Distribution
from pathlib import Path
from urllib.parse import urlsplit

from wsconform.environments.installed import origin, read_package
from wsconform.environments.project import Files, fingerprint

__all__ = ["Identity", "identify"]

_PROJECT_FILES = ("pyproject.toml", "setup.py")

# They would lead git to another repository than the one it is told.
_MISLEADING = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a target was when it was installed; what is not known is empty.

    Attributes:
        distribution: the name of what provides the package.
        version: its version.
        sha256: of a local project, over the names and contents of its files; of all others, likewise over the
            package as it was installed.
        package: the directory of the package, relative to the environment.
        commit: of a repository, the commit that was installed; of a directory in a checkout, its HEAD.
        url: where it came from, if that was no package index and no directory here.
        dirty: whether the directory had changes over that commit.

    """

    distribution: str = ""
    version: str = ""
    sha256: str = ""
    package: str = ""
    commit: str = ""
    url: str = ""
    dirty: bool = False

    def to_json(self) -> dict[str, str]:
        """Return what is known, by field, for a run file; `dirty` is there only if it is so, and then "true"."""
        return {name: "true" if value is True else value for name, value in asdict(self).items() if value}

    def checked_out(self, project: Path) -> "Identity":
        """Return the same with the state of the checkout that `project` is in; without one, if it is in none."""
        commit, dirty = _checkout(project)
        return replace(self, commit=commit, dirty=dirty)


def identify(distribution: Distribution, package: Path, root: Path, project: Files) -> Identity:
    """Return the identity of what was installed.

    Args:
        distribution: what provides the package.
        package: its directory.
        root: that of the environment.
        project: the files that it was built from, if that was a local project.

    """
    where = {} if project else origin(distribution)
    return Identity(
        distribution.name,
        distribution.version,
        sha256=fingerprint(project or read_package(package)),
        package=package.resolve().relative_to(root.resolve()).as_posix(),
        commit=where.get("vcs_info", {}).get("commit_id", ""),
        url=_without_secrets(where.get("url", "")),
    )


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.password else url


def _checkout(project: Path) -> tuple[str, bool]:
    """Return the commit of the checkout that keeps a project, and whether it has been changed since.

    A project that merely lies in some other repository, unknown to it, has none.
    """
    if not _git(project, "ls-files", "--", *_PROJECT_FILES):
        return "", False
    commit = _git(project, "rev-parse", "--verify", "HEAD")
    return commit, bool(commit and _git(project, "status", "--porcelain", "--", "."))


def _git(directory: Path, *arguments: str) -> str:
    """Return what git prints of a directory; nothing if it fails, or there is no git."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(directory), *arguments],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name not in _MISLEADING},
        )
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.strip()
