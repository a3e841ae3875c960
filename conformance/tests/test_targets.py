"""A target is found by its name, or told by where it comes from."""

import pytest

from conformance.tests.support import stand_ins
from wsconform.environments.project import fingerprint, read_project, write_project
from wsconform.errors import SetupError, UnknownNameError, VersionError
from wsconform.targets import TARGETS, find_target


def test_the_reference_is_a_project_in_this_repository():
    target = find_target("reference")
    assert target is TARGETS["reference"]
    assert (target.requirement / "pyproject.toml").is_file()


def test_a_directory_is_a_target(tmp_path):
    project = stand_ins.write_project(tmp_path / "fork")
    target = find_target(f"path:{project}")
    assert (target.name, target.requirement) == ("path:fork", project)


@pytest.mark.parametrize("where", ["", "nowhere"])
def test_a_directory_without_a_project_is_an_error_at_once(tmp_path, where):
    with pytest.raises(SetupError, match="no Python project in"):
        find_target(f"path:{tmp_path / where}")


def test_a_requirement_is_a_target():
    assert find_target("pip:dwebsocket==0.5.12").requirement == "dwebsocket==0.5.12"


def test_a_commit_is_a_target():
    commit = "0123456789abcdef0123456789abcdef01234567"
    assert find_target(f"git:https://x.test/fork@{commit}").requirement == f"git+https://x.test/fork@{commit}"


@pytest.mark.parametrize(
    "where",
    [
        "https://x.test/fork",
        "https://x.test/fork@main",
        "https://x.test/fork@v1.0",
        "https://x.test/fork@0123456",
        "https://x.test/fork@0123456789ABCDEF0123456789ABCDEF01234567",
        "ssh://git@x.test/fork",
        "",
    ],
)
def test_a_repository_without_a_whole_commit_is_an_error_that_says_how_to_find_it(where):
    with pytest.raises(SetupError, match=r"say which commit.*git ls-remote"):
        find_target(f"git:{where}")


@pytest.mark.parametrize("part", ["", "sub", "subdirectory=", "subdirectory=a&egg=b"])
def test_of_a_repository_nothing_but_a_directory_can_be_chosen(part):
    with pytest.raises(SetupError, match="subdirectory=DIRECTORY"):
        find_target(f"git:https://x.test/fork@{'0' * 40}#{part}")


def test_a_repository_with_a_password_is_refused_and_the_password_not_repeated():
    with pytest.raises(SetupError, match="has a password") as caught:
        find_target(f"git:https://me:secret@x.test/fork@{'0' * 40}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "dwebsocket=0.5", "-r requirements.txt", "https://x.test/fork.whl", "./fork"])
def test_what_is_no_requirement_is_an_error(text):
    with pytest.raises(VersionError, match="is no requirement"):
        find_target(f"pip:{text}")


def test_a_report_learns_of_a_directory_no_more_than_its_name(tmp_path):
    assert find_target(f"path:{stand_ins.write_project(tmp_path / 'fork')}").requirement_text == "fork"
    assert find_target("pip:dwebsocket==0.5.12").requirement_text == "dwebsocket==0.5.12"


@pytest.mark.parametrize("name", ["refrence", "gti:somewhere", "reference:", ""])
def test_an_unknown_target_is_an_error_that_offers_names(name):
    with pytest.raises(UnknownNameError, match="reference"):
        find_target(name)


@pytest.mark.parametrize(
    "name", [".git/HEAD", "build/lib/x.py", "x.egg-info/PKG-INFO", "dwebsocket/__pycache__/x.pyc", "y.pyc"]
)
def test_by_products_are_no_part_of_a_project(tmp_path, name):
    project = stand_ins.write_project(tmp_path / "project")
    before = read_project(project)
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("by-product")
    assert read_project(project) == before


def test_a_project_is_written_as_it_was_read(tmp_path):
    files = read_project(stand_ins.write_project(tmp_path / "project"))
    write_project(files, tmp_path / "copy")
    assert read_project(tmp_path / "copy") == files
    assert set(files) == {"pyproject.toml", *(f"dwebsocket/{name}" for name in stand_ins.API)}


@pytest.mark.parametrize(
    "other", [{"a": b"2", "b": b""}, {"a": b"1"}, {"a": b"1", "c": b""}, {"a": b"", "b": b"1"}, {}]
)
def test_a_fingerprint_tells_names_and_contents_apart(other):
    assert fingerprint(other) != fingerprint({"a": b"1", "b": b""})


def test_a_fingerprint_does_not_depend_on_order():
    assert fingerprint({"b": b"", "a": b"1"}) == fingerprint({"a": b"1", "b": b""})
