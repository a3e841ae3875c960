"""A cache for every test, and targets that are quick to install."""

from dataclasses import replace

import pytest

from conformance.tests.support import stand_ins
from conformance.tests.support.environments import make
from wsconform.environments.interpreters import find_interpreter, running_interpreter
from wsconform.errors import PythonMissingError
from wsconform.targets import Target


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "environments"


@pytest.fixture
def target(tmp_path):
    """A small target with a small Django, both quick to install."""
    django = stand_ins.write_wheel(tmp_path, "django", "5.2", stand_ins.DJANGO)
    return Target("stub", "a test target", stand_ins.write_project(tmp_path / "project"), django=django)


@pytest.fixture
def wheel_target(target, tmp_path):
    """A small target that need not be built."""
    return replace(target, requirement=stand_ins.write_wheel(tmp_path, "dwebsocket", "0.2", stand_ins.API))


@pytest.fixture(scope="module")
def another_python():
    """The minor version of another Python on this machine; of the running one if there is no other."""
    running = running_interpreter().minor
    others = [minor for minor in ("3.10", "3.12", "3.13", "3.14", "3.11") if minor != running]
    try:
        return find_interpreter(others).minor
    except PythonMissingError:
        return running


@pytest.fixture
def made_of(target, tmp_path):
    """A function that makes an environment with a package dwebsocket of these modules."""

    def make_of(modules):
        return make(replace(target, requirement=stand_ins.write_wheel(tmp_path, "dwebsocket", "0.2", modules)))

    return make_of


@pytest.fixture
def empty_machine(monkeypatch, tmp_path):
    """Hide every Python but the running one."""
    monkeypatch.setenv("PATH", str(tmp_path / "first"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr("wsconform.environments.interpreters.find_uv", lambda: None)
