"""The files of a project are read without by-products, and hashed."""

import pytest

from conformance.tests.support import stand_ins
from wsconform.environments.project import fingerprint, read_project, write_project


@pytest.mark.parametrize(
    "name", [".git/HEAD", "build/lib/x.py", "x.egg-info/PKG-INFO", "dwebsocket/__pycache__/x.pyc", "y.pyc"]
)
def test_by_products_are_not_read(tmp_path, name):
    project = stand_ins.write_project(tmp_path / "project")
    before = read_project(project)
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("by-product")
    assert read_project(project) == before


def test_project_is_written_as_it_was_read(tmp_path):
    files = read_project(stand_ins.write_project(tmp_path / "project"))
    write_project(files, tmp_path / "copy")
    assert read_project(tmp_path / "copy") == files
    assert set(files) == {"pyproject.toml", *(f"dwebsocket/{name}" for name in stand_ins.API)}


@pytest.mark.parametrize(
    "other", [{"a": b"2", "b": b""}, {"a": b"1"}, {"a": b"1", "c": b""}, {"a": b"", "b": b"1"}, {}]
)
def test_fingerprint_depends_on_names_and_contents(other):
    assert fingerprint(other) != fingerprint({"a": b"1", "b": b""})


def test_fingerprint_does_not_depend_on_order():
    assert fingerprint({"b": b"", "a": b"1"}) == fingerprint({"a": b"1", "b": b""})
