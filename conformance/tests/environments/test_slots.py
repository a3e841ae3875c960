"""The least recently used environments are removed, except those in use."""

import os

from wsconform.environments.locks import Lock
from wsconform.environments.slots import prune


def fake_environment(root, name, used):
    """Write the files of an environment that was last used at that time; return its directory."""
    directory = root / name
    (directory / "bin").mkdir(parents=True)
    (directory / "bin" / "python").touch()
    for suffix in (".lock", ".build", ".log"):
        directory.with_suffix(suffix).touch()
    (directory / "environment.json").touch()
    os.utime(directory / "environment.json", (used, used))
    return directory


def test_least_recently_used_environments_are_removed_with_their_files(tmp_path):
    for used, name in enumerate(["oldest", "older", "newer", "newest"], start=1):
        fake_environment(tmp_path, name, used)
    prune(tmp_path, keep=2)
    assert {path.stem for path in tmp_path.iterdir()} == {"newer", "newest"}


def test_environment_in_use_stays(tmp_path):
    old, new = fake_environment(tmp_path, "old", 1), fake_environment(tmp_path, "new", 2)
    user = Lock(old.with_suffix(".lock"))
    user.acquire(exclusive=False)
    prune(tmp_path, keep=0)
    assert old.is_dir()
    assert not new.exists()


def test_incomplete_environment_is_removed_first(tmp_path):
    half = fake_environment(tmp_path, "half", 2)
    (half / "environment.json").unlink()
    old = fake_environment(tmp_path, "old", 1)
    prune(tmp_path, keep=1)
    assert old.is_dir()
    assert not half.exists()
