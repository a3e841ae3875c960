"""Make the environment of a peer, once for each content: with pip or uv for Python, with npm for Node.js.

    environment = make_peer_environment(find_peers(["aiohttp"])[0], report=print)

`store` keeps it in the cache, beside those of targets.
"""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wsconform.environments.installed import Installed
from wsconform.environments.installer import Installer
from wsconform.environments.interpreters import find_interpreter
from wsconform.environments.locks import Lock
from wsconform.environments.slots import Slot
from wsconform.environments.store import Recipe, cache_root, obtain
from wsconform.errors import BuildError
from wsconform.peers import Package, Peer

__all__ = ["PeerEnvironment", "make_peer_environment"]

# Increment it when the same packages lead to another environment.
_RECIPE = 1
_MODULES = "node_modules"
_NPM_OPTIONS = "--no-audit", "--no-fund", "--no-package-lock", "--no-update-notifier", "--ignore-scripts"
_ASK_WITHIN = 20  # seconds


@dataclass(frozen=True, slots=True)
class PeerEnvironment:
    """The environment of a peer. It is not removed while this value exists.

    Attributes:
        interpreter: the program that runs it: Python or Node.js.
        versions: the version of each of its packages, and of the interpreter.
        variables: environment variables by which the interpreter finds the packages.
        hold: the shared lock that keeps the environment from being removed.
    """

    interpreter: Path
    versions: Mapping[str, str]
    hold: Lock = field(repr=False, compare=False)
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def make_peer_environment(
    peer: Peer,
    *,
    latest: bool = False,
    report: Callable[[str], None],
    left_behind: Callable[[str], None] = lambda _: None,
) -> PeerEnvironment:
    """Return an environment with the packages of a peer; build it if there is none.

    Args:
        peer: the peer.
        latest: install the newest versions, as of today (UTC).
        report: called with a line before anything that takes time: a build, or waiting for another run's build.
        left_behind: called with a sentence about processes that a build left behind and that were killed.

    Raises:
        BuildError: an installer is missing, failed or was stopped; the message has the end of its log, and what would
            have to be installed. Or the cache cannot be written.
    """
    make = {"pip": _with_pip, "npm": _with_npm}[peer.installer]
    try:
        return make(peer, latest, report, left_behind)
    except BuildError as error:
        raise BuildError(f"{peer.name} could not be installed. It needs {_needs(peer, latest)}. {error}") from None
    except OSError as error:
        raise BuildError(f"{peer.name} cannot be installed into {cache_root()}: {error}") from error


def _needs(peer: Peer, latest: bool) -> str:
    return f"{', '.join(map(str, peer.required(latest=latest)))} from {peer.source}"


def _digest(peer: Peer, latest: bool, *interpreter: str) -> str:
    day = datetime.now(UTC).date().isoformat() if latest else ""
    content = [_RECIPE, peer.installer, sorted(map(str, peer.required(latest=latest))), day, interpreter]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


_Tell = Callable[[str], None]


def _with_pip(peer: Peer, latest: bool, report: _Tell, left_behind: _Tell) -> PeerEnvironment:
    interpreter, packages = find_interpreter(), peer.required(latest=latest)

    def build(slot: Slot, installer: Installer) -> Mapping[str, Any]:
        installer.create(slot.directory, interpreter.path)
        installer.install(slot.interpreter, list(map(str, packages)))
        for site in slot.site_packages():
            installer.compile(slot.interpreter, site, workers=0)
        try:
            versions = Installed(slot.site_packages()).versions(package.bare_name for package in packages)
        except PackageNotFoundError as missing:
            raise BuildError(f"{missing.name} is missing after the installation") from None
        return {"versions": {"python": interpreter.build[0].split()[0], **versions}}

    recipe = Recipe(_digest(peer, latest, *interpreter.build), _announcement(peer, latest), build)
    slot, record = obtain(recipe, report, left_behind)
    return PeerEnvironment(slot.interpreter, record["versions"], slot.in_use)


def _with_npm(peer: Peer, latest: bool, report: _Tell, left_behind: _Tell) -> PeerEnvironment:
    node, npm, packages = _program("node"), _program("npm"), peer.required(latest=latest)
    version = _version_of(node)

    def build(slot: Slot, installer: Installer) -> Mapping[str, Any]:
        slot.interpreter.parent.mkdir(parents=True)
        slot.interpreter.symlink_to(node)
        installer.run([str(npm), "install", "--prefix", str(slot.directory), *_NPM_OPTIONS, *map(str, packages)])
        return {"versions": {"node": version, **_npm_versions(slot, packages)}}

    recipe = Recipe(_digest(peer, latest, str(node), version), _announcement(peer, latest), build, program="node")
    slot, record = obtain(recipe, report, left_behind)
    variables = {"NODE_PATH": str(slot.directory / _MODULES)}
    return PeerEnvironment(slot.interpreter, record["versions"], slot.in_use, variables)


def _announcement(peer: Peer, latest: bool) -> str:
    return f"installing {', '.join(map(str, peer.required(latest=latest)))} for {peer.name}"


def _program(name: str) -> Path:
    found = shutil.which(name)
    if not found:
        raise BuildError(f"{name} is not on PATH; install Node.js and npm (Debian, Ubuntu: apt install nodejs npm)")
    return Path(found).resolve() if name == "node" else Path(found)


def _version_of(node: Path) -> str:
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=_ASK_WITHIN, check=True)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise BuildError(f"{node} --version failed: {error}") from None
    return done.stdout.strip().removeprefix("v")


def _npm_versions(slot: Slot, packages: tuple[Package, ...]) -> dict[str, str]:
    found = {}
    for package in packages:
        try:
            about = json.loads((slot.directory / _MODULES / package.name / "package.json").read_bytes())
            found[package.name] = str(about["version"])
        except (OSError, ValueError, KeyError, TypeError):
            raise BuildError(f"{package.name} is missing after the installation") from None
    return found
