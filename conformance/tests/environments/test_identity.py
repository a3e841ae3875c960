"""What was judged is told so exactly that anybody can get the same: hash, commit, origin."""

import json
import subprocess
from importlib.metadata import PathDistribution

import pytest

from conformance.tests.support import stand_ins
from wsconform.environments.identity import Identity, identify
from wsconform.environments.installed import Installed, description
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


def write_installed(site, direct_url=None, metadata=""):
    """A distribution as an installer leaves it."""
    (site / "dwebsocket").mkdir(parents=True)
    for name, content in stand_ins.API.items():
        (site / "dwebsocket" / name).write_text(content)
    about = site / "dwebsocket-0.3.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dwebsocket\nVersion: 0.3\n{metadata}")
    (about / "RECORD").write_text("".join(f"dwebsocket/{name},,\n" for name in stand_ins.API))
    if direct_url:
        (about / "direct_url.json").write_text(json.dumps(direct_url))
    return PathDistribution(about)


def identity_of(distribution, site, project=None):
    return identify(distribution, site / "dwebsocket", site, project or {})


def test_a_project_in_a_checkout_is_told_by_its_commit(checkout):
    identity = Identity("dwebsocket").with_checkout_of(checkout)
    assert (identity.commit, identity.dirty) == (git(checkout, "rev-parse", "HEAD"), False)
    assert identity.distribution == "dwebsocket"


@pytest.mark.parametrize("name", ["dwebsocket/decorators.py", "dwebsocket/more.py"])
def test_a_change_or_a_new_file_makes_it_dirty_until_it_is_committed(checkout, name):
    (checkout / name).write_text("# changed\n")
    assert Identity().with_checkout_of(checkout).dirty
    commit(checkout)
    assert not Identity().with_checkout_of(checkout).dirty


def test_a_change_beside_the_project_is_not_its_own(checkout):
    (checkout.parent / "elsewhere.txt").touch()
    assert not Identity().with_checkout_of(checkout).dirty


def test_a_project_that_merely_lies_in_a_repository_has_no_commit(checkout):
    stray = stand_ins.write_project(checkout.parent / "stray")
    assert Identity(commit="old", dirty=True).with_checkout_of(stray) == Identity()


def test_a_project_in_no_repository_has_no_commit(tmp_path):
    assert Identity().with_checkout_of(stand_ins.write_project(tmp_path / "fork")) == Identity()


def test_variables_that_lead_git_elsewhere_do_not(checkout, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert Identity().with_checkout_of(checkout).commit


def test_without_git_there_is_no_commit(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert Identity().with_checkout_of(checkout) == Identity()


def test_an_installed_package_is_told_by_its_content_and_not_its_byte_code(tmp_path):
    distribution = write_installed(tmp_path)
    before = identity_of(distribution, tmp_path)
    assert (before.distribution, before.version, before.package) == ("dwebsocket", "0.3", "dwebsocket")
    (tmp_path / "dwebsocket" / "__pycache__").mkdir()
    (tmp_path / "dwebsocket" / "__pycache__" / "x.cpython.pyc").touch()
    assert identity_of(distribution, tmp_path) == before
    (tmp_path / "dwebsocket" / "build").mkdir()
    (tmp_path / "dwebsocket" / "build" / "part.py").touch()
    assert identity_of(distribution, tmp_path).sha256 != before.sha256


def test_a_local_project_is_told_by_its_files_and_not_by_where_it_was_built(tmp_path):
    distribution = write_installed(tmp_path, {"url": "file:///cache/source", "dir_info": {}})
    files = {"pyproject.toml": b"[project]"}
    identity = identity_of(distribution, tmp_path, files)
    assert (identity.sha256, identity.url) == (fingerprint(files), "")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://x.test/fork", "https://x.test/fork"),
        ("ssh://git@x.test/fork", "ssh://git@x.test/fork"),
        ("https://me:secret@x.test:1/fork", "https://x.test:1/fork"),
    ],
)
def test_a_repository_is_told_by_url_and_commit_and_without_a_password(tmp_path, url, told):
    distribution = write_installed(tmp_path, {"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT}})
    identity = identity_of(distribution, tmp_path)
    assert (identity.url, identity.commit) == (told, COMMIT)


def test_for_a_run_file_it_is_text_by_name_and_nothing_that_is_unknown():
    identity = Identity("dwebsocket", "1.0", "ab", "lib/dwebsocket", dirty=True)
    assert identity.to_json() == {
        "distribution": "dwebsocket",
        "version": "1.0",
        "sha256": "ab",
        "package": "lib/dwebsocket",
        "dirty": "true",
    }
    assert Identity().to_json() == {}


def test_of_several_distributions_that_share_a_package_it_is_the_one_with_most_of_it(tmp_path):
    write_installed(tmp_path)
    more = tmp_path / "a_plugin-1.dist-info"
    more.mkdir()
    (more / "METADATA").write_text("Metadata-Version: 2.1\nName: a-plugin\nVersion: 1\n")
    (more / "RECORD").write_text("dwebsocket/plugin.py,,\n")
    installed = Installed([str(tmp_path)])
    assert [each.name for each in installed.providers("dwebsocket")] == ["dwebsocket", "a-plugin"]
    assert installed.providers("dweb") == []
    assert installed.versions(["A_Plugin"]) == {"A_Plugin": "1"}


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ("", "dwebsocket 0.3"),
        ("Summary: Sockets\nHome-page: UNKNOWN\n", "dwebsocket 0.3, Sockets"),
        ("Summary: Sockets\nHome-page: https://x.test\n", "dwebsocket 0.3, Sockets, https://x.test"),
        ("Project-URL: Homepage, https://x.test\n", "dwebsocket 0.3, https://x.test"),
    ],
)
def test_a_distribution_is_described_by_what_it_says_of_itself(tmp_path, metadata, said):
    assert description(write_installed(tmp_path, metadata=metadata)) == said
