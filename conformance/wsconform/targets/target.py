"""What a target is: an installable implementation, as a value. Knows no environment and no server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

__all__ = ["Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """An implementation that can be judged.

    Attributes:
        name: what people type and what reports print.
        summary: one line for lists.
        requirement: what is installed: a pip requirement, which may be a URL, or the directory of a project.
        package: what must be importable once it is installed; whatever distribution provides it is recorded.
        django: the pip requirement for Django.
        python: minor versions that it works with, the one to take first; empty if whatever runs us will do.
        settings: Django settings for this target, over those of the site; must be expressible in JSON.
        notes: what a reader of a report should know, such as why it is not the newest Django.
        unsupported: why nothing can be played against it; empty if it can.

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
        """What is installed, for reports: of a directory only its name, which says nothing of this machine."""
        return self.requirement.name if isinstance(self.requirement, Path) else self.requirement
