"""Files appear all at once, and what cannot be written is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wsreport.output import OutputError, make_directory, remove, replace_text, writing


def test_error_names_path_and_reason():
    with pytest.raises(OutputError, match=r"^here cannot be written: No such file or directory$"), writing("here"):
        Path("/no/such/file").read_bytes()


def test_text_replaces_a_file(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("one\n", "two ✓\n"):
        replace_text(path, text, encoding="utf-8")
        assert path.read_text("utf-8") == text
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    (tmp_path / "a.txt.draft").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"a\.txt cannot be written: No space left on device"):
        replace_text(path, "after", encoding="utf-8")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    path = tmp_path / "a.txt"
    path.write_text("before")
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_text(path, "after", encoding="utf-8")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_line_ends_stay_as_they_are(tmp_path):
    replace_text(tmp_path / "a.csv", "1\r\n2\n", encoding="utf-8")
    assert (tmp_path / "a.csv").read_bytes() == b"1\r\n2\n"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "a.txt")
    replace_text(tmp_path / "link", "text", encoding="utf-8")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a.txt").read_text() == "text"


def test_a_device_or_pipe_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="pipe cannot be written: it is not a regular file"):
        replace_text(tmp_path / "pipe", "text", encoding="utf-8")
    assert (tmp_path / "pipe").is_fifo()


def test_directory_is_made_with_its_parents(tmp_path):
    make_directory(tmp_path / "a" / "b")
    make_directory(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    with pytest.raises(FileExistsError):
        make_directory(tmp_path / "a" / "b", new=True)


def test_directory_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="it is not a directory"):
        make_directory(tmp_path / "file")
    with pytest.raises(OutputError, match="file/a cannot be created: Not a directory"):
        make_directory(tmp_path / "file" / "a")


def test_file_is_removed_if_it_is_there(tmp_path):
    (tmp_path / "file").touch()
    remove(tmp_path / "file")
    remove(tmp_path / "file")
    with pytest.raises(OutputError, match="cannot be written"):
        remove(tmp_path)
