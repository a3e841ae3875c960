"""Reads what is installed in an environment, from outside. Runs nothing in it and judges nothing."""

import json
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distributions
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from wsconform.environments.project import Files

__all__ = ["Installed", "description", "origin", "read_package"]


class Installed:
    """The distributions in the directories where an environment keeps them ("site-packages")."""

    def __init__(self, site: Sequence[str]) -> None:
        self._all = list(distributions(path=list(site)))

    def versions(self, names: Iterable[str]) -> dict[str, str]:
        """Return the version of each distribution of these names.

        Raises:
            PackageNotFoundError: one of them is not installed.

        """
        known = {canonicalize_name(each.name): each.version for each in self._all}
        try:
            return {name: known[canonicalize_name(name)] for name in names}
        except KeyError as missing:
            raise PackageNotFoundError(missing.args[0]) from None

    def providers(self, package: str) -> list[Distribution]:
        """Return the distributions that have files in a package, the one with most of them first."""
        counted = [(_files_in(each, package), each) for each in self._all]
        return [each for count, each in sorted(counted, key=lambda pair: -pair[0]) if count]


def origin(distribution: Distribution) -> dict[str, Any]:
    """Return where a distribution came from if it was not an index: the content of its `direct_url.json`."""
    text = distribution.read_text("direct_url.json")
    where: dict[str, Any] = json.loads(text) if text else {}
    return where


def description(distribution: Distribution) -> str:
    """Return what a distribution says of itself: its name and version, its summary, where its home is."""
    about = distribution.metadata
    summaries = about.get_all("Summary") or []
    links = (text.rpartition(" ")[2] for text in about.get_all("Project-URL") or ())
    homes = [text for text in (*(about.get_all("Home-page") or ()), *links) if text != "UNKNOWN"]
    return ", ".join((f"{distribution.name} {distribution.version}", *summaries[:1], *homes[:1]))


def read_package(directory: Path) -> Files:
    """Read every file of an installed package but byte code."""
    paths = (path for path in directory.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths if path.suffix != ".pyc"}


def _files_in(distribution: Distribution, package: str) -> int:
    return sum(path.parts[0] == package for path in distribution.files or ())
