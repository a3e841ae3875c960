"""Both distributions are built and installed as users get them, away from the checkout."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path

import pytest

from conformance.tests.support.processes import crooked_process
from wsconform.environments.installer import find_uv, installer_environment
from wsreport.model import read_run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(find_uv() is None, reason="uv is not installed"),
]

ROOT = Path(__file__).parents[3]
PROJECTS = {"wsconform": ".", "dwebsocket": "reference_impl"}
UNVERSIONED = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "out")
FOLDERS = "conformance", "reports", "reference_impl"

READ = "import sys; from wsreport.model import gate, read_run; print(gate(read_run(sys.argv[1])))"


def run(command: Sequence[str | Path], cwd: Path, code: int = 0) -> str:
    """Run a command without this process's import paths; return what it printed."""
    words = list(map(str, command))
    # Byte code is kept, or each process would make that of Twisted anew.
    environment = {name: value for name, value in installer_environment().items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, env=environment)
    assert done.returncode == code, f"{words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def uv(*arguments: str | Path, cwd: Path) -> None:
    run([str(find_uv()), *arguments], cwd)


@dataclass(frozen=True)
class Built:
    """The files that were built from one copy of the checkout."""

    source: Path
    sdists: dict[str, Path]
    wheels: dict[str, Path]
    #: Built from the checkout, without a source distribution in between.
    direct_wheels: dict[str, Path]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    place = tmp_path_factory.mktemp("wheels")
    source = place / "source"
    source.mkdir()
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy2(path, source)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, source / folder, ignore=UNVERSIONED)
    sdists, wheels, direct_wheels = {}, {}, {}
    for name, project in PROJECTS.items():
        # From the copy before anything was built in it, whose by-products setuptools would take for sources.
        uv("build", "--quiet", "--out-dir", place / name, source / project, cwd=place)
        (sdists[name],) = (place / name).glob("*.tar.gz")
        (wheels[name],) = (place / name).glob("*.whl")
        uv("build", "--quiet", "--wheel", "--out-dir", place / f"{name}-direct", source / project, cwd=place)
        (direct_wheels[name],) = (place / f"{name}-direct").glob("*.whl")
    return Built(source, sdists, wheels, direct_wheels)


@dataclass(frozen=True)
class Installed:
    """The suite in an environment of its own."""

    environment: Path
    cwd: Path

    def wsconform(self, *arguments: str | Path, code: int = 0) -> str:
        return run([self.environment / "bin" / "wsconform", *arguments], self.cwd, code)


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    place = tmp_path_factory.mktemp("installed")
    environment = place / "environment"
    uv("venv", "--quiet", environment, cwd=place)
    constraints = ROOT / "ci" / "constraints.txt"
    python = environment / "bin" / "python"
    uv("pip", "install", "--quiet", "--python", python, "-c", constraints, built.wheels["wsconform"], cwd=place)
    return Installed(environment, place)


@pytest.fixture(scope="module")
def matrix(installed: Installed, built: Built) -> Path:
    """The run file of a matrix with the shipped reference and with a fork."""
    fork = installed.cwd / "fork"
    shutil.copytree(built.source / "reference_impl", fork, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    targets = ("--target", "reference", "--target", f"path:{fork}")
    options = ("--server", "runserver", "--cases", "1.1.1,A.1.1,W.1.1", "--no-attribution")
    installed.wsconform("matrix", *targets, *options, "--output", "matrix")
    return installed.cwd / "matrix" / "run.jsonl"


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())


# What was built


@pytest.mark.parametrize("name", PROJECTS)
def test_source_distribution_makes_the_same_wheel(built: Built, name: str) -> None:
    assert names(built.wheels[name]) == names(built.direct_wheels[name])


@pytest.mark.parametrize("name", PROJECTS)
def test_wheel_has_its_licence(built: Built, name: str) -> None:
    with zipfile.ZipFile(built.wheels[name]) as archive:
        (metadata,) = (entry for entry in archive.namelist() if entry.endswith(".dist-info/METADATA"))
        about = Parser().parsestr(archive.read(metadata).decode())
        licence = archive.read(metadata.replace("METADATA", "licenses/LICENSE")).decode()
    assert about.get_all("License-File") == ["LICENSE"]
    assert about["License-Expression"] == "MIT"
    assert licence == (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("name", PROJECTS)
def test_source_distribution_has_the_change_log(built: Built, name: str) -> None:
    with tarfile.open(built.sdists[name]) as archive:
        inside = [entry.partition("/")[2] for entry in archive.getnames()]
    assert {"CHANGELOG.md", "LICENSE", "README.md"} <= set(inside)
    assert not any(entry.split("/")[0] == "tests" for entry in inside)


def test_reference_in_the_wheel_is_its_project_without_tests(built: Built) -> None:
    start = "wsconform/reference_impl/"
    shipped = {entry.removeprefix(start) for entry in names(built.wheels["wsconform"]) if entry.startswith(start)}
    packages = {entry for entry in names(built.wheels["dwebsocket"]) if ".dist-info/" not in entry}
    assert shipped == packages | {"pyproject.toml", "README.md", "LICENSE"}


# What was installed


def test_commands_that_play_nothing(installed: Installed) -> None:
    assert installed.wsconform("--version").startswith("wsconform, version ")
    assert "1.1.1" in installed.wsconform("list")
    assert "dwebsocket, the reference implementation" in installed.wsconform("list", "targets")
    assert "opening handshake" in installed.wsconform("show", "A.4.1")
    assert "aiohttp" in installed.wsconform("peers", "list")  # which also looks for every echo program


def test_run_against_a_url(installed: Installed) -> None:
    with crooked_process("honest") as server:
        installed.wsconform("run", server.url, "--cases", "1.1", "--output", "run")
    assert (installed.cwd / "run" / "index.html").read_text().startswith("<!DOCTYPE html>")
    written = read_run(installed.cwd / "run" / "run.jsonl")
    assert written.complete
    assert written.header.suite.commit is None


def test_matrix_with_the_shipped_reference_and_a_fork(matrix: Path) -> None:
    played = read_run(matrix)
    assert played.complete
    assert set(played.cells) == {"reference/runserver", "path:fork/runserver"}
    for cell in played.cells.values():
        assert {id_: result.verdict for id_, result in cell.results.items()} == dict.fromkeys(
            ("1.1.1", "W.1.1", "A.1.1"), "pass"
        )


def test_run_file_is_read_without_dependencies(built: Built, matrix: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    python = environment / "bin" / "python"
    uv("venv", "--quiet", environment, cwd=tmp_path)
    uv("pip", "install", "--quiet", "--no-deps", "--python", python, built.wheels["wsconform"], cwd=tmp_path)
    assert run([python, "-c", READ, matrix], tmp_path) == "0\n"


def test_pytest_plugin_plays_the_shipped_reference(installed: Installed) -> None:
    python = installed.environment / "bin" / "python"
    constraints = ROOT / "ci" / "constraints.txt"
    uv("pip", "install", "--quiet", "--python", python, "-c", constraints, "pytest", cwd=installed.cwd)
    options = ("--wsconform-server", "runserver", "--wsconform-target", "reference", "--wsconform-cases", "1.1.1")
    assert "1 passed" in run([python, "-m", "pytest", "-q", *options], installed.cwd)
