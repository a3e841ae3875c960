"""A virtual environment for a target and some servers, made once for each content. Starts no server.

    environment = make_environment(find_target("reference"), [find_server("gevent")], report=print)

A directory is an environment only when `environment.json` is in it, which is written last and renamed into
place; a build that was killed is swept away by whoever comes next. It is built where it stays, because the
scripts of a virtual environment know its path. Beside it lie its locks and the log of its installer.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from conformance.servers.errors import BuildError
from conformance.servers.server import Server

from .installer import Installer
from .locks import Lock
from .plan import Plan
from .project import write_project
from .target import Target

__all__ = ["KEPT", "Environment", "cache_root", "make_environment", "prune"]

#: How many environments stay; beyond it the ones not used for longest go.
KEPT = 12

_NAME_LENGTH = 20  # digits of the digest; a path in a script's first line must not become too long

# Run by the new environment's interpreter: the package must be there, and what is installed is recorded.
_INSPECT = """
import importlib.metadata, importlib.util, json, platform, sys
package, *names = sys.argv[1:]
if importlib.util.find_spec(package) is None:
    sys.exit(f"nothing that was installed provides the package {package!r}")
names += importlib.metadata.packages_distributions()[package]
versions = {name: importlib.metadata.version(name) for name in names}
print(json.dumps({"python": platform.python_version(), **versions}))
"""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a target and its servers are installed. As long as this value lives, nobody removes it.

    Attributes:
        target: what is installed in it.
        python: its interpreter.
        versions: by distribution, of all that was named; and `python`.
        digest: identifies the content: requirements, interpreter and, of a local project, every file.

    """

    target: Target
    python: Path
    versions: dict[str, str]
    digest: str
    hold: Lock = field(repr=False, compare=False)


def cache_root() -> Path:
    """Return where environments are kept: below `$WSCONFORM_CACHE`, else in the user's cache."""
    chosen = os.environ.get("WSCONFORM_CACHE")
    return (Path(chosen) if chosen else platformdirs.user_cache_path("wsconform")) / "environments"


def make_environment(target: Target, servers: Sequence[Server], *, report: Callable[[str], None]) -> Environment:
    """Return an environment with Django, `target` and whatever `servers` require; build it if it is new.

    Args:
        target: what is to be judged.
        servers: what will serve it; their requirements must agree with one another.
        report: is told in a line when this takes time: a build, or waiting for another run's.

    Raises:
        BuildError: an installer failed; the message has its command and the end of its log.

    """
    plan = Plan.of(target, servers)
    slot = _Slot(cache_root() / plan.digest[:_NAME_LENGTH])
    slot.directory.parent.mkdir(parents=True, exist_ok=True)
    slot.in_use.take(alone=False)
    if not slot.is_whole():
        _build_once(plan, slot, report)
        prune(slot.directory.parent, keep=KEPT)
    slot.marker.touch()
    versions = json.loads(slot.marker.read_bytes())
    return Environment(target, slot.python, versions, plan.digest, slot.in_use)


class _Slot:
    """The place of one environment in the cache, and what lies beside it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.marker = directory / "environment.json"
        self.python = directory / "bin" / "python"
        self.source = directory / "source"
        self.log = directory.with_suffix(".log")
        # Shared by those who use it or want to; whoever has it alone may remove everything.
        self.in_use = Lock(directory.with_suffix(".lock"))
        # Taken alone by whoever builds.
        self.in_build = Lock(directory.with_suffix(".build"))

    def is_whole(self) -> bool:
        """Tell whether it is finished, and the interpreter that it was made of still there."""
        return self.marker.exists() and self.python.exists()

    def last_used(self) -> float:
        """Return when it was last asked for; what is not whole never was."""
        with suppress(FileNotFoundError):
            return self.marker.stat().st_mtime
        return 0.0

    def empty(self) -> None:
        """Remove the environment, the marker first: if we are killed, what is left is not whole."""
        self.marker.unlink(missing_ok=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def remove(self) -> None:
        """Remove it and all that lies beside it, but for the lock that we hold."""
        self.empty()
        for path in (self.log, self.directory.with_suffix(".build")):
            path.unlink(missing_ok=True)


def _build_once(plan: Plan, slot: _Slot, report: Callable[[str], None]) -> None:
    """Build, unless another run has done so while we waited for it."""
    if not slot.in_build.take(alone=True, wait=False):
        report("waiting for another run that builds the same environment")
        slot.in_build.take(alone=True)
    try:
        if not slot.is_whole():
            report(f"installing {plan.target.name} with {plan.wishes}")
            _build(plan, slot)
    finally:
        # Now, and not when the last reference to a traceback goes.
        slot.in_build.release()


def _build(plan: Plan, slot: _Slot) -> None:
    slot.empty()
    slot.log.unlink(missing_ok=True)
    installer = Installer(slot.log, keep_open=(slot.in_use.descriptor, slot.in_build.descriptor))
    try:
        installer.create(slot.directory)
        installer.install(slot.python, [*plan.requirements, *_unpacked(plan, slot)])
        versions = _inspect(plan, slot)
    except BaseException:
        slot.empty()
        raise
    draft = slot.marker.with_suffix(".draft")
    draft.write_text(json.dumps(versions, indent=1))
    draft.replace(slot.marker)


def _unpacked(plan: Plan, slot: _Slot) -> list[str]:
    """Write a local project's files into a place of their own: a build leaves by-products in it."""
    if not plan.files:
        return []
    write_project(plan.files, slot.source)
    return [str(slot.source)]


def _inspect(plan: Plan, slot: _Slot) -> dict[str, str]:
    command = [str(slot.python), "-I", "-c", _INSPECT, plan.target.package, *plan.distributions]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise BuildError(f"{plan.target.name} with {plan.wishes} was installed, but: {done.stderr.strip()}")
    versions: dict[str, str] = json.loads(done.stdout)
    return versions


def prune(root: Path, *, keep: int) -> None:
    """Remove all but the `keep` environments that were used last, except those that somebody holds."""
    slots = [_Slot(lock.with_suffix("")) for lock in root.glob("*.lock")]
    for slot in sorted(slots, key=_Slot.last_used, reverse=True)[keep:]:
        if slot.in_use.take(alone=True, wait=False):
            slot.remove()
            slot.in_use.discard()
