"""Make a virtual environment for a target and some servers, once for each content.

    environment = make_environment(find_target("reference"), [find_server("gevent")], report=print)

Each environment has a slot: a directory named by the digest of its content, with locks and the installer's log beside
it. The environment is complete when its directory holds `environment.json`, which is written last and renamed into
place; the next run removes what a killed build has left. An environment is built in its final place, because the
scripts of a virtual environment contain its path.
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

from wsconform.environments.bytecode import link_bytecode
from wsconform.environments.check import probe, require_api
from wsconform.environments.identity import Identity, identify
from wsconform.environments.installed import Installed
from wsconform.environments.installer import Installer
from wsconform.environments.locks import Lock
from wsconform.environments.plan import Plan
from wsconform.environments.slots import Slot, prune, slots
from wsconform.environments.versions import OWN, Versions
from wsconform.environments.wheels import Wheels
from wsconform.errors import BuildError, UnsupportedError
from wsconform.servers.server import Server
from wsconform.targets.target import Target

__all__ = ["KEPT", "Environment", "cache_root", "make_environment"]

#: How many environments to keep, enough for two targets on every server; the least recently used are removed. An
#: environment takes about 20 MB in addition to files shared through uv's cache, or 60 to 120 MB without sharing.
KEPT = 64

_DONORS = 4

_NAME_LENGTH = 20  # digits of the digest: the path in a script's first line must not become too long


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with a target and its servers. It is not removed while this value exists.

    Attributes:
        target: the target that is installed in it.
        python: its interpreter.
        versions: the version of each recorded distribution, and of `python`.
        digest: identifies the content: requirements, interpreter and every file of a local project.
        hold: the shared lock that keeps the environment from being removed.
        identity: what exactly was installed as the target.
    """

    target: Target
    python: Path
    versions: dict[str, str]
    digest: str
    hold: Lock = field(repr=False, compare=False)
    identity: Identity = field(default_factory=Identity)


def cache_root() -> Path:
    """Return the directory of the environments: below `$WSCONFORM_CACHE`, or else in the user's cache."""
    chosen = os.environ.get("WSCONFORM_CACHE")
    return (Path(chosen) if chosen else platformdirs.user_cache_path("wsconform")) / "environments"


def make_environment(
    target: Target,
    servers: Sequence[Server],
    *,
    versions: Versions = OWN,
    report: Callable[[str], None],
    left_behind: Callable[[str], None] = lambda _: None,
) -> Environment:
    """Return an environment with Django, `target` and the requirements of `servers`; build it if there is none.

    Args:
        target: the target to install.
        servers: the servers to install; their requirements must be compatible.
        versions: versions that replace those of the target and the servers.
        report: called with a line before anything that takes time: a build, or waiting for another run's build.
        left_behind: called with a sentence about processes that a build left behind and that were killed.

    Raises:
        UnsupportedError: the target cannot be tested.
        PythonMissingError: the required Python is not on this machine.
        UnknownNameError: a pin is for a distribution that no server requires.
        BuildError: an installer failed or was stopped; the message has its command and the end of its log. Or the cache
            cannot be written.
        NotTheApiError: another project was installed.
        IncompatibleError: the target does not work with this Django or Python.
    """
    if target.unsupported:
        raise UnsupportedError(f"{target.name} {target.unsupported}")
    plan = Plan.of(target, servers, versions)
    try:
        return _find_or_build(plan, report, left_behind)
    except OSError as error:
        raise BuildError(f"{target.name} cannot be installed into {cache_root()}: {error}") from error


def _find_or_build(plan: Plan, report: Callable[[str], None], left_behind: Callable[[str], None]) -> Environment:
    target = plan.target
    slot = Slot(cache_root() / plan.digest[:_NAME_LENGTH])
    slot.directory.parent.mkdir(parents=True, exist_ok=True)
    slot.in_use.acquire(exclusive=False)
    if not slot.is_complete():
        _build_once(plan, slot, report, left_behind)
        prune(slot.directory.parent, keep=KEPT)
    slot.marker.touch()
    recorded = json.loads(slot.marker.read_bytes())
    identity = Identity(**recorded["identity"])
    if isinstance(target.requirement, Path):
        # The same files may have been committed since they were installed.
        identity = identity.with_checkout_of(target.requirement)
    return Environment(target, slot.python, recorded["versions"], plan.digest, slot.in_use, identity)


def _build_once(plan: Plan, slot: Slot, report: Callable[[str], None], left_behind: Callable[[str], None]) -> None:
    """Build the environment, unless another run has built it while we waited."""
    if not slot.in_build.acquire(exclusive=True, wait=False):
        report("waiting for another run that builds the same environment")
        slot.in_build.acquire(exclusive=True)
    try:
        if not slot.is_complete():
            report(f"installing {plan.target.name} with {plan.requirements_text}")
            _build(plan, slot, left_behind)
    finally:
        # A traceback may keep a reference to the lock alive.
        slot.in_build.release()


def _build(plan: Plan, slot: Slot, left_behind: Callable[[str], None]) -> None:
    slot.empty()
    slot.log.unlink(missing_ok=True)
    installer = Installer(slot.log, (slot.in_use.descriptor, slot.in_build.descriptor), left_behind)
    try:
        installer.create(slot.directory, plan.interpreter.path)
        installer.install(slot.python, [*plan.requirements, *_project_wheel(plan, slot, installer)])
        _write_bytecode(plan, slot, installer)
        record = _inspect(plan, slot, left_behind)
    except BaseException:
        slot.empty()
        raise
    draft = slot.marker.with_suffix(".draft")
    draft.write_text(json.dumps(record, indent=1))
    draft.replace(slot.marker)


def _project_wheel(plan: Plan, slot: Slot, installer: Installer) -> list[str]:
    """Return the path of a wheel of the local project; nothing if the target is not one."""
    if not plan.files:
        return []
    wheels = Wheels(cache_root().with_name("wheels"))
    return [str(wheels.put(plan.files, slot.python, plan.interpreter.build, slot.directory, installer))]


def _write_bytecode(plan: Plan, slot: Slot, installer: Installer) -> None:
    """Share the byte code of other environments, and compile the rest."""
    sites = slot.site_packages()
    donors = islice(_donors(plan, slot.directory.parent), _DONORS)
    linked = sum(
        link_bytecode(Path(ours), Path(theirs))
        for donor in donors
        for theirs in donor.site_packages()
        for ours in sites
    )
    for site in sites:
        installer.compile(slot.python, site, workers=1 if linked else 0)


def _donors(plan: Plan, root: Path) -> Iterator[Slot]:
    """Yield the environments with the same Python, the most recently used first, each locked while it is in use."""
    for slot in slots(root):
        if slot.in_use.acquire(exclusive=False, wait=False):
            try:
                if slot.is_complete() and _has_python(slot, plan.interpreter.minor):
                    yield slot
            finally:
                slot.in_use.release()


def _has_python(slot: Slot, minor: str) -> bool:
    # Looks at the directories, since another version of the suite may have written another form of marker.
    return any(Path(site).parent.name == f"python{minor}" for site in slot.site_packages())


def _inspect(plan: Plan, slot: Slot, left_behind: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """Check that the documented API was installed; return the versions and the identity of what was."""
    package = plan.target.package
    findings = probe(slot.python, package, slot.log, left_behind)
    installed = Installed(slot.site_packages())
    provider = require_api(plan.target, findings, installed, slot.log)
    names = [*plan.distributions, *(each.name for each in installed.providers(package))]
    try:
        versions = {"python": findings.python, **installed.versions(names)}
    except PackageNotFoundError as missing:
        raise BuildError(
            f"{plan.target.name} with {plan.requirements_text} was installed, but {missing.name} is missing"
        ) from None
    identity = identify(provider, Path(findings.directory), slot.directory, plan.files)
    return {"versions": versions, "identity": asdict(identity)}
