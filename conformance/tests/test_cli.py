"""The command line as a person or CI uses it: output, files and exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.tests.support.processes import CrookedProcess, await_results, crooked_process, processes_with
from wsconform.cases import CATALOGUE
from wsconform.matrix.recording import holding
from wsreport.model import read_run, validate

WSCONFORM = sys.executable, "-m", "wsconform"


def wsconform(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WSCONFORM, *arguments], cwd=cwd, capture_output=True, text=True, env={**os.environ, **environment}
    )


@pytest.fixture(scope="module")
def honest() -> Iterator[CrookedProcess]:
    with crooked_process("honest") as server:
        yield server


def test_a_right_server_passes(honest: CrookedProcess, tmp_path: Path) -> None:
    done = wsconform("run", honest.url, "--cases", "1", "-c", "7.1.6", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (run_file,) = tmp_path.glob("reports/out/2*/run.jsonl")
    assert validate(run_file) == ()
    run = read_run(run_file)
    assert run.complete
    assert len(run.header.plan.cases) == 17
    assert {r.verdict for r in run.cells[honest.url[5:-1]].results.values()} == {"pass", "info"}
    page = tmp_path / "reports" / "out" / "latest" / "index.html"
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert str(run_file.relative_to(tmp_path)) in done.stdout


def test_a_wrong_server_fails_and_says_why(tmp_path: Path) -> None:
    with crooked_process("lenient") as server:
        done = wsconform("run", server.url, "--cases", "3.1,1.1.1", "--output", "here", "--verbose", cwd=tmp_path)
    assert done.returncode == 1
    assert (tmp_path / "here" / "index.html").exists()
    for piece in (
        "fail 3.1",
        "6455-5.2-2 (section 5.2): A frame with a reserved bit (RSV1, RSV2, RSV3) set must fail the connection",
        "expected  no message and no pong; the server fails the connection with Close 1002 and closes TCP",
        "observed",
        "TEXT 13, RSV 001",
        f"wsconform run {server.url} --cases 3.1",
    ):
        assert piece in done.stdout


def test_strict_fails_what_is_not_strict(tmp_path: Path) -> None:
    with crooked_process("always-1011") as server:
        lax = wsconform("run", server.url, "--cases", "3.1", cwd=tmp_path)
        strict = wsconform("run", server.url, "--cases", "3.1", "--strict", cwd=tmp_path)
    assert (lax.returncode, strict.returncode) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["run", "ws://127.0.0.1:1/", "--cases", "99.9"], 5, "no case has the id '99.9'; the nearest are 9.4.9"),
        (
            ["run", "ws://127.0.0.1:1/", "-c", "9", "--profile", "fast"],
            5,
            "the profile fast leaves out all selected cases",
        ),
        (["run", "http://127.0.0.1:1/"], 2, "is not a WebSocket URL"),
        (["run", "ws://127.0.0.1:99999/"], 2, "is not a WebSocket URL"),
        (["run", "ws://[::1/"], 2, "is not a WebSocket URL"),
        (["lst"], 2, "Did you mean list?"),
        (["run"], 2, "Missing argument 'URL|NAME'"),
        (["matrix", "--server", "gunicorn-gthred"], 6, "did you mean gunicorn-gthread"),
        (["matrix", "--server", "gevent", "--with", "gunicorm<26"], 6, "no distribution that a server requires"),
        (["matrix", "--with", "gunicorn<"], 6, "is not a requirement"),
        (["matrix", "--python", "three"], 6, "write its minor version"),
        (["matrix", "--server", "gevent", "--shard", "2/2"], 2, "cannot divide 1 cell(s) into 2 shards"),
        (["matrix", "--shard", "5/4"], 2, "write 2/4 for the second of four"),
        (["matrix", "--django", "curated", "--python", "3.12"], 2, "chooses Python and Django itself"),
        (["matrix", "--resume"], 2, "nothing to resume: "),
        (["matrix", "--target", "reference", "--target", "nope"], 6, "no target is called 'nope'"),
        (["run", "ws://127.0.0.1:1/", "--cases", "W"], 5, "use wsconform matrix"),
        (["matrix", "--target", "referense"], 6, "did you mean reference"),
        (["show", "5.66"], 5, "the nearest are 5.6"),
    ],
)
def test_wrong_input_is_named(arguments: list[str], code: int, says: str, tmp_path: Path) -> None:
    done = wsconform(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nobody_there(tmp_path: Path) -> None:
    done = wsconform("run", "ws://127.0.0.1:1/", cwd=tmp_path)
    assert done.returncode == 6
    assert "ws://127.0.0.1:1/ cannot be reached: " in done.stdout
    assert "refused" in done.stdout


def test_a_server_killed_half_way_leaves_a_partial_report(tmp_path: Path) -> None:
    """Exit code 4; what was played is there, and everything says that it is not all."""
    with crooked_process("honest") as server:
        run_file = tmp_path / "out" / "run.jsonl"
        with _playing(["run", server.url, "--output", "out", "--concurrency", "2"], tmp_path) as running:
            await_results(run_file, 20, running)
            server.stop()
            out, _ = running.communicate()
    assert running.returncode == 4
    assert "INCOMPLETE" in out
    assert "does not answer any more" in out
    run = read_run(run_file)
    assert not run.complete
    assert "has no result for" in " ".join(run.problems)
    assert "INCOMPLETE" in (tmp_path / "out" / "index.html").read_text()


def test_ctrl_c_leaves_a_partial_report_and_no_process(tmp_path: Path) -> None:
    """Exit code 130; the server that was started for the run is gone."""
    run_file = tmp_path / "out" / "run.jsonl"
    mark = str(tmp_path)  # in the environment of every process that is started for the run
    (tmp_path / "summary.md").write_text("of the last run")
    arguments = ["matrix", "--server", "gevent", "--profile", "full", "--output", "out", "--concurrency", "2"]
    arguments += ["--write", "markdown=summary.md"]
    with _playing(arguments, tmp_path, TMPDIR=mark) as running:
        await_results(run_file, 20, running)
        assert processes_with(mark)
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate()
    assert running.returncode == 130
    assert "INCOMPLETE" in out
    assert processes_with(mark) == []
    run = read_run(run_file)
    assert run.footer is not None
    assert run.footer.status == "interrupted"
    assert "INCOMPLETE" in (tmp_path / "out" / "index.html").read_text()
    assert "This run is incomplete" in (tmp_path / "summary.md").read_text()


def test_list_and_show() -> None:
    listed = wsconform("list", cwd=Path.cwd()).stdout
    assert [line.split()[0] for line in listed.splitlines() if line.startswith("  ")] == list(CATALOGUE)
    assert "gunicorn-gthread" in wsconform("list", "servers", cwd=Path.cwd()).stdout
    assert "reference" in wsconform("list", "targets", cwd=Path.cwd()).stdout
    shown = wsconform("show", "5.6", cwd=Path.cwd()).stdout
    for piece in ("[A.4.1]", "> opening handshake for /a/", "promised: README of dwebsocket, WebSocket.wait()"):
        assert piece in wsconform("show", "A.4.1", cwd=Path.cwd()).stdout
    for piece in ("[5.6]", '> TEXT 9, FIN 0: "fragment1"', '< PONG "ping payload"', "§ 5.4 MUST", "6455-5.4-7"):
        assert piece in shown


def test_report_of_a_run_file(honest: CrookedProcess, tmp_path: Path) -> None:
    wsconform("run", honest.url, "--cases", "1.1", "--output", "out", cwd=tmp_path)
    done = wsconform("report", "out/run.jsonl", "-o", "page", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "page" / "index.html").exists()


def test_a_file_that_is_no_run_file(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("hello\n")
    done = wsconform("report", "x.jsonl", cwd=tmp_path)
    assert done.returncode == 2
    assert "x.jsonl" in done.stderr
    assert "Traceback" not in done.stderr


# Files of others

HOSTILE = "\x1b[31m[/x]\u202e"


def test_names_on_the_command_line_are_not_obeyed(honest: CrookedProcess, tmp_path: Path) -> None:
    done = wsconform("run", honest.url, "-c", "1.1.1", "--name", HOSTILE, "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\\x1b[31m[/x]\\u202e" in done.stdout
    again = wsconform("report", "out/run.jsonl", "-o", "page", cwd=tmp_path)
    assert again.returncode == 0
    page = (tmp_path / "page" / "index.html").read_text()
    for text in (done.stdout, done.stderr, again.stdout, page):
        assert "\x1b" not in text
        assert "\u202e" not in text


@pytest.mark.parametrize(
    "arguments", [["--x\x1b[31m"], ["l\x1b[31mst"], ["run", "http://\x1b[31m"], ["show", "\x1b[31m"]]
)
def test_complaint_about_the_command_line_is_not_obeyed(arguments: list[str], tmp_path: Path) -> None:
    done = wsconform(*arguments, cwd=tmp_path)
    assert done.returncode in (2, 5)
    assert "x1b[31m" in done.stderr
    assert "\x1b" not in done.stderr


def test_hostile_run_file_is_shown_and_not_obeyed(honest: CrookedProcess, tmp_path: Path) -> None:
    with crooked_process("lenient") as server:
        wsconform("run", server.url, "-c", "3.1", "--name", "name", "-o", "out", cwd=tmp_path)
    file = tmp_path / "out" / "run.jsonl"
    hostile = r"\u001b[31m[red]x[/x]\u202e\ud800\n"
    file.write_text(file.read_text().replace('"3.1"', f'"3.1{hostile}"').replace('"name"', f'"{hostile}"'))
    assert hostile in file.read_text()
    done = wsconform("report", "out/run.jsonl", cwd=tmp_path)
    assert done.returncode in (1, 2, 4)
    for text in (done.stdout, done.stderr):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "Traceback" not in text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"kind":"header","suite":' + '{"a":' * 900 + "1" + "}" * 900 + "}", "header"),
        ('{"kind":"header","seed":1e999}', "missing"),
        ("9" * 5000, "Exceeds the limit"),
        ('{"kind":"\\ud800"}', "is not a kind of line"),
        ('{"kind":' + '"x"' * 1 + "}" + " " * 100_000, "is not a kind of line"),
        ("\0", "not JSON"),
        ("[]", "is not a kind of line"),
    ],
)
def test_hostile_line_is_refused_with_a_sentence(line: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text(f"{line}\n{line}\n")
    for arguments in (["report", "run.jsonl"], ["merge", "run.jsonl"], ["parity", "run.jsonl", "websockets-sync"]):
        done = wsconform(*arguments, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert says in done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr) < 2000


# Where nothing can be written


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "report it" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_output_below_a_file(honest: CrookedProcess, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = wsconform("run", honest.url, "-c", "1.1.1", "-o", "file/out", cwd=tmp_path)
    refused(run, "file/out", "Not a directory")
    run = wsconform("run", honest.url, "-c", "1.1.1", "-o", "out", cwd=tmp_path)
    refused(wsconform("report", "out/run.jsonl", "-o", "file/out", cwd=tmp_path), "file/out", "Not a directory")
    refused(wsconform("merge", "out/run.jsonl", "-o", "file/out", cwd=tmp_path), "not a shard")


@pytest.mark.parametrize("name", ["run.jsonl", "index.html.draft"])
def test_full_disk(honest: CrookedProcess, name: str, tmp_path: Path) -> None:
    (tmp_path / name).symlink_to("/dev/full")
    (tmp_path / "index.html").write_text("of an earlier run: PASSED")
    run = wsconform("run", honest.url, "-c", "1.1.1", "-o", ".", cwd=tmp_path)
    refused(run, "cannot be written: No space left on device")
    assert not (tmp_path / "index.html").exists() or "PASSED" not in (tmp_path / "index.html").read_text()


def test_disk_that_becomes_full_leaves_an_incomplete_run(honest: CrookedProcess, tmp_path: Path) -> None:
    limit = f"ulimit -f 24; exec {sys.executable} -m wsconform run {honest.url} -c 1,2,5 -o out"
    ignoring = ["sh", "-c", f"trap '' XFSZ; {limit}"]
    refused(subprocess.run(ignoring, cwd=tmp_path, capture_output=True, text=True), "run.jsonl", "File too large")
    assert not read_run(tmp_path / "out" / "run.jsonl").complete
    assert not (tmp_path / "out" / "index.html").exists()
    assert wsconform("report", "out/run.jsonl", "-o", "page", cwd=tmp_path).returncode == 4


@pytest.mark.parametrize(
    ("redirection", "says"),
    [(">&-", "standard output is closed"), (">/dev/full", "No space left on device"), ("| true", "Broken pipe")],
)
@pytest.mark.parametrize("arguments", ["list", "report out/run.jsonl", "run URL -c 1.1.1 -o again"])
def test_standard_output_that_cannot_be_written(
    honest: CrookedProcess, tmp_path: Path, arguments: str, redirection: str, says: str
) -> None:
    if "report" in arguments:
        wsconform("run", honest.url, "-c", "1.1.1", "-o", "out", cwd=tmp_path)
    command = f"{sys.executable} -m wsconform {arguments.replace('URL', honest.url)}"
    script = f"(sleep 0.2; {command}; echo $? >code) {redirection}"
    if redirection == ">&-":
        script = f"{command} {redirection}; echo $? >code"
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert (tmp_path / "code").read_text() == "2\n", done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_closed_standard_error_changes_nothing(tmp_path: Path) -> None:
    done = subprocess.run(["sh", "-c", f"{sys.executable} -m wsconform lst 2>&-"], cwd=tmp_path, capture_output=True)
    assert done.returncode == 2


def test_directory_of_another_run_is_refused(honest: CrookedProcess, tmp_path: Path) -> None:
    """Before anything in it is touched; when the other run is over, it is free."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.jsonl").write_text("of the other run")
    with holding(out):
        refused(wsconform("run", honest.url, "-c", "1.1.1", "-o", "out", cwd=tmp_path), "another run", "out")
        refused(wsconform("matrix", "-s", "gevent", "-o", "out", cwd=tmp_path), "another run", "out")
        refused(wsconform("matrix", "-s", "gevent", "--resume", "-o", "out", cwd=tmp_path), "another run", "out")
        assert (out / "run.jsonl").read_text() == "of the other run"
    assert wsconform("run", honest.url, "-c", "1.1.1", "-o", "out", cwd=tmp_path).returncode == 0
    assert sorted(path.name for path in out.iterdir()) == ["index.html", "run.jsonl"]


def _playing(arguments: list[str], cwd: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*WSCONFORM, *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
    )
