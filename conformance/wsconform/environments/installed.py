"""Read which distributions are installed in an environment, without running its interpreter."""

import json
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distributions
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from wsconform.environments.project import Files

__all__ = ["Installed", "description", "origin", "read_package"]


class Installed:
    """The distributions in the site-packages directories of an environment."""

    def __init__(self, site: Sequence[str]) -> None:
        self._all = list(distributions(path=list(site)))

    def versions(self, names: Iterable[str]) -> dict[str, str]:
        """Return the version of each named distribution.

        Raises:
            PackageNotFoundError: one of them is not installed.
        """
        versions = {canonicalize_name(each.name): each.version for each in self._all}
        try:
            return {name: versions[canonicalize_name(name)] for name in names}
        except KeyError as missing:
            raise PackageNotFoundError(missing.args[0]) from None

    def providers(self, package: str) -> list[Distribution]:
        """Return the distributions that have files in a package, the one with the most files first."""
        counted = [(_files_in(each, package), each) for each in self._all]
        return [each for count, each in sorted(counted, key=lambda pair: -pair[0]) if count]


def origin(distribution: Distribution) -> dict[str, Any]:
    """Return the content of a distribution's `direct_url.json`; empty if it came from an index."""
    text = distribution.read_text("direct_url.json")
    content: dict[str, Any] = json.loads(text) if text else {}
    return content


def description(distribution: Distribution) -> str:
    """Describe a distribution by its metadata: name and version, summary, home page."""
    about = distribution.metadata
    summaries = about.get_all("Summary") or []
    links = (text.rpartition(" ")[2] for text in about.get_all("Project-URL") or ())
    homes = [text for text in (*(about.get_all("Home-page") or ()), *links) if text != "UNKNOWN"]
    return ", ".join((f"{distribution.name} {distribution.version}", *summaries[:1], *homes[:1]))


def read_package(directory: Path) -> Files:
    """Read every file of an installed package except byte code."""
    paths = (path for path in directory.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths if path.suffix != ".pyc"}


def _files_in(distribution: Distribution, package: str) -> int:
    return sum(path.parts[0] == package for path in distribution.files or ())
