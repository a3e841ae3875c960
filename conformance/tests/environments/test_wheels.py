"""A local project is built once for each content, and old wheels are removed."""

import os
from pathlib import Path

from conformance.tests.support import stand_ins
from conformance.tests.support.environments import make
from wsconform.environments.installer import Installer
from wsconform.environments.wheels import Wheels


def test_local_project_is_built_once_for_all_environments(cache, target, tmp_path):
    make(target)
    make(target, django=stand_ins.write_wheel(tmp_path, "django", "5.3", stand_ins.DJANGO))
    logs = [path.read_text() for path in cache.glob("*.log")]
    assert len(logs) == 2
    assert sum("--wheel" in log for log in logs) == 1


class EmptyWheels(Installer):
    """Builds an empty wheel of any project."""

    def build_wheel(self, python, source, directory):
        directory.mkdir()
        (directory / "made-1-py3-none-any.whl").touch()


def test_least_recently_used_wheels_are_removed(cache, target, monkeypatch, tmp_path):
    monkeypatch.setattr("wsconform.environments.wheels.KEPT", 1)
    installer = EmptyWheels(tmp_path / "log")
    kept = Wheels(tmp_path / "wheels")
    for content in (b"1", b"2"):
        kept.put({"a": content}, Path(), (), tmp_path, installer)
        os.utime(next(path for path in (tmp_path / "wheels").iterdir() if path.is_dir()), (1, 1))
    assert len(list((tmp_path / "wheels").glob("*/*.whl"))) == 1
    assert len(list((tmp_path / "wheels").iterdir())) == 2
