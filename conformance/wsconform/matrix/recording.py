"""A run: a plan of cells and cases, and what came of it, written down as it happens. Plays nothing itself."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from wsconform import __version__
from wsconform.cases import FAMILIES
from wsconform.errors import ResumeError
from wsconform.kind import AnyCase
from wsconform.kinds import kind_of
from wsconform.matrix.events import CellBegins, Event, Listener
from wsreport import model as lines

__all__ = ["Recorder", "new_header", "output_directory", "resume_run", "start_run"]


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


def start_run(path: Path, header: lines.Header, cases: Sequence[AnyCase]) -> lines.RunWriter:
    """Begin a run file with its header and the descriptions of all cases."""
    run = lines.RunWriter(path, header)
    for case in cases:
        run.case(kind_of(case).info(case))
    return run


#: Cells that ended so are not played again.
SETTLED = "complete", "crashed", "unsupported"


def resume_run(path: Path, header: lines.Header) -> tuple[lines.RunWriter, set[str]]:
    """Go on with the run in a file: the cells that it has whole are kept.

    Returns:
        The run file, and the ids of the cells that need not be played.

    Raises:
        ResumeError: another suite wrote it, or it has another plan or seed.
        RunFileError: it is no run file.
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
        yield "it has another plan (targets, servers, versions, cases, profile or shard) than what is asked for now"
    if old.header.seed != header.seed:
        yield "it has another seed than what is asked for now"


def output_directory(chosen: Path | None) -> Path:
    """Where a run goes: the directory that was asked for, or a new one in ``reports/out``."""
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        return chosen
    out = Path("reports", "out")
    stamp = lines.utc_now().strftime("%Y%m%d-%H%M%S")
    names = (stamp, *(f"{stamp}-{n}" for n in range(2, 100)))
    directory = next(out / name for name in names if not (out / name).exists())
    directory.mkdir(parents=True)
    latest = out / "latest"
    latest.unlink(missing_ok=True)
    latest.symlink_to(directory.name)
    return directory


def _commit() -> str | None:
    """The commit of this checkout; None when installed from elsewhere."""
    checkout = Path(__file__).resolve().parents[3]
    if not (checkout / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
