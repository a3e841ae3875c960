"""The pytest plugin: what is selected, how results become outcomes, the exit code, and other projects' tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from wsconform.cases import API_CLAUSES
from wsconform.matrix import workers
from wsconform.matrix.events import CellBegins, Listener
from wsconform.matrix.specs import CellSpec, RunOptions
from wsconform.pytest_plugin import pytest_addoption
from wsreport import html  # noqa: F401  what is first imported within pytester is gone afterwards, which Jinja cannot bear
from wsreport import model as lines

pytest_plugins = ["pytester"]

FIRST, SECOND, THIRD = list(API_CLAUSES)[:3]


class Told:
    """Takes the place of the worker pool: sends the events that a test has prepared."""

    results: dict[tuple[str, str], lines.Result]
    ends: dict[str, lines.CellEnd]
    interleaved = False
    interrupted = False
    options: list[RunOptions]
    target: dict[str, str]

    def __init__(self, jobs: int, options: RunOptions, listener: Listener) -> None:
        self._options, self._listener = options, listener
        Told.options.append(options)

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def play(self, specs: Iterable[CellSpec]) -> None:
        cells = [spec.id for spec in specs]
        for cell in cells:
            self._listener(CellBegins(lines.CellStart(cell, self.target, {"name": "s"}), 1))
        pairs = [(cell, case) for case in self._options.cases for cell in cells]
        for cell, case in pairs:
            if self.interrupted:
                raise KeyboardInterrupt
            if cell not in self.ends:
                default = lines.Result(cell, case, "pass")
                self._listener(self.results.get((cell, case), default))
        for cell in reversed(cells):
            self._listener(self.ends.get(cell, lines.CellEnd(cell, "complete")))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> type[Told]:
    monkeypatch.setattr(workers, "WorkerPool", Told)
    monkeypatch.setattr(Told, "results", {}, raising=False)
    monkeypatch.setattr(Told, "ends", {}, raising=False)
    monkeypatch.setattr(Told, "options", [], raising=False)
    monkeypatch.setattr(Told, "target", {"name": "t"}, raising=False)
    return Told


def play(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    plain = "--wsconform-output", "out", "-p", "no:cacheprovider"
    return pytester.runpytest_inprocess(*plain, *arguments, no_reraise_ctrlc=True)


def on_gevent(case: str, verdict: str) -> lines.Result:
    return lines.Result("reference/gevent", case, verdict, reason=f"the reason of {case}")


def test_each_clause_is_a_test_on_each_cell(pytester: pytest.Pytester, told: type[Told]) -> None:
    servers = "--wsconform-server", "gevent", "--wsconform-server", "wsgiref"
    result = play(pytester, "--wsconform-target", "reference", *servers)
    result.assert_outcomes(passed=2 * len(API_CLAUSES))
    assert result.ret == 0
    run = lines.read_run(pytester.path / "out" / "run.jsonl")
    assert run.complete
    assert run.header.plan.cases == tuple(API_CLAUSES)
    result.stdout.fnmatch_lines(["reference/wsgiref *", "reference/gevent *", "*out/run.jsonl", "*out/index.html"])


@pytest.mark.parametrize(
    ("verdict", "outcome", "code"),
    [
        ("pass", "passed", 0),
        ("info", "skipped", 0),
        ("non-strict", "xfailed", 0),
        ("fail", "failed", 1),
        ("crash", "failed", 1),
        ("harness-error", "failed", 3),
    ],
)
def test_a_verdict_is_an_outcome_and_the_exit_code_is_that_of_the_run(
    pytester: pytest.Pytester, told: type[Told], verdict: str, outcome: str, code: int
) -> None:
    told.results = {("reference/gevent", FIRST): on_gevent(FIRST, verdict)}
    result = play(pytester, "--wsconform-server", "gevent", "--wsconform-cases", FIRST, "-rxs")
    result.assert_outcomes(**{outcome: 1})
    assert result.ret == code
    assert (f"the reason of {FIRST}" in result.stdout.str()) is (verdict != "pass")


@pytest.mark.parametrize("contract", ["dwebsocket-0.5", ""])
def test_a_clause_that_the_target_does_not_promise_says_so(
    pytester: pytest.Pytester, told: type[Told], contract: str
) -> None:
    told.target = {"name": "t", **({"contract": contract} if contract else {})}
    result = replace(on_gevent(FIRST, "info"), binding="ours")
    told.results = {("reference/gevent", FIRST): result}
    said = play(pytester, "--wsconform-server", "gevent", "--wsconform-cases", FIRST, "-rs").stdout.str()
    assert f"not promised by {contract or 'this target'}: the reason of {FIRST}" in said


def test_a_failure_is_told_without_a_traceback_of_ours(pytester: pytest.Pytester, told: type[Told]) -> None:
    told.results = {("reference/gevent", FIRST): on_gevent(FIRST, "fail")}
    said = play(pytester, "--wsconform-server", "gevent", "--wsconform-cases", FIRST).stdout.str()
    assert f"{FIRST}: {API_CLAUSES[FIRST].title}" in said
    assert "pytest_plugin.py" not in said


def test_k_selects_by_the_sentence_and_not_by_the_server(pytester: pytest.Pytester, told: type[Told]) -> None:
    """`gthread` has "read" in it."""
    play(pytester, "--wsconform-server", "gunicorn-gthread", "-k", "read")
    (options,) = told.options
    assert options.cases == tuple(id_ for id_, clause in API_CLAUSES.items() if "read" in clause.title.lower())
    assert 0 < len(options.cases) < len(API_CLAUSES)


def test_nothing_selected_is_nothing_played(pytester: pytest.Pytester, told: type[Told]) -> None:
    assert play(pytester, "--wsconform-server", "gevent", "-k", "nonsense").ret == 5
    assert told.options == []


def test_other_families_may_be_chosen(pytester: pytest.Pytester, told: type[Told]) -> None:
    cases = "--wsconform-cases", "1.1.1", "--wsconform-cases", "W.1.1"
    play(pytester, "--wsconform-server", "gevent", *cases).assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [("unsupported", "skipped", 4), ("setup-error", "failed", 6), ("crashed", "failed", 4)],
)
def test_a_cell_that_was_not_played_says_why(
    pytester: pytest.Pytester, told: type[Told], status: str, outcome: str, code: int
) -> None:
    """A run of nothing but an unsupported cell has played nothing, and is not complete."""
    told.ends = {"reference/waitress": lines.CellEnd("reference/waitress", status, "it is so")}
    result = play(pytester, "--wsconform-server", "waitress", "--wsconform-cases", FIRST, "-rs")
    result.assert_outcomes(**{outcome: 1})
    assert result.ret == code
    assert f"{status}: it is so" in result.stdout.str()


def test_an_interrupted_run_is_not_complete(pytester: pytest.Pytester, told: type[Told]) -> None:
    told.interrupted = True
    try:
        result = play(pytester, "--wsconform-server", "gevent")
    finally:
        told.interrupted = False
    assert result.ret == 2
    assert not lines.read_run(pytester.path / "out" / "run.jsonl").complete
    assert (pytester.path / "out" / "index.html").exists()


def test_the_first_failure_may_end_it(pytester: pytest.Pytester, told: type[Told]) -> None:
    told.results = {("reference/gevent", FIRST): on_gevent(FIRST, "fail")}
    result = play(pytester, "--wsconform-server", "gevent", "-x")
    result.assert_outcomes(failed=1)
    assert result.ret == 4  # what was not played is missing


def test_only_collecting_plays_nothing(pytester: pytest.Pytester, told: type[Told]) -> None:
    result = play(pytester, "--wsconform-server", "gevent", "--wsconform-cases", FIRST, "--collect-only", "-q")
    result.stdout.fnmatch_lines([f"reference/gevent::{FIRST}"])
    assert told.options == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--wsconform-server", "gevnt"], "gevent"),
        (["--wsconform-target", "refrence", "--wsconform-server", "gevent"], "reference"),
        (["--wsconform-server", "gevent", "--wsconform-cases", "B.1"], "no case has the id 'B.1'"),
        (["--wsconform-server", "gevent", "--wsconform-contract", "dwebsocket"], "dwebsocket-0.5"),
        (["--wsconform-server", "gevent", "."], "give no paths"),
    ],
)
def test_what_makes_no_sense_is_told(
    pytester: pytest.Pytester, told: type[Told], arguments: list[str], words: str
) -> None:
    result = play(pytester, *arguments)
    assert result.ret == 4
    assert words in result.stderr.str() + result.stdout.str()


def test_without_its_options_pytest_is_as_ever(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    assert not (pytester.path / "out").exists()


@pytest.mark.parametrize("option", ["--target", "--server", "--cases", "--contract", "--run-output"])
def test_an_option_without_the_prefix_is_unknown(pytester: pytest.Pytester, option: str) -> None:
    result = pytester.runpytest_inprocess(option, "x", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*error: unrecognized arguments: {option}*"])


def test_every_option_has_the_prefix() -> None:
    parser = pytest.Parser(_ispytest=True)
    pytest_addoption(parser)
    names = [name for option in parser.getgroup("wsconform").options for name in option.names()]
    assert len(names) == 5
    assert all(name.startswith("--wsconform-") for name in names)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Somebody's project, whose packages are called like folders of this repository."""
    for name in ("reports", "conformance"):
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").write_text(f"NAME = {name!r}\n")
        (package / "model.py").write_text("")
    (tmp_path / "test_project.py").write_text(
        "import conformance.model, reports.model\n\n"
        "def test_names(): assert (conformance.NAME, reports.NAME) == ('conformance', 'reports')\n\n"
        "def test_places(): assert all(__file__.rpartition('/')[0] in m.__file__ for m in (conformance, reports))\n"
    )
    return tmp_path


def in_project(project: Path, *arguments: str) -> str:
    """Run pytest with the installed plugin in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "-p", "no:cacheprovider"],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_packages_of_a_project_are_not_disturbed(project: Path) -> None:
    said = in_project(project, "-v")
    assert "wsconform" in said.partition("plugins: ")[2].partition("\n")[0]
    assert "2 passed" in said


def test_it_plays_on_a_real_server(project: Path) -> None:
    """Also where packages of the project are called like folders of this repository."""
    place = "--wsconform-target", "reference", "--wsconform-server", "wsgiref"
    in_project(project, *place, "--wsconform-cases", "A.4", "--wsconform-output", "out")
    run = lines.read_run(project / "out" / "run.jsonl")
    assert run.cells["reference/wsgiref"].start.target["contract"] == "reference"
    assert set(run.counts("reference/wsgiref")) <= {"pass", "info"}
