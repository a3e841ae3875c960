"""The description of a target: an implementation that can be installed and judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

__all__ = ["Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """An implementation that can be judged.

    Attributes:
        name: the name on the command line and in reports.
        summary: one line for lists.
        requirement: a pip requirement, which may be a URL, or the directory of a project.
        package: the package that must be importable once it is installed, from any distribution.
        django: the pip requirement for Django.
        python: the minor versions that it works with, the preferred one first; empty for the one running the suite.
        settings: Django settings for this target, which override the site's; must be expressible in JSON.
        notes: remarks for readers of a report, such as why it does not have the newest Django.
        unsupported: why no case can be played against it; empty if it can be tested.
    """

    name: str
    summary: str
    requirement: str | Path
    package: str = "dwebsocket"
    django: str = "Django==5.2.19"
    python: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    notes: str = ""
    unsupported: str = ""

    @property
    def requirement_text(self) -> str:
        """The requirement as reports show it: only the name of a directory, to reveal nothing about this machine."""
        return self.requirement.name if isinstance(self.requirement, Path) else self.requirement
