"""Read, write and validate run files (JSON Lines)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

from wsreport.codec import DecodeError, described
from wsreport.output import OutputError, replace_text, writing
from wsreport.records import (
    FORMAT,
    RECORDS,
    Attribution,
    CaseInfo,
    CellEnd,
    CellStart,
    Footer,
    Header,
    Record,
    Result,
    RunStatus,
    Verdict,
)
from wsreport.run import CellRun, Run, RunError, count_verdicts, digest_verdicts
from wsreport.upgrade import FormatError, file_format, upgraded

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

__all__ = ["SCHEMA", "RunFileError", "RunWriter", "read_run", "utc_now", "validate", "write_run"]

#: The published schema of one line.
SCHEMA = Path(__file__).with_name("schema.json")
#: The longest line that is read, in bytes; the suite's own are much shorter.
LONGEST_LINE = 1 << 26


class RunFileError(RunError):
    """A run file cannot be read as one; the message names file and line."""


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def read_run(path: str | Path) -> Run:
    """Read a run file of this format or an older one, also a file that was cut off in the middle of a line.

    Args:
        path: a file that `RunWriter` wrote, wholly or in part.

    Returns:
        The run, in today's format. `Run.problems` says what is missing or inconsistent.

    Raises:
        RunFileError: the file has no header or a newer format, or a line does not fit its format.
        OSError: the file cannot be read.
    """
    assembly: _Assembly | None = None
    torn = False
    for number, data, torn in _lines(Path(path)):
        if torn:
            break
        where = f"{path}, line {number}"
        if assembly is None:
            assembly = _begun(data, where)
        else:
            assembly.add(_record(data, where, assembly.format), where)
    if assembly is None:
        raise RunFileError(f"{path}: the file has no header; it is empty or was truncated")
    return assembly.run("The last line of the file is incomplete.") if torn else assembly.run()


def validate(path: str | Path) -> tuple[str, ...]:
    """Check each line of a run file against the published schema.

    Args:
        path: the file. The schema describes today's format; a file of another format has just that violation.

    Returns:
        A sentence for each violation, with line and field; empty if the file is valid.

    Raises:
        RunFileError: a line is not JSON.
        OSError: the file cannot be read.
    """
    found = []
    for number, data, torn in _lines(Path(path)):
        if number == 1 and isinstance(data, dict) and data.get("format", FORMAT) != FORMAT:
            return (f"line 1: $.format: expected {FORMAT}, found {data['format']!r}",)
        if torn:
            found.append(f"line {number}: incomplete")
            continue
        kind = data.get("kind") if isinstance(data, dict) else None
        for error in _validator(kind if isinstance(kind, str) and kind in RECORDS else None).iter_errors(data):
            found.append(f"line {number}: {error.json_path}: {error.message}")  # noqa: PERF401
    return tuple(found)


def write_run(path: str | Path, run: Run) -> None:
    """Write a run as it is, in today's format. The file appears all at once.

    Args:
        path: the file to write or replace.
        run: what to write; without a footer if it has none.

    Raises:
        EncodeError: a record has a word that its format does not have.
        OutputError: the file cannot be written.
    """
    records: list[Record] = [run.header, *run.cases.values()]
    for cell in run.cells.values():
        records += [cell.start, *cell.results.values(), *cell.attributions.values(), *([cell.end] if cell.end else [])]
    if run.footer is not None:
        records.append(run.footer)
    replace_text(Path(path), "".join(map(_line, records)), encoding="ascii")


class RunWriter:
    """Write a run file line by line, each flushed, so that a crash loses nothing.

    Every method raises OutputError if the file cannot be written, as on a full disk.

    Use it as a context manager. Only `finish` writes a footer. Leaving the block by KeyboardInterrupt finishes as
    "interrupted"; leaving it in any other way writes no footer, so that a reader sees that the run was cut short.
    """

    def __init__(self, path: str | Path, header: Header, *, clock: Callable[[], datetime] = utc_now) -> None:
        """Open a file, truncate it, and write the header.

        Args:
            path: the file; its directory must exist.
            header: the first line.
            clock: returns the current time, for `Footer.finished` and `Footer.seconds`.

        Raises:
            EncodeError: the header has a word that the format does not have.
            OutputError: the file cannot be written.
        """
        self._start(path, "w", clock)
        self._write(header)

    @classmethod
    def resume(cls, path: str | Path, run: Run, *, clock: Callable[[], datetime] = utc_now) -> Self:
        """Continue a run that was cut short: write again what is kept, so that the rest can follow.

        Args:
            path: the file; it is replaced by one that holds just `run`, without a footer.
            run: what to keep, with the header of the new attempt.
            clock: returns the current time, as for a new file.

        Returns:
            A writer that appends to the file.

        Raises:
            OutputError: the file cannot be written.
        """
        write_run(path, replace(run, footer=None))
        writer = cls.__new__(cls)
        writer._start(path, "a", clock)
        writer._verdicts = {
            cell: {case: result.verdict for case, result in played.results.items()}
            for cell, played in run.cells.items()
        }
        return writer

    def _start(self, path: str | Path, mode: str, clock: Callable[[], datetime]) -> None:
        with writing(path):
            self._file: IO[str] = Path(path).open(mode, encoding="ascii", newline="\n")  # noqa: SIM115
        self._clock = clock
        self._began = clock()
        self._verdicts: dict[str, dict[str, Verdict]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt) and not self._file.closed:
            self.finish("interrupted")
        self._close()

    def _close(self) -> None:
        with suppress(OSError):  # what could not be written has been said
            self._file.close()

    def case(self, info: CaseInfo) -> None:
        """Write the description of a case."""
        self._write(info)

    def begin_cell(self, start: CellStart) -> None:
        """Write that a cell begins."""
        self._verdicts.setdefault(start.cell, {})
        self._write(start)

    def result(self, result: Result) -> None:
        """Write the result of a case.

        Raises:
            EncodeError: it has a word that the format does not have; nothing is written.
            RunFileError: its cell was not begun.
        """
        if result.cell not in self._verdicts:
            raise RunFileError(f"{self._file.name}: there is a result for cell {result.cell!r}, which was not started")
        self._write(result)
        self._verdicts[result.cell].setdefault(result.case, result.verdict)

    def attribute(self, attribution: Attribution) -> None:
        """Write which part a failure belongs to."""
        self._write(attribution)

    def end_cell(self, end: CellEnd) -> None:
        """Write that a cell is over."""
        self._write(end)

    def finish(self, status: RunStatus = "complete") -> None:
        """Write the footer and close the file.

        Args:
            status: how the run ended.

        Raises:
            RunFileError: the run is already finished.
            OutputError: the file cannot be written, so it has no footer.
        """
        now = self._clock()
        footer = Footer(
            finished=now.isoformat(timespec="seconds").replace("+00:00", "Z"),
            status=status,
            seconds=max(0.0, (now - self._began).total_seconds()),
            counts={cell: count_verdicts(cases.values()) for cell, cases in self._verdicts.items()},
            digest=digest_verdicts(self._verdicts),
        )
        self._write(footer)
        with writing(self._file.name):
            self._file.close()

    def _write(self, record: Record) -> None:
        if self._file.closed:
            raise RunFileError(f"{self._file.name}: cannot write {record.kind!r}: the run is already finished")
        line = _line(record)
        try:
            with writing(self._file.name):
                self._file.write(line)
                self._file.flush()
        except OutputError:
            self._close()
            raise


def _line(record: Record) -> str:
    return json.dumps(record.to_json(), allow_nan=False, separators=(",", ":")) + "\n"


class _Assembly:
    """The parts of a run as they are read; contradictions become flaws.

    Attributes:
        format: the format of the file.
    """

    def __init__(self, header: Header, number: int) -> None:
        self._header = header
        self.format = number
        self._cases: dict[str, CaseInfo] = {}
        self._starts: dict[str, CellStart] = {}
        self._results: dict[str, dict[str, Result]] = {}
        self._attributions: dict[str, dict[str, Attribution]] = {}
        self._ends: dict[str, CellEnd] = {}
        self._footer: Footer | None = None
        self._flaws: list[str] = []

    def add(self, record: Record, where: str) -> None:
        if isinstance(record, Header):
            raise RunFileError(f"{where}: there is a second header")
        if self._footer is not None:
            self._flaws.append(f"There is a line of kind {record.kind} after the footer.")
        elif isinstance(record, Footer):
            self._footer = record
        elif isinstance(record, CaseInfo):
            self._keep(self._cases, record.id, record, "description of case")
        elif isinstance(record, CellStart):
            self._keep(self._starts, record.cell, record, "start of cell")
        elif isinstance(record, CellEnd):
            self._end(record)
        elif isinstance(record, Result):
            self._result(record)
        elif isinstance(record, Attribution):
            self._attribution(record)

    def run(self, *flaws: str) -> Run:
        cells = {
            cell: CellRun(start, self._results.get(cell, {}), self._ends.get(cell), self._attributions.get(cell, {}))
            for cell, start in self._starts.items()
        }
        return Run(self._header, self._cases, cells, self._footer, (*self._flaws, *flaws), self.format)

    def _end(self, end: CellEnd) -> None:
        if end.cell not in self._starts:
            self._flaws.append(f"Cell {end.cell} has an end but no start.")
            return
        self._keep(self._ends, end.cell, end, "end of cell")

    def _result(self, result: Result) -> None:
        if result.cell not in self._starts:
            self._flaws.append(f"Case {result.case} has a result for cell {result.cell}, which has no start.")
            return
        results = self._results.setdefault(result.cell, {})
        self._keep(results, result.case, result, f"result on cell {result.cell} of case")

    def _attribution(self, record: Attribution) -> None:
        if record.case not in self._results.get(record.cell, {}):
            self._flaws.append(f"Cell {record.cell} has an attribution for case {record.case}, but no result.")
            return
        of_cell = self._attributions.setdefault(record.cell, {})
        self._keep(of_cell, record.case, record, f"attribution on cell {record.cell} of case")

    def _keep(self, table: dict[str, Any], key: str, record: Record, what: str) -> None:
        if key in table:
            self._flaws.append(f"Duplicate {what} {key}; the first one counts.")
        else:
            table[key] = record


def _lines(path: Path) -> Iterator[tuple[int, Any, bool]]:
    """Yield number, JSON value and whether the line is torn, which only the last line may be."""
    with path.open("rb") as file:
        following = file.readline(LONGEST_LINE + 1)
        for number in itertools.count(1):
            if not (line := following):
                return
            if len(line) > LONGEST_LINE:
                raise RunFileError(f"{path}, line {number}: the line is longer than {LONGEST_LINE >> 20} MiB")
            following = file.readline(LONGEST_LINE + 1)
            data = _parsed(line)
            if isinstance(data, ValueError) and following:
                raise RunFileError(f"{path}, line {number}: this is not JSON: {data}") from data
            yield number, data, isinstance(data, ValueError)


def _parsed(line: bytes) -> Any:
    """Return the JSON value of a line, or the error that it is not JSON."""
    try:
        return json.loads(line, parse_constant=_refuse)
    except ValueError as error:  # also UnicodeDecodeError
        return error
    except RecursionError:
        return ValueError("it is nested too deeply")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _begun(data: Any, where: str) -> _Assembly:
    """Read the first line."""
    try:
        number = file_format(data) if isinstance(data, dict) else FORMAT
    except FormatError as error:
        raise RunFileError(f"{where}: {error}") from None
    record = _record(data, where, number)
    if not isinstance(record, Header):
        raise RunFileError(f"{where}: the first line must be a header, not {record.kind!r}")
    return _Assembly(record, number)


def _record(data: Any, where: str, number: int) -> Record:
    data = upgraded(data, number)
    kind = data.get("kind") if isinstance(data, dict) else None
    with suppress(TypeError):  # an unhashable kind is an unknown one
        if kind in RECORDS:
            try:
                return RECORDS[kind].from_json(data)
            except DecodeError as error:
                raise RunFileError(f"{where}: {kind}: {error}") from error
            except RecursionError:  # of values that JSON could just hold
                raise RunFileError(f"{where}: {kind}: it is nested too deeply") from None
    raise RunFileError(f"{where}: {described(kind)} is not a kind of line; the kinds are {', '.join(RECORDS)}")


@cache
def _validator(kind: str | None) -> Draft202012Validator:
    """Return the validator of one kind of line, whose messages are clearer than the ones for any kind."""
    # Imported here, so that reading a run file needs the standard library alone.
    from jsonschema import Draft202012Validator

    schema: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    if kind is not None:
        schema = {"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]}
    return Draft202012Validator(schema)
