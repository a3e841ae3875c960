"""A target is identified so exactly that it can be installed again: hash, commit, origin."""

import subprocess

import pytest

from conformance.tests.support import stand_ins
from conformance.tests.support.stand_ins import write_installed
from wsconform.environments.identity import Identity, identify
from wsconform.environments.project import fingerprint

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def checkout(tmp_path):
    """A project in a directory of a repository, committed."""
    project = stand_ins.write_project(tmp_path / "repository" / "fork")
    git(tmp_path / "repository", "init", "-q")
    commit(tmp_path / "repository")
    return project


def git(repository, *arguments):
    command = ["git", "-C", str(repository), "-c", "user.name=x", "-c", "user.email=x@x.test", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def commit(repository):
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "A change")


def identity_of(distribution, site, project=None):
    return identify(distribution, site / "dwebsocket", site, project or {})


def test_project_in_a_checkout_has_its_commit(checkout):
    identity = Identity("dwebsocket").with_checkout_of(checkout)
    assert (identity.commit, identity.dirty) == (git(checkout, "rev-parse", "HEAD"), False)
    assert identity.distribution == "dwebsocket"


@pytest.mark.parametrize("name", ["dwebsocket/decorators.py", "dwebsocket/more.py"])
def test_changed_or_new_file_makes_it_dirty_until_the_commit(checkout, name):
    (checkout / name).write_text("# changed\n")
    assert Identity().with_checkout_of(checkout).dirty
    commit(checkout)
    assert not Identity().with_checkout_of(checkout).dirty


def test_change_outside_the_project_does_not_make_it_dirty(checkout):
    (checkout.parent / "elsewhere.txt").touch()
    assert not Identity().with_checkout_of(checkout).dirty


def test_project_that_the_repository_does_not_track_has_no_commit(checkout):
    stray = stand_ins.write_project(checkout.parent / "stray")
    assert Identity(commit="old", dirty=True).with_checkout_of(stray) == Identity()


def test_project_outside_a_repository_has_no_commit(tmp_path):
    assert Identity().with_checkout_of(stand_ins.write_project(tmp_path / "fork")) == Identity()


def test_git_variables_are_ignored(checkout, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert Identity().with_checkout_of(checkout).commit


def test_without_git_there_is_no_commit(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert Identity().with_checkout_of(checkout) == Identity()


def test_hash_of_a_package_does_not_include_byte_code(tmp_path):
    distribution = write_installed(tmp_path)
    before = identity_of(distribution, tmp_path)
    assert (before.distribution, before.version, before.package) == ("dwebsocket", "0.3", "dwebsocket")
    (tmp_path / "dwebsocket" / "__pycache__").mkdir()
    (tmp_path / "dwebsocket" / "__pycache__" / "x.cpython.pyc").touch()
    assert identity_of(distribution, tmp_path) == before
    (tmp_path / "dwebsocket" / "build").mkdir()
    (tmp_path / "dwebsocket" / "build" / "part.py").touch()
    assert identity_of(distribution, tmp_path).sha256 != before.sha256


def test_local_project_has_a_hash_of_its_files_and_no_url(tmp_path):
    distribution = write_installed(tmp_path, {"url": "file:///cache/source", "dir_info": {}})
    files = {"pyproject.toml": b"[project]"}
    identity = identity_of(distribution, tmp_path, files)
    assert (identity.sha256, identity.url) == (fingerprint(files), "")


@pytest.mark.parametrize(
    ("url", "recorded"),
    [
        ("https://x.test/fork", "https://x.test/fork"),
        ("ssh://git@x.test/fork", "ssh://git@x.test/fork"),
        ("https://me:secret@x.test:1/fork", "https://x.test:1/fork"),
    ],
)
def test_repository_has_commit_and_url_without_password(tmp_path, url, recorded):
    distribution = write_installed(tmp_path, {"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT}})
    identity = identity_of(distribution, tmp_path)
    assert (identity.url, identity.commit) == (recorded, COMMIT)


def test_run_file_gets_the_known_fields_as_text():
    identity = Identity("dwebsocket", "1.0", "ab", "lib/dwebsocket", dirty=True)
    assert identity.to_json() == {
        "distribution": "dwebsocket",
        "version": "1.0",
        "sha256": "ab",
        "package": "lib/dwebsocket",
        "dirty": "true",
    }
    assert Identity().to_json() == {}
