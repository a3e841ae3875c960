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
        settings: Django settings for this target, over those of the site; must be expressible in JSON.

    """

    name: str
    summary: str
    requirement: str | Path
    package: str = "dwebsocket"
    django: str = "Django==5.2.19"
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
