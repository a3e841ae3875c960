"""Play the cells of a run side by side: what `matrix` and `peers` share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from wsconform.commands.options import Playing, new_terminal
from wsconform.errors import ExitCode
from wsconform.kind import AnyCase
from wsconform.matrix.events import Note
from wsconform.matrix.recording import Recorder
from wsconform.matrix.specs import RunOptions
from wsconform.matrix.workers import Spec, WorkerPool
from wsconform.profile import PROFILES
from wsreport import model as lines

__all__ = ["jobs_option", "play_cells", "resume_option", "resumed"]

LATEST = Path("reports", "out", "latest")

jobs_option = click.option(
    "--jobs",
    "-j",
    type=click.IntRange(1),
    metavar="N",
    help="Cells to play at the same time. Default: one per processor; with the profile quick, three.",
)
resume_option = click.option(
    "--resume", is_flag=True, help="Continue the run in --output, or else the latest one: play the missing cells."
)


def play_cells(
    chosen: Sequence[Spec],
    plan: lines.Plan,
    cases: Sequence[AnyCase],
    playing: Playing,
    directory: Path,
    *,
    jobs: int | None,
    resume: bool,
    attribution: bool = False,
) -> ExitCode:
    """Play the cells of a plan in worker processes, and return the exit code of the run.

    Args:
        chosen: the cells; those that are not in the plan are left out.
        plan: of the run.
        cases: what is played on each of them.
        playing: the options of playing.
        directory: for run file, page and logs.
        jobs: cells to play at the same time; None: as many as is usual for the profile.
        resume: play only the cells that the run in the directory lacks.
        attribution: attribute failures to library or server.

    Raises:
        ConformanceError, RunError: as `Playing.record`.
    """
    of_plan = {cell.id for cell in plan.cells}
    options = RunOptions(
        tuple(case.id for case in cases),
        playing.profile,
        playing.settings,
        str(directory / "logs"),
        attribution=attribution,
        deadline=playing.deadline,
    )
    together = jobs or _usual_jobs(playing.profile)

    def play(recorder: Recorder, settled: set[str]) -> None:
        waiting = [spec for spec in chosen if spec.id in of_plan and spec.id not in settled]
        recorder(Note(_announcement(len(waiting), len(cases), playing.profile, together)))
        with WorkerPool(together, options, recorder) as pool:
            pool.play(waiting)

    return playing.record(plan, list(cases), new_terminal(len(of_plan)), directory, play, resume=resume)


def resumed(output: Path | None) -> Path:
    """Return the directory of the run to continue.

    Raises:
        UsageError: it has no run.
    """
    directory = output or LATEST
    if not (directory / "run.jsonl").exists():
        raise click.UsageError(f"nothing to resume: {directory} has no run.jsonl; choose a directory with --output")
    return directory.resolve()


def _announcement(cells: int, cases: int, profile: str, jobs: int) -> str:
    if not cells:
        return "nothing is left to play"
    together = f", {min(jobs, cells)} cells at a time" if cells > 1 else ""
    return f"{cells} cell{'s' * (cells != 1)}, {cases} case{'s' * (cases != 1)} each (profile {profile}){together}"


def _usual_jobs(profile: str) -> int:
    return (os.cpu_count() or 1) * PROFILES[profile].cells_per_processor
