"""The environment of a peer: made once, recorded, and a clear message if it cannot be made."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conformance.tests.support import stand_ins
from conformance.tests.support.peers import peer_that
from wsconform.environments.peers import make_peer_environment
from wsconform.errors import BuildError
from wsconform.peers import Package, Peer


@pytest.fixture
def peer(tmp_path: Path, cache: Path) -> Peer:
    """A peer with a small package, which is quick to install."""
    wheel = stand_ins.write_wheel(tmp_path, "small", "1.0", {"__init__.py": ""})
    return peer_that(tmp_path, "", packages=(_Local("small", wheel),), judged=("small",))


class _Local(Package):
    """A package in a file."""

    def __init__(self, name: str, requirement: str) -> None:
        super().__init__(name, "1.0", "==")
        object.__setattr__(self, "requirement", requirement)

    __slots__ = ("requirement",)

    def __str__(self) -> str:
        return str(self.requirement)


def fake_programs(directory: Path, npm: str) -> str:
    """Write a node and an npm; return a PATH with nothing else but the shell's programs."""
    directory.mkdir()
    for name, script in (("node", "echo v20.1.0"), ("npm", npm)):
        (directory / name).write_text(f"#!/bin/sh\n{script}\n")
        (directory / name).chmod(0o755)
    return os.pathsep.join((str(directory), "/usr/bin", "/bin"))


def npm_peer(tmp_path: Path) -> Peer:
    return peer_that(
        tmp_path,
        "",
        installer="npm",
        packages=(Package("ws", "8.0.0", "@"),),
        judged=("ws",),
        command=("{node}", "{program}", "{port}"),
    )


def test_environment_is_made_once_and_records_its_versions(peer: Peer) -> None:
    lines: list[str] = []
    first = make_peer_environment(peer, report=lines.append)
    again = make_peer_environment(peer, report=lines.append)
    assert first.versions == again.versions == {"python": first.versions["python"], "small": "1.0"}
    assert len(lines) == 1
    assert lines[0].startswith("installing small")


def test_package_that_does_not_exist_is_named_with_what_it_needs(tmp_path: Path, cache: Path) -> None:
    package = _Local("absent", f"absent @ {(tmp_path / 'absent-1.0-py3-none-any.whl').as_uri()}")
    peer = peer_that(tmp_path, "", packages=(package,), judged=("absent",))
    with pytest.raises(BuildError, match=r"stand-in could not be installed. It needs absent .* from PyPI") as failed:
        make_peer_environment(peer, report=lambda _: None)
    assert "the end of" in str(failed.value)
    assert not list(cache.glob("*/environment.json"))


def test_packages_of_npm_are_found_by_a_variable(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = json.dumps({"version": "8.0.0"})
    npm = f"""mkdir -p "$3/node_modules/ws" && echo '{about}' > "$3/node_modules/ws/package.json" """
    monkeypatch.setenv("PATH", fake_programs(tmp_path / "bin", npm))
    made = make_peer_environment(npm_peer(tmp_path), report=lambda _: None)
    assert made.versions == {"node": "20.1.0", "ws": "8.0.0"}
    assert Path(made.variables["NODE_PATH"], "ws", "package.json").is_file()
    assert made.interpreter.resolve() == tmp_path / "bin" / "node"


def test_npm_that_fails_is_shown_with_the_end_of_its_log(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", fake_programs(tmp_path / "bin", "echo no route to the registry; exit 1"))
    with pytest.raises(BuildError, match=r"It needs ws@8.0.0 from the npm registry(.|\n)*no route to the registry"):
        make_peer_environment(npm_peer(tmp_path), report=lambda _: None)


def test_node_that_is_missing_is_named_with_how_to_get_it(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"node is not on PATH; install Node.js and npm"):
        make_peer_environment(npm_peer(tmp_path), report=lambda _: None)
