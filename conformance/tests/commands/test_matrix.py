"""A matrix as a person or CI uses it: shards, resuming, forks, other projects, and a suite that is killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.tests.support.processes import await_results, processes_with
from wsconform.cases import FAMILIES
from wsconform.targets import REFERENCE
from wsreport.model import Run, read_run

WSCONFORM = sys.executable, "-m", "wsconform"
#: They need nothing but Django.
SERVERS = "runserver", "wsgiref"
CELLS = [f"reference/{server}" for server in SERVERS]


def wsconform(*arguments: str | Path, cwd: Path, code: int = 0) -> str:
    """Run to the end; return what it said."""
    done = subprocess.run([*WSCONFORM, *map(str, arguments)], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def matrix(*arguments: str | Path, cwd: Path, output: str, code: int = 0) -> Run:
    """Play two small groups of cases on two servers."""
    servers = [word for server in SERVERS for word in ("--server", server)]
    wsconform("matrix", *servers, "--cases", "1.1,W.1.1", "--output", output, *arguments, cwd=cwd, code=code)
    return read_run(cwd / output / "run.jsonl")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a run that was played to its end."""
    place = tmp_path_factory.mktemp("played")
    matrix("--jobs", "1", cwd=place, output="out")
    return place / "out"


@pytest.fixture
def run_file(played: Path, tmp_path: Path) -> Path:
    """The file of that run in a copy of its directory, ``out``."""
    return shutil.copytree(played, tmp_path / "out") / "run.jsonl"


def test_all_shards_are_the_whole(played: Path, tmp_path: Path) -> None:
    whole = read_run(played / "run.jsonl")
    parts = [matrix("--shard", f"{n}/2", cwd=tmp_path, output=f"part{n}") for n in (1, 2)]
    assert [list(part.cells) for part in parts] == [[cell] for cell in CELLS]

    files = [f"part{n}/run.jsonl" for n in (2, 1)]
    said = wsconform("merge", *files, "--output", "merged", cwd=tmp_path)
    merged = read_run(tmp_path / "merged" / "run.jsonl")
    assert merged.complete
    assert merged.verdict_digest == whole.verdict_digest
    assert "reference/wsgiref" in said
    assert (tmp_path / "merged" / "index.html").exists()

    said = wsconform("merge", files[0], "--output", "missing", cwd=tmp_path, code=2)
    assert "the plan has 2 shards; missing: shard 1" in said
    assert not (tmp_path / "missing").exists()


def test_what_is_missing_is_played_and_the_rest_is_kept(run_file: Path, tmp_path: Path) -> None:
    whole = run_file.read_text().splitlines(keepends=True)
    second = next(n for n, line in enumerate(whole) if line.startswith(f'{{"kind":"cell","cell":"{CELLS[1]}"'))
    run_file.write_text("".join(whole[: second + 3]))  # its beginning and two results
    kept = [line for line in whole[:second] if CELLS[0] in line]

    run = matrix("--resume", cwd=tmp_path, output="out")
    assert run.complete
    assert list(run.cells) == CELLS
    assert [line for line in run_file.read_text().splitlines(keepends=True) if CELLS[0] in line][1:-1] == kept[1:]

    before = run_file.read_text().splitlines()[1:-1]
    matrix("--resume", cwd=tmp_path, output="out")
    assert run_file.read_text().splitlines()[1:-1] == before


@pytest.mark.parametrize(
    ("arguments", "differs"),
    [
        (["--seed", "9"], "its seed"),
        (["--exclude", "1.1.3"], "profile or shard"),
        (["--repeat", "2"], "repetitions, profile or shard"),
        (["--shard", "1/2"], "profile or shard"),
    ],
)
def test_another_run_is_not_resumed(arguments: list[str], differs: str, run_file: Path, tmp_path: Path) -> None:
    before = run_file.read_text()
    servers = [word for server in SERVERS for word in ("--server", server)]
    said = wsconform(
        *("matrix", *servers, "--cases", "1.1,W.1.1", "--output", "out", "--resume", *arguments), cwd=tmp_path, code=2
    )
    assert f"{differs} differ" in said
    assert run_file.read_text() == before


ALL_BUT_A_FEW = ",".join(family for family in FAMILIES if family not in ("1", "W")) + ",W.2,W.3,W.4,W.5,W.6,W.7,W.8"


def test_without_servers_and_cases_it_is_a_first_look_that_says_what_is_left_out(tmp_path: Path) -> None:
    """The first of five parts, which has the first of the common servers."""
    arguments = "matrix", "--exclude", ALL_BUT_A_FEW, "--shard", "1/5", "--output", "out"
    said = wsconform(*arguments, cwd=tmp_path)
    run = read_run(tmp_path / "out" / "run.jsonl")
    assert run.complete
    assert run.header.plan.profile == "quick"
    assert list(run.cells) == ["reference/runserver"]
    *_, page, left_out, command = said.splitlines()
    assert page == "out/index.html"
    assert left_out == "Left out: 36 of 41 servers, 3 of 52 cases (profile quick)."
    assert command == (
        f"To test everything: wsconform matrix --exclude {ALL_BUT_A_FEW} --server all --profile standard"
    )


def test_with_a_server_or_cases_the_profile_is_standard(tmp_path: Path) -> None:
    assert matrix(cwd=tmp_path, output="out").header.plan.profile == "standard"


FORMAT_1 = Path(__file__).parents[3] / "reports" / "tests" / "data" / "format-1.jsonl"


@pytest.mark.parametrize(
    ("format_", "reason"),
    [
        (1, "run.jsonl cannot be resumed: wsconform 0.1.0 wrote it, and this is wsconform 0.1.0 (commit "),
        (1, "; it has format 1, and this version writes format 3; its targets, servers, versions"),
        (99, "the file has format 99, but this version of wsconform only reads formats up to 3: update wsconform"),
    ],
)
def test_a_run_of_another_suite_is_not_resumed(format_: int, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    file.write_text(FORMAT_1.read_text().replace('"format":1}', f'"format":{format_}}}'))
    before = file.read_text()
    said = wsconform("matrix", "--server", "wsgiref", "--output", ".", "--resume", cwd=tmp_path, code=2)
    assert reason in said
    assert file.read_text() == before


def test_a_run_of_an_older_format_has_a_page_and_an_exit_code(tmp_path: Path) -> None:
    said = wsconform("report", FORMAT_1, "--output", tmp_path, cwd=tmp_path, code=1)
    assert "breaks 1 clause that dwebsocket-0.5 does not promise" in said
    assert "not promised by dwebsocket-0.5: step 4" in (tmp_path / "index.html").read_text("utf-8")


@pytest.mark.slow
def test_a_fork_with_a_fault_is_caught_and_its_owner_named(tmp_path: Path) -> None:
    """The reference with one line changed: two of the reserved bits are not looked at."""
    fork = tmp_path / "fork"
    shutil.copytree(REFERENCE, fork, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    frames = fork / "dwebsocket" / "protocol" / "frames.py"
    text = frames.read_text()
    assert "RESERVED_BITS = 0x70" in text
    frames.write_text(text.replace("RESERVED_BITS = 0x70", "RESERVED_BITS = 0x40"))

    said = wsconform(
        *("matrix", "--target", f"path:{fork}", "--target", "reference", "--server", "runserver"),
        *("--cases", "3.1,3.4,1.1.1", "--output", "out", "--verbose"),
        cwd=tmp_path,
        code=1,
    )
    assert "fail 3.1 path:fork/runserver: " in said
    assert "owner     library: " in said
    run = read_run(tmp_path / "out" / "run.jsonl")
    assert run.complete
    assert run.counts("path:fork/runserver") == {"pass": 2, "fail": 1}
    assert run.counts("reference/runserver") == {"pass": 3}
    (attribution,) = run.cells["path:fork/runserver"].attributions.values()
    assert [control.verdict for control in attribution.controls] == ["fail", "pass"]
    page = (tmp_path / "out" / "index.html").read_text()
    assert "path:fork/runserver" in page
    assert "reference/runserver" in page


def test_another_project_of_the_same_name_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "dwebsocket"
    (other / "dwebsocket").mkdir(parents=True)
    (other / "dwebsocket" / "__init__.py").write_text("def connect(): ...\n")
    (other / "pyproject.toml").write_text('[project]\nname = "dwebsocket"\nversion = "7"\n')
    said = wsconform(
        *("matrix", "--target", f"path:{other}", "--server", "runserver", "-c", "1.1.1", "-o", "out"),
        cwd=tmp_path,
        code=6,
    )
    assert "setup-error" in said
    assert "it is another project" in said
    assert "dwebsocket.decorators" in said


def test_a_suite_that_is_killed_leaves_nothing_and_starts_again_at_once(tmp_path: Path) -> None:
    """Also one that was started in the background, where Ctrl-C is ignored, which is inherited."""
    mark = str(tmp_path)  # in the environment of every process that is started for the run
    arguments = ["matrix", "--server", "runserver", "--profile", "full", "--concurrency", "2", "--output", "out"]
    with subprocess.Popen(
        [*WSCONFORM, *arguments],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": mark},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    ) as running:
        await_results(tmp_path / "out" / "run.jsonl", 20, running)
        left = processes_with(mark)
        assert left
        running.send_signal(signal.SIGKILL)
    assert matrix("--server", "runserver", cwd=tmp_path, output="again").complete
    for pid in left:
        _await_end(pid)
    assert not read_run(tmp_path / "out" / "run.jsonl").complete


def _await_end(pid: int) -> None:
    """Wait for the end of a process that is not our child."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    import select

    try:
        assert select.select([descriptor], [], [], 30)[0], f"process {pid} is still there"
    finally:
        os.close(descriptor)
