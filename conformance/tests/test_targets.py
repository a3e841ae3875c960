"""A target is found by its name, or by where to install it from."""

import pytest

from conformance.tests.support import stand_ins
from wsconform.errors import SetupError, UnknownNameError, VersionError
from wsconform.targets import TARGETS, find_target


def test_reference_is_a_project_in_this_repository():
    target = find_target("reference")
    assert target is TARGETS["reference"]
    assert (target.requirement / "pyproject.toml").is_file()


def test_directory_is_a_target(tmp_path):
    project = stand_ins.write_project(tmp_path / "fork")
    target = find_target(f"path:{project}")
    assert (target.name, target.requirement) == ("path:fork", project)


@pytest.mark.parametrize("where", ["", "nowhere"])
def test_directory_without_a_project_is_an_error(tmp_path, where):
    with pytest.raises(SetupError, match="no Python project in"):
        find_target(f"path:{tmp_path / where}")


def test_requirement_is_a_target():
    assert find_target("pip:dwebsocket==0.5.12").requirement == "dwebsocket==0.5.12"


def test_commit_is_a_target():
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
def test_error_for_a_repository_without_a_full_commit_says_how_to_find_it(where):
    with pytest.raises(SetupError, match=r"say which commit.*git ls-remote"):
        find_target(f"git:{where}")


@pytest.mark.parametrize("part", ["", "sub", "subdirectory=", "subdirectory=a&egg=b"])
def test_only_a_subdirectory_can_be_chosen_in_a_repository(part):
    with pytest.raises(SetupError, match="subdirectory=DIRECTORY"):
        find_target(f"git:https://x.test/fork@{'0' * 40}#{part}")


def test_password_in_a_url_is_refused_and_not_repeated():
    with pytest.raises(SetupError, match="has a password") as caught:
        find_target(f"git:https://me:secret@x.test/fork@{'0' * 40}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "dwebsocket=0.5", "-r requirements.txt", "https://x.test/fork.whl", "./fork"])
def test_malformed_requirement_is_an_error(text):
    with pytest.raises(VersionError, match="is not a requirement"):
        find_target(f"pip:{text}")


def test_report_shows_only_the_name_of_a_directory(tmp_path):
    assert find_target(f"path:{stand_ins.write_project(tmp_path / 'fork')}").requirement_text == "fork"
    assert find_target("pip:dwebsocket==0.5.12").requirement_text == "dwebsocket==0.5.12"


@pytest.mark.parametrize("name", ["refrence", "gti:somewhere", "reference:", ""])
def test_error_for_an_unknown_target_offers_names(name):
    with pytest.raises(UnknownNameError, match="reference"):
        find_target(name)


def test_repository_can_be_given_by_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commit = "0" * 40
    assert find_target(f"git:fork@{commit}").requirement == f"git+{(tmp_path / 'fork').as_uri()}@{commit}"
