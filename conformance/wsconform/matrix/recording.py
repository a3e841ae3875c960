"""Write the run file of a run while it is played, and find the run to resume."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from wsconform import __version__
from wsconform.cases import FAMILIES
from wsconform.checkout import CHECKOUT
from wsconform.environments.locks import Lock
from wsconform.errors import BusyError, ResumeError
from wsconform.kind import AnyCase
from wsconform.kinds import kind_of
from wsconform.matrix.events import CellBegins, Event, Listener
from wsreport import model as lines
from wsreport.html import PAGE
from wsreport.output import writing

__all__ = ["RUN_FILE", "Recorder", "begin", "holding", "new_header", "output_directory"]

#: The name of the run file in its directory.
RUN_FILE = "run.jsonl"
_LOCK = ".lock"


class Recorder:
    """A listener that writes what happens into the run file before it passes it on."""

    def __init__(self, run: lines.RunWriter, listener: Listener) -> None:
        self._run, self._listener = run, listener

    def __call__(self, event: Event) -> None:
        """Write an event, and pass it on."""
        match event:
            case CellBegins():
                self._run.begin_cell(event.start)
            case lines.Result():
                self._run.result(event)
            case lines.Attribution():
                self._run.attribute(event)
            case lines.CellEnd():
                self._run.end_cell(event)
        self._listener(event)


def new_header(plan: lines.Plan, seed: int) -> lines.Header:
    """Return the header of a run that begins now, on this machine."""
    families = {case.partition(".")[0] for case in plan.cases}
    return lines.Header(
        suite=lines.Suite("wsconform", __version__, _commit()),
        started=lines.utc_now().isoformat(timespec="seconds").replace("+00:00", "Z"),
        plan=plan,
        seed=seed,
        machine={
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "cpus": str(os.cpu_count()),
        },
        families={family: title for family, title in FAMILIES.items() if family in families},
    )


@contextmanager
def holding(directory: Path) -> Iterator[None]:
    """Keep other runs out of an output directory until the block ends.

    Raises:
        BusyError: another run holds it.
        OutputError: the directory cannot be written.
    """
    lock = Lock(directory / _LOCK)
    with writing(directory):
        held = lock.acquire(exclusive=True, wait=False)
    if not held:
        raise BusyError(
            f"another run is writing into {directory}; wait for it, or choose another directory with --output"
        )
    try:
        yield
    finally:
        with suppress(OSError):
            lock.discard()


def begin(
    directory: Path, header: lines.Header, cases: Sequence[AnyCase], *, resume: bool = False
) -> tuple[lines.RunWriter, set[str]]:
    """Begin a run in a directory that is held, or go on with the one in it.

    An earlier page is removed, since it is about another run.

    Returns:
        The run file, and the ids of the cells that need not be played.

    Raises:
        ResumeError: another suite wrote the run to resume, or it has another plan or seed.
        RunFileError: the file to resume is not a run file.
        OutputError: the directory cannot be written.
    """
    path = directory / RUN_FILE
    if not resume:
        lines.remove(directory / PAGE)
        return _start_run(path, header, cases), set()
    run, settled = _resume_run(path, header)
    lines.remove(directory / PAGE)
    return run, settled


def _start_run(path: Path, header: lines.Header, cases: Sequence[AnyCase]) -> lines.RunWriter:
    """Begin a run file with its header and the descriptions of all cases."""
    run = lines.RunWriter(path, header)
    for case in cases:
        run.case(kind_of(case).info(case))
    return run


#: Cells that ended so are not played again.
SETTLED = "complete", "crashed", "unsupported"


def _resume_run(path: Path, header: lines.Header) -> tuple[lines.RunWriter, set[str]]:
    """Go on with the run in a file: the cells that it has whole are kept.

    Returns:
        The run file, and the ids of the cells that need not be played.

    Raises:
        ResumeError: another suite wrote it, or it has another plan or seed.
        RunFileError: it is not a run file.
        OSError: it cannot be read.
    """
    old = lines.read_run(path)
    if differences := list(_differences(old, header)):
        raise ResumeError(f"{path} cannot be resumed: {'; '.join(differences)}")
    kept = {
        id_: cell
        for id_, cell in old.cells.items()
        if cell.end is not None
        and cell.end.status in SETTLED
        and (cell.end.status == "unsupported" or all(case in cell.results for case in header.plan.cases))
    }
    return lines.RunWriter.resume(path, replace(old, header=header, cells=kept)), set(kept)


def _differences(old: lines.Run, header: lines.Header) -> Iterator[str]:
    """Yield why a run cannot be continued under a new header."""
    if old.header.suite != header.suite:
        yield f"{old.header.suite} wrote it, and this is {header.suite}"
    if old.format != lines.FORMAT:
        yield f"it has format {old.format}, and this version writes format {lines.FORMAT}"
    if old.header.plan != header.plan:
        yield "its targets, servers, versions, cases, repetitions, profile or shard differ; repeat its options"
    if old.header.seed != header.seed:
        yield "its seed differs; repeat the --seed of that run"


def output_directory(chosen: Path | None) -> Path:
    """Return the directory of a run: the chosen one, or a new one in ``reports/out``.

    Raises:
        OutputError: it cannot be made.
    """
    if chosen is not None:
        lines.make_directory(chosen)
        return chosen
    out = Path("reports", "out")
    directory = _new_directory(out, lines.utc_now().strftime("%Y%m%d-%H%M%S"))
    latest, draft = out / "latest", out / f".latest-{directory.name}"
    with writing(latest):  # by renaming, since another run may do the same now
        draft.symlink_to(directory.name)
        draft.replace(latest)
    return directory


def _new_directory(out: Path, stamp: str) -> Path:
    for name in (stamp, *(f"{stamp}-{n}" for n in range(2, 100))):
        with suppress(FileExistsError):
            lines.make_directory(out / name, new=True)
            return out / name
    raise BusyError(f"a hundred runs began in {out} within this second; choose a directory with --output")


def _commit() -> str | None:
    """Return the commit of this checkout; None if the suite was installed from a wheel."""
    if CHECKOUT is None or not (CHECKOUT / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
