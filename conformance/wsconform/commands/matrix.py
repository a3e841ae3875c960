"""`wsconform matrix`: install targets, start them under servers, play, stop."""

from __future__ import annotations

import os
import re
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import click
from packaging.utils import canonicalize_name

from wsconform.cases import CATALOGUE
from wsconform.commands.cells import jobs_option, play_cells, resume_option, resumed
from wsconform.commands.completion import complete_servers, complete_targets
from wsconform.commands.options import Playing, playing_options
from wsconform.commands.output import echo
from wsconform.contract.profiles import PROFILES as CONTRACTS
from wsconform.environments.versions import CURATED, Versions
from wsconform.errors import ExitCode
from wsconform.kind import AnyCase
from wsconform.matrix.recording import output_directory
from wsconform.matrix.specs import CellSpec, cell_specs
from wsconform.selection import select, with_profile
from wsconform.servers import SERVERS, find_servers
from wsconform.targets import find_target
from wsconform.targets.requirements import parse_requirement
from wsreport import model as lines

__all__ = ["matrix"]

DEFAULT_SERVERS = ("common",)
#: The environment variable with the command that a person has started, where it is not `wsconform matrix`.
COMMAND = "WSCONFORM_COMMAND"


class _ShardType(click.ParamType[tuple[int, int]]):
    name = "i/n"

    def convert(
        self, value: str | tuple[int, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d+)/(\d+)", value)
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            self.fail(f"{value!r} is not a shard; write 2/4 for the second of four", param, ctx)
        return int(found[1]), int(found[2])


@click.command()
@click.option(
    "--target",
    "-t",
    "targets",
    multiple=True,
    default=("reference",),
    shell_complete=complete_targets,
    show_default="reference",
    metavar="TARGET",
    help="Library to test: a name of `wsconform list targets`, path:DIRECTORY, pip:REQUIREMENT or git:URL@COMMIT. "
    "Repeatable.",
)
@click.option(
    "--server",
    "-s",
    "servers",
    multiple=True,
    show_default="common",
    metavar="SERVER",
    shell_complete=complete_servers,
    help="Server to test on: a name or group of `wsconform list servers`, or a pattern such as 'uwsgi-*'. Repeatable.",
)
@click.option(
    "--python", "pythons", multiple=True, metavar="X.Y", help="Run targets on this version of Python. Repeatable."
)
@click.option(
    "--django",
    "djangos",
    multiple=True,
    metavar="X.Y",
    help="Install this version of Django, e.g. 4.2; `curated` stands for a few supported ones, each with a Python "
    "that it supports. Repeatable.",
)
@click.option(
    "--with",
    "pins",
    multiple=True,
    metavar="REQUIREMENT",
    help="Pin a server's package, e.g. 'gunicorn<26'. Repeat for one package to test several versions.",
)
@click.option(
    "--contract",
    type=click.Choice(list(CONTRACTS)),
    help="API contract to judge family A by. Default: chosen from the installed distribution.",
)
@jobs_option
@click.option("--shard", type=_ShardType(), help="Play only shard I of N; `wsconform merge` merges the shards.")
@resume_option
@click.option("--no-attribution", is_flag=True, help="Skip attributing failures to library or server.")
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
    """Install each target, start it under each server, and test it.

    Without options: a first look at the reference on the servers of the group `common`, in about a minute.
    """
    if not servers and not playing.cases:
        playing = replace(playing, default_profile="quick")
    cases = with_profile(select(CATALOGUE, playing.cases, playing.exclude), playing.profile)
    judged = list(dict.fromkeys(targets))
    _require_distinct(judged)
    versions = _versions(pythons, djangos, pins)
    chosen = cell_specs(judged, find_servers(servers or DEFAULT_SERVERS), versions, contract or "")
    plan = _plan(chosen, tuple(case.id for case in cases), playing, shard)
    directory = resumed(playing.output) if resume else output_directory(playing.output)
    code = play_cells(chosen, plan, cases, playing, directory, jobs=jobs, resume=resume, attribution=not no_attribution)
    if not servers and code is not ExitCode.INTERRUPTED and not playing.gating.is_on:
        _print_left_out(judged, len({spec.server for spec in chosen}), cases, playing)
    return code


def _print_left_out(targets: list[str], servers: int, cases: Sequence[AnyCase], playing: Playing) -> None:
    """Print what a run on the default servers did not play, and the command that plays it.

    Args:
        targets: what was tested.
        servers: how many servers it was tested on.
        cases: what was played.
        playing: the options of the run.
    """
    selected = len(select(CATALOGUE, playing.cases, playing.exclude))
    parts = [f"{len(SERVERS) - servers} of {len(SERVERS)} servers"]
    if fewer := selected - len(cases):
        parts.append(f"{fewer} of {selected} cases (profile {playing.profile})")
    echo(f"Left out: {', '.join(parts)}.")
    options = [word for target in targets if targets != ["reference"] for word in ("--target", target)]
    options += [word for pattern in playing.cases for word in ("--cases", pattern)]
    options += [word for pattern in playing.exclude for word in ("--exclude", pattern)]
    command = (*os.environ.get(COMMAND, "wsconform matrix").split(), *options)
    echo(f"To test everything: {shlex.join(command)} --server all --profile standard")


def _require_distinct(targets: list[str]) -> None:
    names = Counter(find_target(text).name for text in targets)
    if twice := [name for name, count in names.items() if count > 1]:
        raise click.UsageError(f"two targets have the name {twice[0]} in the report; test them in separate runs")


def _plan(
    chosen: list[CellSpec], cases: tuple[str, ...], playing: Playing, shard: tuple[int, int] | None
) -> lines.Plan:
    whole = lines.Plan(tuple(spec.planned() for spec in chosen), cases, playing.profile, playing.repeat)
    try:
        return whole.part(*shard) if shard else whole
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--shard") from None


def _versions(pythons: tuple[str, ...], djangos: tuple[str, ...], pins: tuple[str, ...]) -> list[Versions]:
    """Return all combinations of versions; several pins of one distribution are alternatives."""
    if "curated" in djangos:
        if pythons or len(djangos) > 1:
            raise click.UsageError(
                "--django curated chooses Python and Django itself; omit --python and other --django"
            )
        return [replace(each, pins=pins) for each in CURATED]
    alternatives: dict[str, list[str]] = {}
    for pin in pins:
        alternatives.setdefault(canonicalize_name(parse_requirement(pin).name), []).append(pin)
    return [
        Versions(python, django, together)
        for python, django, together in product(pythons or ("",), djangos or ("",), product(*alternatives.values()))
    ]
