"""`wsconform matrix`: installs targets, starts them under servers, plays, stops."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path

import click
from packaging.utils import canonicalize_name

from wsconform.cases import CATALOGUE
from wsconform.commands.completion import complete_servers, complete_targets
from wsconform.commands.options import Playing, new_terminal, playing_options
from wsconform.contract.profiles import PROFILES
from wsconform.environments.versions import CURATED, Versions
from wsconform.matrix.recording import Recorder, output_directory
from wsconform.matrix.specs import CellSpec, RunOptions, cell_specs
from wsconform.matrix.workers import WorkerPool
from wsconform.selection import select, with_profile
from wsconform.servers import find_servers
from wsconform.targets import find_target
from wsconform.targets.requirements import parse_requirement
from wsreport import model as lines

__all__ = ["matrix"]

LATEST = Path("reports", "out", "latest")


class _ShardType(click.ParamType[tuple[int, int]]):
    name = "i/n"

    def convert(
        self, value: str | tuple[int, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d+)/(\d+)", value)
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            self.fail(f"{value!r} is no shard; the second of four is 2/4", param, ctx)
        return int(found[1]), int(found[2])


@click.command()
@click.option(
    "--target",
    "-t",
    "targets",
    multiple=True,
    default=("reference",),
    shell_complete=complete_targets,
    help="What is judged; repeatable.",
)
@click.option(
    "--server",
    "-s",
    "servers",
    multiple=True,
    default=("all",),
    shell_complete=complete_servers,
    help="A name, a group or a glob; repeatable.",
)
@click.option("--python", "pythons", multiple=True, metavar="X.Y", help="Another Python than ours; repeatable.")
@click.option(
    "--django",
    "djangos",
    multiple=True,
    metavar="X.Y",
    help="Another Django; repeatable. `curated`: a few, each with a Python that it supports.",
)
@click.option(
    "--with",
    "pins",
    multiple=True,
    metavar="REQUIREMENT",
    help="Another version of a server, such as 'gunicorn<26'; of the same one again: that one, too.",
)
@click.option(
    "--contract",
    type=click.Choice(list(PROFILES)),
    help="Whose promises count in family A; by default it follows from what is installed.",
)
@click.option("--jobs", "-j", type=click.IntRange(1), help="Cells at the same time; one for each processor by default.")
@click.option("--shard", type=_ShardType(), help="Only the i-th of n parts, for `wsconform merge`.")
@click.option("--resume", is_flag=True, help="Go on with the run in --output, or the latest one: play what is missing.")
@click.option("--no-attribution", is_flag=True, help="Do not find out whose the failures are.")
@playing_options
def matrix(
    targets: tuple[str, ...],
    servers: tuple[str, ...],
    pythons: tuple[str, ...],
    djangos: tuple[str, ...],
    pins: tuple[str, ...],
    contract: str | None,
    jobs: int | None,
    shard: tuple[int, int] | None,
    resume: bool,
    no_attribution: bool,
    playing: Playing,
) -> int:
    """Install each TARGET, start it under each SERVER, test it, and stop it."""
    cases = with_profile(select(CATALOGUE, playing.cases, playing.exclude), playing.profile)
    judged = list(dict.fromkeys(targets))
    _require_distinct(judged)
    chosen = cell_specs(judged, find_servers(servers), _versions(pythons, djangos, pins), contract or "")
    plan = _plan(chosen, tuple(case.id for case in cases), playing.profile, shard)
    of_plan = [cell.id for cell in plan.cells]
    directory = _resumed(playing.output) if resume else output_directory(playing.output)
    options = RunOptions(
        tuple(case.id for case in cases),
        playing.profile,
        playing.settings,
        str(directory / "logs"),
        attribution=not no_attribution,
        deadline=playing.deadline,
    )

    def play(recorder: Recorder, settled: set[str]) -> None:
        waiting = [spec for spec in chosen if spec.id in of_plan and spec.id not in settled]
        with WorkerPool(jobs or os.cpu_count() or 1, options, recorder) as pool:
            pool.play(waiting)

    return playing.record(plan, cases, new_terminal(len(of_plan)), directory, play, resume=resume)


def _require_distinct(targets: list[str]) -> None:
    names = Counter(find_target(text).name for text in targets)
    if twice := [name for name, count in names.items() if count > 1]:
        raise click.UsageError(f"two targets would be called {twice[0]} in the report; judge them in two runs")


def _plan(chosen: list[CellSpec], cases: tuple[str, ...], profile: str, shard: tuple[int, int] | None) -> lines.Plan:
    whole = lines.Plan(tuple(spec.planned() for spec in chosen), cases, profile)
    try:
        return whole.part(*shard) if shard else whole
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--shard") from None


def _versions(pythons: tuple[str, ...], djangos: tuple[str, ...], pins: tuple[str, ...]) -> list[Versions]:
    """All combinations; several pins of one distribution are alternatives."""
    if "curated" in djangos:
        if pythons or len(djangos) > 1:
            raise click.UsageError("--django curated brings its own Djangos and Pythons; leave --python and others out")
        return [replace(each, pins=pins) for each in CURATED]
    alternatives: dict[str, list[str]] = {}
    for pin in pins:
        alternatives.setdefault(canonicalize_name(parse_requirement(pin).name), []).append(pin)
    return [
        Versions(python, django, together)
        for python, django, together in product(pythons or ("",), djangos or ("",), product(*alternatives.values()))
    ]


def _resumed(output: Path | None) -> Path:
    directory = output or LATEST
    if not (directory / "run.jsonl").exists():
        raise click.UsageError(f"there is nothing to resume in {directory}: it has no run.jsonl")
    return directory.resolve()
