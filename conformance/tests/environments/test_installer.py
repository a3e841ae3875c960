"""Environments are made by uv, or by pip where there is no uv."""

import pytest

from conformance.tests.support.environments import SERVER, make
from wsconform.environments.cache import make_environment
from wsconform.errors import BuildError


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
    with pytest.raises(BuildError, match=r"/no/such/uv venv .*No such file"):
        make_environment(wheel_target, [SERVER], report=lambda line: None)
