"""The directory of a run: it belongs to one run at a time, and what an earlier run left does not speak for this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsconform.errors import BusyError, ResumeError
from wsconform.matrix.recording import RUN_FILE, begin, holding, new_header, output_directory
from wsreport import model as lines
from wsreport.html import PAGE

HEADER = new_header(lines.Plan((lines.PlannedCell("t/s", "t", "s"),), ("1.1.1",)), 0)


def test_a_directory_is_held_by_one_run_at_a_time(tmp_path: Path) -> None:
    with (
        holding(tmp_path),
        pytest.raises(BusyError, match=f"another run is writing into {tmp_path};"),
        holding(tmp_path),
    ):
        pass
    with holding(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_held_is_named(tmp_path: Path) -> None:
    with pytest.raises(lines.OutputError, match="nowhere cannot be written"), holding(tmp_path / "nowhere"):
        pass


def test_the_page_of_an_earlier_run_is_removed(tmp_path: Path) -> None:
    (tmp_path / PAGE).write_text("PASSED")
    run, settled = begin(tmp_path, HEADER, [])
    with run:
        assert not (tmp_path / PAGE).exists()
    assert settled == set()
    (tmp_path / PAGE).write_text("PASSED")
    again, _ = begin(tmp_path, HEADER, [], resume=True)
    with again:
        assert not (tmp_path / PAGE).exists()
    assert lines.read_run(tmp_path / RUN_FILE).header == HEADER


def test_a_full_disk_leaves_no_page_of_an_earlier_run(tmp_path: Path) -> None:
    (tmp_path / PAGE).write_text("PASSED")
    (tmp_path / RUN_FILE).symlink_to("/dev/full")
    with pytest.raises(lines.OutputError, match="No space left on device"):
        begin(tmp_path, HEADER, [])
    assert not (tmp_path / PAGE).exists()


def test_what_cannot_be_resumed_stays_as_it_is(tmp_path: Path) -> None:
    run, _ = begin(tmp_path, HEADER, [])
    with run:
        pass
    before = (tmp_path / RUN_FILE).read_text()
    other = new_header(lines.Plan((lines.PlannedCell("t/s", "t", "s"),), ("1.1.2",)), 0)
    with pytest.raises(ResumeError):
        begin(tmp_path, other, [], resume=True)
    assert (tmp_path / RUN_FILE).read_text() == before


def test_runs_that_begin_at_once_have_directories_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = [output_directory(None) for _ in range(3)]
    assert len(set(chosen)) == 3
    assert Path("reports/out/latest").resolve() == chosen[-1].resolve()
    assert output_directory(Path("a/b")).is_dir()


def test_a_directory_in_the_way_of_latest_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("reports/out/latest/x").mkdir(parents=True)
    with pytest.raises(lines.OutputError, match="latest cannot be written: Is a directory"):
        output_directory(None)
