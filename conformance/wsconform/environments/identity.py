"""Identify exactly what was judged: distribution, version, hash, commit."""

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

# They would make git use another repository than the one in its command.
_MISLEADING = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}


@dataclass(frozen=True, slots=True)
class Identity:
    """What was installed as a target; fields that are unknown are empty.

    Attributes:
        distribution: the name of the distribution that provides the package.
        version: the version of the distribution.
        sha256: a hash over the names and contents of a local project's files, or else of the installed package's.
        package: the directory of the package, relative to the environment.
        commit: the commit that was installed from a repository, or the HEAD of the checkout that the project is in.
        url: the origin, unless that is a package index or a local directory.
        dirty: whether the project has changes since that commit.
    """

    distribution: str = ""
    version: str = ""
    sha256: str = ""
    package: str = ""
    commit: str = ""
    url: str = ""
    dirty: bool = False

    def to_json(self) -> dict[str, str]:
        """Return the known fields for a run file; `dirty` is present only if true, as "true"."""
        return {name: "true" if value is True else value for name, value in asdict(self).items() if value}

    def with_checkout_of(self, project: Path) -> "Identity":
        """Return a copy with the state of the checkout that `project` is in; empty if it is in none."""
        commit, dirty = _checkout(project)
        return replace(self, commit=commit, dirty=dirty)


def identify(distribution: Distribution, package: Path, root: Path, project: Files) -> Identity:
    """Return the identity of what was installed.

    Args:
        distribution: the distribution that provides the package.
        package: the directory of the package.
        root: the directory of the environment.
        project: the files of the local project that it was built from; empty if there is none.
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
    """Return the commit of the checkout that a project is in, and whether the project has changes since.

    A project whose files are not tracked by the repository around it has no commit.
    """
    if not _git(project, "ls-files", "--", *_PROJECT_FILES):
        return "", False
    commit = _git(project, "rev-parse", "--verify", "HEAD")
    return commit, bool(commit and _git(project, "status", "--porcelain", "--", "."))


def _git(directory: Path, *arguments: str) -> str:
    """Return the output of git for a directory; empty if it fails or is not installed."""
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
