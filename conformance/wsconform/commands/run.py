"""`wsconform run URL`: test a server that is already running."""

from __future__ import annotations

import click

from wsconform.cases import CATALOGUE
from wsconform.commands.options import Playing, new_terminal, playing_options
from wsconform.commands.subject import Subject, subject_options
from wsconform.conversation.playing.reactor import reactor_running
from wsconform.errors import NothingSelectedError
from wsconform.kind import AnyCase, Settings
from wsconform.matrix.cell import Cell, play_cell
from wsconform.matrix.deadline import deadline
from wsconform.matrix.recording import Recorder, output_directory
from wsconform.matrix.secrets import hiding
from wsconform.matrix.serving import ExternalServer
from wsconform.selection import select, with_profile
from wsreport import model as lines

__all__ = ["run"]


@click.command()
@subject_options
@click.option("--name", help="Name of the target in the report. Default: host and port of the URL, or its name.")
@playing_options
def run(subject: Subject, name: str | None, playing: Playing) -> int:
    """Test a running echo server.

    URL is its address (ws:// or wss://), NAME its name in wsconform.toml. Families A and W and most of R are left out,
    since the suite must start the server for them; `wsconform matrix` plays them.
    """
    cases = _chosen(playing)
    target, address, additions = name or subject.name, subject.address, subject.additions
    server = ExternalServer(address.url, subject.trust, additions)
    cell = Cell(target, {"name": target}, {"name": "running", "url": address.shown}, serve=lambda: server)
    plan = lines.Plan(
        (lines.PlannedCell(cell.id, target, "running", subject.words),),
        tuple(case.id for case in cases),
        playing.profile,
        playing.repeat,
    )

    def play(recorder: Recorder, _: set[str]) -> None:
        with reactor_running(), deadline(playing.deadline):
            play_cell(cell, cases, Settings(**playing.settings), hiding(additions.secrets, recorder))

    return playing.record(plan, cases, new_terminal(), output_directory(playing.output), play)


def _chosen(playing: Playing) -> list[AnyCase]:
    """The cases to play.

    Raises:
        NothingSelectedError: none can be played at a URL.
    """
    chosen = with_profile(select(CATALOGUE, playing.cases, playing.exclude), playing.profile)
    cases: list[AnyCase] = [case for case in chosen if not case.own_server]
    if not cases:
        families = " and ".join(sorted({case.family for case in chosen}))
        raise NothingSelectedError(f"family {families} needs a server that the suite starts: use wsconform matrix")
    return cases
