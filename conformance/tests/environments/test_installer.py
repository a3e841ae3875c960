"""Environments are made by uv, or by pip where there is no uv."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.tests.processes.test_supervisor import DAEMON, needs_procfs
from conformance.tests.support import stand_ins
from conformance.tests.support.environments import SERVER, make
from wsconform.environments.cache import make_environment
from wsconform.environments.installer import Installer
from wsconform.errors import BuildError


@pytest.mark.slow
def test_pip_is_used_without_uv(cache, target, another_python, monkeypatch):
    monkeypatch.setattr("wsconform.environments.installer.find_uv", lambda: None)
    environment = make(target, python=another_python)
    assert environment.versions["python"].startswith(f"{another_python}.")
    assert environment.versions["dwebsocket"] == "0.1"
    log = next(cache.glob("*.log")).read_text()
    assert "-m pip wheel" in log
    assert "-m pip install" in log


def test_installer_that_cannot_be_started_is_an_error(cache, wheel_target, monkeypatch):
    monkeypatch.setattr("wsconform.environments.installer.find_uv", lambda: "/no/such/uv")
    with pytest.raises(BuildError, match=r"(?s)/no/such/uv venv .* ended with status 127; .*No such file"):
        make_environment(wheel_target, [SERVER], report=lambda line: None)


# Builds that do harm: a project's build script is code of the target

ENDLESS = "while True: print('x' * 10_000)"


@pytest.fixture
def built_by(tmp_path, target, cache):
    """A function that makes the environment of a project whose build script begins with some code."""

    def make_of(code, **options):
        project = stand_ins.write_project(tmp_path / "hostile")
        (project / "setup.py").write_text(f"{code}\nfrom setuptools import setup\nsetup()\n")
        return make_environment(replace(target, requirement=project), [SERVER], report=lambda line: None, **options)

    return make_of


def limited(monkeypatch, **limits):
    monkeypatch.setattr("wsconform.environments.store.Installer", lambda *arguments: Installer(*arguments, **limits))


@pytest.mark.slow
def test_build_that_never_ends_is_stopped(built_by, monkeypatch):
    limited(monkeypatch, within=15.0)
    with pytest.raises(BuildError, match=r"(?s) was stopped, because it did not end in 15 s; the end of .*\.log"):
        built_by("import signal; signal.alarm(100); signal.pause()")


def test_build_that_prints_endlessly_is_stopped(built_by, cache, monkeypatch):
    """Installers pass on the output of a build only when it fails, and keep it in memory until then."""
    limited(monkeypatch, within=60.0, largest_log=1 << 20, memory=512 << 20)
    with pytest.raises(BuildError, match=r"was stopped, because|ended with status") as caught:
        built_by(f"import os, sys; os.dup2(2, 1)\n{ENDLESS}")
    assert len(str(caught.value)) < 1 << 20
    assert all(log.stat().st_size <= 1 << 20 for log in cache.glob("*.log"))


@needs_procfs
def test_daemon_of_a_build_is_killed_and_named(built_by):
    """One that lets go of the build's output; another one would hold the installer up until it is stopped."""
    left = []
    silent = DAEMON.replace(
        "os.setsid()", "os.setsid(); null = os.open('/dev/null', 2); [os.dup2(null, n) for n in (0, 1, 2)]"
    )
    built_by(f"exec({silent!r})", left_behind=left.append)
    assert left
    for sentence in left:
        assert "left processes behind, which were killed: " in sentence
        assert not Path("/proc", sentence.split("killed: ")[1].split()[0]).exists()


def test_cache_that_cannot_be_written_is_an_error(wheel_target, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path / "file"))
    with pytest.raises(BuildError, match=r"stub cannot be installed into .*Not a directory"):
        make_environment(wheel_target, [SERVER], report=lambda line: None)


def test_log_that_cannot_be_written_is_an_error(tmp_path):
    log = tmp_path / "log"
    log.symlink_to(os.devnull)
    installer = Installer(log)
    installer.run(["true"])
    log.unlink()
    log.symlink_to("/dev/full")
    with pytest.raises((BuildError, OSError), match="No space left"):
        installer.run(["true"])
