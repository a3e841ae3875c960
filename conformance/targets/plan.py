"""What will be in an environment, and the digest that follows from it. Installs nothing."""

import hashlib
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.servers.server import Server

from .project import Files, fingerprint, read_project
from .target import Target

__all__ = ["Plan"]

# Raise it when an environment is made differently from the same input.
_RECIPE = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be in an environment.

    Attributes:
        target: what is to be judged.
        requirements: what is installed from an index.
        distributions: those whose versions are recorded, beside the target's.
        files: what is installed from a local project; empty if the target is not one.
        digest: differs when any of this does, or the interpreter; a target's name and settings do not count.

    """

    target: Target
    requirements: tuple[str, ...]
    distributions: tuple[str, ...]
    files: Files
    digest: str

    @classmethod
    def of(cls, target: Target, servers: Sequence[Server]) -> "Plan":
        """Plan for a target and those who serve it; reads the files of a local project."""
        requirements = {target.django}.union(*(server.requires for server in servers))
        files: Files = {}
        if isinstance(target.requirement, Path):
            files = read_project(target.requirement)
        else:
            requirements.add(target.requirement)
        distributions = {"Django"}.union(*(server.versions_of for server in servers))
        wanted = tuple(sorted(requirements)), tuple(sorted(distributions))
        return cls(target, *wanted, files, _digest(*wanted, target.package, fingerprint(files)))

    @property
    def wishes(self) -> str:
        """What is asked for beside the target, for people."""
        return ", ".join(self.requirements)


def _digest(*content: object) -> str:
    interpreter = sys.version, sys.base_prefix, platform.machine()
    return hashlib.sha256(json.dumps([_RECIPE, interpreter, content]).encode()).hexdigest()
