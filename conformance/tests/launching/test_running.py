"""The log of a running server is read in parts, since it may be huge."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsconform.launching.running import Running

MEBIBYTE = 1 << 20


@pytest.fixture
def running(tmp_path: Path) -> Running:
    log = tmp_path / "log"
    log.touch()
    return Running("127.0.0.1", 1, 1, log, None, "", 1.0, False, None, None)


def test_log_can_be_read_from_any_offset(running: Running) -> None:
    running.log_path.write_text("one\ntwo\n")
    assert running.log_size() == 8
    assert running.log_text() == running.log_end() == "one\ntwo\n"
    assert running.log_text(4) == "two\n"
    assert running.log_text(8) == ""


def test_beginning_or_end_of_a_huge_log_is_read(running: Running) -> None:
    with running.log_path.open("wb") as log:
        log.write(b"first")
        log.seek(5000 * MEBIBYTE)  # a sparse file takes no room on the disk
        log.write(b"last")
    assert running.log_size() == 5000 * MEBIBYTE + 4
    assert len(running.log_text()) == len(running.log_end()) == MEBIBYTE
    assert running.log_text().startswith("first")
    assert running.log_end().endswith("last")
