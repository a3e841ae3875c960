"""A virtual environment for a target and some servers, made once for each content. Starts no server.

    environment = make_environment(find_target("reference"), [find_server("gevent")], report=print)

A directory is an environment only when `environment.json` is in it, which is written last and renamed into
place; a build that was killed is swept away by whoever comes next. It is built where it stays, because the
scripts of a virtual environment know its path. Beside it lie its locks and the log of its installer.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError
from itertools import islice
from pathlib import Path
from typing import Any

import platformdirs

from wsconform.environments.bytecode import take_over
from wsconform.environments.check import probe, require_api
from wsconform.environments.identity import Identity, identify
from wsconform.environments.installed import Installed
from wsconform.environments.installer import Installer
from wsconform.environments.locks import Lock
from wsconform.environments.plan import Plan
from wsconform.environments.slots import Slot, kept, prune
from wsconform.environments.versions import OWN, Versions
from wsconform.environments.wheels import Wheels
from wsconform.errors import BuildError, UnsupportedError
from wsconform.servers.server import Server
from wsconform.targets.target import Target

__all__ = ["KEPT", "Environment", "cache_root", "make_environment"]

#: How many environments stay, enough for two targets on every server; beyond it the ones not used for longest
#: go. One takes some 20 MB beside what it shares with others by uv's cache, and 60 to 120 MB if it cannot share.
KEPT = 64

_DONORS = 4

_NAME_LENGTH = 20  # digits of the digest; a path in a script's first line must not become too long


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a target and its servers are installed. As long as this value lives, nobody removes it.

    Attributes:
        target: what is installed in it.
        python: its interpreter.
        versions: by distribution, of all that was named; and `python`.
        digest: identifies the content: requirements, interpreter and, of a local project, every file.
        identity: what exactly the target was.

    """

    target: Target
    python: Path
    versions: dict[str, str]
    digest: str
    hold: Lock = field(repr=False, compare=False)
    identity: Identity = field(default_factory=Identity)


def cache_root() -> Path:
    """Return where environments are kept: below `$WSCONFORM_CACHE`, else in the user's cache."""
    chosen = os.environ.get("WSCONFORM_CACHE")
    return (Path(chosen) if chosen else platformdirs.user_cache_path("wsconform")) / "environments"


def make_environment(
    target: Target,
    servers: Sequence[Server],
    *,
    versions: Versions = OWN,
    report: Callable[[str], None],
) -> Environment:
    """Return an environment with Django, `target` and whatever `servers` require; build it if it is new.

    Args:
        target: what is to be judged.
        servers: what will serve it; their requirements must agree with one another.
        versions: what is asked for instead of what the target and the servers bring along.
        report: is told in a line when this takes time: a build, or waiting for another run's.

    Raises:
        UnsupportedError: nothing can be played against the target.
        PythonMissingError: the Python that is needed is not on this machine.
        UnknownNameError: a pin is for nothing that the servers require.
        BuildError: an installer failed; the message has its command and the end of its log.
        NotTheApiError: what was installed is another project.
        IncompatibleError: it is the target, and does not work with this Django or Python.

    """
    if target.unsupported:
        raise UnsupportedError(f"{target.name} {target.unsupported}")
    plan = Plan.of(target, servers, versions)
    slot = Slot(cache_root() / plan.digest[:_NAME_LENGTH])
    slot.directory.parent.mkdir(parents=True, exist_ok=True)
    slot.in_use.take(alone=False)
    if not slot.is_whole():
        _build_once(plan, slot, report)
        prune(slot.directory.parent, keep=KEPT)
    slot.marker.touch()
    about = json.loads(slot.marker.read_bytes())
    identity = Identity(**about["identity"])
    if isinstance(target.requirement, Path):
        # As it is now: the same files may have been committed since they were installed.
        identity = identity.checked_out(target.requirement)
    return Environment(target, slot.python, about["versions"], plan.digest, slot.in_use, identity)


def _build_once(plan: Plan, slot: Slot, report: Callable[[str], None]) -> None:
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


def _build(plan: Plan, slot: Slot) -> None:
    slot.empty()
    slot.log.unlink(missing_ok=True)
    installer = Installer(slot.log, keep_open=(slot.in_use.descriptor, slot.in_build.descriptor))
    try:
        installer.create(slot.directory, plan.interpreter.path)
        installer.install(slot.python, [*plan.requirements, *_built(plan, slot, installer)])
        _write_bytecode(plan, slot, installer)
        about = _describe(plan, slot)
    except BaseException:
        slot.empty()
        raise
    draft = slot.marker.with_suffix(".draft")
    draft.write_text(json.dumps(about, indent=1))
    draft.replace(slot.marker)


def _built(plan: Plan, slot: Slot, installer: Installer) -> list[str]:
    """Return what installs a local project: a wheel of it."""
    if not plan.files:
        return []
    wheels = Wheels(cache_root().with_name("wheels"))
    return [str(wheels.put(plan.files, slot.python, plan.interpreter.build, slot.directory, installer))]


def _write_bytecode(plan: Plan, slot: Slot, installer: Installer) -> None:
    """Take over what others have compiled already, and compile the rest."""
    sites = slot.site()
    donors = islice(_donors(plan, slot.directory.parent), _DONORS)
    taken = sum(take_over(Path(ours), Path(theirs)) for donor in donors for theirs in donor.site() for ours in sites)
    for site in sites:
        installer.compile(slot.python, site, workers=1 if taken else 0)


def _donors(plan: Plan, root: Path) -> Iterator[Slot]:
    """Give the environments with the same Python, the one used last first; nobody removes one while it is used."""
    for slot in kept(root):
        if slot.in_use.take(alone=False, wait=False):
            try:
                if slot.is_whole() and _has_python(slot, plan.interpreter.minor):
                    yield slot
            finally:
                slot.in_use.release()


def _has_python(slot: Slot, minor: str) -> bool:
    """Tell by its directories: an older or newer suite may have left an environment with another marker."""
    return any(Path(site).parent.name == f"python{minor}" for site in slot.site())


def _describe(plan: Plan, slot: Slot) -> dict[str, dict[str, Any]]:
    """Return versions and identity of what was installed, once it is seen to be the documented API."""
    package = plan.target.package
    findings = probe(slot.python, package, slot.log)
    installed = Installed(slot.site())
    provider = require_api(plan.target, findings, installed, slot.log)
    names = [*plan.distributions, *(each.name for each in installed.providers(package))]
    try:
        versions = {"python": findings.python, **installed.versions(names)}
    except PackageNotFoundError as missing:
        raise BuildError(f"{plan.target.name} with {plan.wishes} was installed, but without {missing.name}") from None
    identity = identify(provider, Path(findings.directory), slot.directory, plan.files)
    return {"versions": versions, "identity": asdict(identity)}
