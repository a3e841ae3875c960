"""pytest as a way in: `pytest --target reference --server gevent -k read` plays clauses, a test each.

It is `wsconform matrix` beneath: the same plan, workers, run file, page and exit code; pytest selects and tells.
Without --target and --server it does nothing.

A clause that does not bind the target is skipped with what was seen, one that only others have promised in its
name is an expected failure, and neither fails the run, as neither does at `wsconform matrix`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from wsconform.matrix.events import Event
    from wsconform.matrix.specs import CellSpec
    from wsreport import model as lines

__all__ = ["pytest_addoption", "pytest_configure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the suite."""
    group = parser.getgroup("wsconform", "play the API contract, or other cases, against targets on servers")
    group.addoption("--target", action="append", metavar="TARGET", help="what is judged, as for `wsconform matrix`")
    group.addoption("--server", action="append", metavar="SERVER", help="what it is played on; repeatable")
    group.addoption("--cases", action="append", metavar="PATTERN", help="which cases; by default A, the API contract")
    group.addoption("--contract", metavar="PROFILE", help="whose promises count; by default as what is installed says")
    group.addoption("--run-output", type=Path, metavar="DIR", help="directory of run file and page")


def pytest_configure(config: pytest.Config) -> None:
    """Take over if there is a target or a server."""
    if config.option.target or config.option.server:
        config.pluginmanager.register(_Contract(config), "wsconform-contract")


class CaseItem(pytest.Item):
    """A case on a cell."""

    def __init__(self, *, spec: CellSpec, case: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.spec, self.case = spec, case
        self.result: lines.Result | None = None
        self.reason = "it was not played: the run ended before"
        self.unsupported = False

    def runtest(self) -> None:
        """Tell what came of it."""
        if self.result is None:
            if self.unsupported:
                pytest.skip(self.reason)
            raise CaseError(self.reason)
        if self.result.verdict == "non-strict":
            pytest.xfail(self.result.reason)
        if self.result.verdict in ("info", "declined"):
            pytest.skip(self.result.reason)
        if self.result.verdict != "pass":
            raise CaseError(_told(self.case, self.result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was awaited and what came, without a traceback of ours."""
        return str(excinfo.value) if isinstance(excinfo.value, CaseError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Cell and case."""
        return Path(self.spec.id), None, f"{self.spec.id}: {self.name}"


class CaseError(Exception):
    """A case did not pass; the message is for the person at the terminal."""


def _told(case: Any, result: lines.Result) -> str:
    rows = [f"{result.verdict}: {result.reason}", f"{case.id}: {case.title}"]
    rows += [f"  {clause.text} by {clause.id}, {clause.section}" for clause in result.clauses]
    rows += [f"  expected  {text}" for text in result.expected]
    rows += [f"  observed  {text}" for text in result.observed]
    return "\n".join(rows)


class _Contract:
    """Collects cases as tests, and runs each when its result has come."""

    def __init__(self, config: pytest.Config) -> None:
        if config.args_source is pytest.Config.ArgsSource.ARGS:
            raise pytest.UsageError("with --target or --server the cases are the tests: leave paths out, use --cases")
        self._options = config.option
        self._items: list[CaseItem] = []
        self._run: lines.Run | None = None
        self._places: tuple[Path, ...] = ()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        """Make an item of each case on each cell, and let -k and others choose."""
        hook = session.config.hook
        session.items = list(self._collected(session))
        report = pytest.CollectReport("cases", "passed", None, list(session.items))
        hook.pytest_collectreport(report=report)
        hook.pytest_collection_modifyitems(session=session, config=session.config, items=session.items)
        hook.pytest_collection_finish(session=session)
        session.testscollected = len(session.items)
        return True

    def _collected(self, session: pytest.Session) -> Iterable[CaseItem]:
        from wsconform.cases import CATALOGUE
        from wsconform.contract.profiles import PROFILES
        from wsconform.environments.versions import Versions
        from wsconform.errors import ConformanceError
        from wsconform.matrix.specs import cell_specs
        from wsconform.selection import nearest, select
        from wsconform.servers import find_servers

        options = self._options
        if options.contract and options.contract not in PROFILES:
            near = ", ".join(nearest(dict.fromkeys(PROFILES), options.contract))
            raise pytest.UsageError(f"no profile is called {options.contract!r}; there are {near}")
        try:
            cases = select(CATALOGUE, options.cases or ["A"])
            servers = find_servers(tuple(options.server or ("all",)))
            chosen = cell_specs(options.target or ["reference"], servers, [Versions()], options.contract or "")
        except ConformanceError as error:
            raise pytest.UsageError(str(error)) from None
        for spec in chosen:
            for case in cases:
                yield CaseItem.from_parent(
                    session, name=f"{case.id} {case.title}", nodeid=f"{spec.id}::{case.id}", spec=spec, case=case
                )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Play what was selected, and run each item when its result has come."""
        if session.config.option.collectonly or not session.items:
            return None
        self._items = [item for item in session.items if isinstance(item, CaseItem)]
        self._play(_ItemRunner(session, self._items))
        return True

    def _play(self, runner: _ItemRunner) -> None:
        import os
        from dataclasses import asdict

        from wsconform.kind import Settings
        from wsconform.matrix import recording as run_files
        from wsconform.matrix.specs import RunOptions
        from wsconform.matrix.workers import WorkerPool
        from wsreport import html
        from wsreport import model as lines

        cases = list({item.case.id: item.case for item in self._items}.values())
        chosen = list({item.spec.id: item.spec for item in self._items}.values())
        ids = tuple(case.id for case in cases)
        directory = run_files.output_directory(self._options.run_output)
        path = directory / "run.jsonl"
        plan = lines.Plan(tuple(spec.planned() for spec in chosen), ids)
        run_options = RunOptions(ids, plan.profile, asdict(Settings()), str(directory / "logs"))
        try:
            with run_files.start_run(path, run_files.new_header(plan, 0), cases) as run:
                with WorkerPool(os.cpu_count() or 1, run_options, run_files.Recorder(run, runner)) as pool:
                    pool.play(chosen)
                run.finish()
        finally:
            self._run = lines.read_run(path)
            self._places = path, html.write([self._run], directory)
        runner.finish()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """End with the code that the run deserves, where pytest has nothing worse to say."""
        from wsreport import model as lines

        if self._run is not None and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.exitstatus = lines.gate(self._run)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the report is."""
        for path in self._places:
            terminalreporter.write_line(str(path))


class _ItemRunner:
    """A listener that runs items as their results come, one cell after the other."""

    def __init__(self, session: pytest.Session, items: Sequence[CaseItem]) -> None:
        self._session = session
        self._waiting = {(item.spec.id, item.case.id): item for item in items}
        self._cells: dict[str, deque[CaseItem]] = {}
        self._ended: set[str] = set()
        self._terminal: Any = session.config.pluginmanager.get_plugin("terminalreporter")

    def __call__(self, event: Event) -> None:
        """Take an event, and run the items whose results have come."""
        from wsconform.matrix.events import CellBegins, Note
        from wsreport import model as lines

        match event:
            case Note() if self._terminal is not None:
                self._terminal.ensure_newline()
                self._terminal.write_line(event.text)
            case CellBegins():
                self._cells.setdefault(event.start.cell, deque())
            case lines.Result():
                self._take_result(event)
            case lines.CellEnd():
                self._take_end(event)

    def _take_result(self, result: lines.Result) -> None:
        item = self._waiting.pop((result.cell, result.case), None)
        if item is not None:
            item.result = result
            self._cells[result.cell].append(item)
            self._run_front()

    def _take_end(self, end: lines.CellEnd) -> None:
        for key in [key for key in self._waiting if key[0] == end.cell]:
            item = self._waiting.pop(key)
            item.reason = f"{end.status}: {end.reason}"
            item.unsupported = end.status == "unsupported"
            self._cells[end.cell].append(item)
        self._ended.add(end.cell)
        self._run_front()

    def finish(self) -> None:
        """Run what has never got a result."""
        self._ended.update(self._cells)
        self._run_front()
        for item in self._waiting.values():
            self._run(item)

    def _run_front(self) -> None:
        """Run what there is of the cell that began first, and of the next ones if that is over."""
        for cell in list(self._cells):
            while self._cells[cell]:
                self._run(self._cells[cell].popleft())
            if cell not in self._ended:
                return
            del self._cells[cell]

    def _run(self, item: CaseItem) -> None:
        session = self._session
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
