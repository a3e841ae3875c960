"""Plan the content of an environment, and compute its digest."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wsconform.environments.interpreters import Interpreter, find_interpreter
from wsconform.environments.project import Files, fingerprint, read_project
from wsconform.environments.versions import OWN, Versions, pinned
from wsconform.errors import PythonMissingError
from wsconform.servers.server import Server
from wsconform.targets.target import Target

__all__ = ["Plan"]

# Increment it when the same plan leads to another environment.
_RECIPE = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """The content of an environment.

    Attributes:
        target: the target to install.
        interpreter: the interpreter of the environment.
        requirements: the requirements to install from an index.
        distributions: the distributions whose versions are recorded, in addition to the target's.
        files: the files of the local project to install; empty if the target is not one.
        digest: identifies the content; it does not depend on the target's name and settings.
    """

    target: Target
    interpreter: Interpreter
    requirements: tuple[str, ...]
    distributions: tuple[str, ...]
    files: Files
    digest: str

    @classmethod
    def of(cls, target: Target, servers: Sequence[Server], versions: Versions = OWN) -> "Plan":
        """Plan an environment for a target and its servers; reads the files of a local project.

        Raises:
            PythonMissingError: the required Python is not on this machine, or is not the requested one.
            SetupError: a version or a pin does not fit.
        """
        required = [text for server in servers for text in server.requires]
        requirements = {versions.django_requirement or target.django, *pinned(required, versions.pins)}
        files: Files = {}
        if isinstance(target.requirement, Path):
            files = read_project(target.requirement)
        else:
            requirements.add(target.requirement)
        distributions = {"Django"}.union(*(server.versions_of for server in servers))
        wanted = tuple(sorted(requirements)), tuple(sorted(distributions))
        interpreter = find_interpreter(_minors(target, servers, versions.python))
        digest = _digest(interpreter.build, *wanted, target.package, fingerprint(files))
        return cls(target, interpreter, *wanted, files, digest)

    @property
    def requirements_text(self) -> str:
        """The requirements in addition to the target, for messages."""
        return ", ".join(self.requirements)


def _minors(target: Target, servers: Sequence[Server], chosen: str) -> tuple[str, ...]:
    """Return the minor versions of Python to look for, the preferred one first; none if any will do."""
    needs = {server.python: server.name for server in servers if server.python}
    for minor, name in needs.items():
        if chosen not in ("", minor) or len(needs) > 1:
            raise PythonMissingError(f"{name} needs Python {minor}, but {chosen or ' and '.join(needs)} is requested")
    return (chosen,) if chosen else tuple(needs) or target.python


def _digest(*content: object) -> str:
    return hashlib.sha256(json.dumps([_RECIPE, content]).encode()).hexdigest()
