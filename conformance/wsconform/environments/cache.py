"""Make a virtual environment for a target and some servers, once for each content.

    environment = make_environment(find_target("reference"), [find_server("gevent")], report=print)

`store` keeps it in the cache.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError
from itertools import islice
from pathlib import Path
from typing import Any

from wsconform.environments.bytecode import link_bytecode
from wsconform.environments.check import probe, require_api
from wsconform.environments.identity import Identity, identify
from wsconform.environments.installed import Installed
from wsconform.environments.installer import Installer
from wsconform.environments.locks import Lock
from wsconform.environments.plan import Plan
from wsconform.environments.slots import Slot, slots
from wsconform.environments.store import Recipe, cache_root, obtain
from wsconform.environments.versions import OWN, Versions
from wsconform.environments.wheels import Wheels
from wsconform.errors import BuildError, UnsupportedError
from wsconform.servers.server import Server
from wsconform.targets.target import Target

__all__ = ["Environment", "make_environment"]

_DONORS = 4


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
    recipe = Recipe(
        plan.digest,
        f"installing {target.name} with {plan.requirements_text}",
        lambda slot, installer: _build(plan, slot, installer),
    )
    slot, recorded = obtain(recipe, report, left_behind)
    identity = Identity(**recorded["identity"])
    if isinstance(target.requirement, Path):
        # The same files may have been committed since they were installed.
        identity = identity.with_checkout_of(target.requirement)
    return Environment(target, slot.interpreter, recorded["versions"], plan.digest, slot.in_use, identity)


def _build(plan: Plan, slot: Slot, installer: Installer) -> dict[str, dict[str, Any]]:
    installer.create(slot.directory, plan.interpreter.path)
    installer.install(slot.interpreter, [*plan.requirements, *_project_wheel(plan, slot, installer)])
    _write_bytecode(plan, slot, installer)
    return _inspect(plan, slot, installer.left_behind)


def _project_wheel(plan: Plan, slot: Slot, installer: Installer) -> list[str]:
    """Return the path of a wheel of the local project; nothing if the target is not one."""
    if not plan.files:
        return []
    wheels = Wheels(cache_root().with_name("wheels"))
    return [str(wheels.put(plan.files, slot.interpreter, plan.interpreter.build, slot.directory, installer))]


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
        installer.compile(slot.interpreter, site, workers=1 if linked else 0)


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
    findings = probe(slot.interpreter, package, slot.log, left_behind)
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
