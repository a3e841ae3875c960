"""Worker process that plays crooked servers: `python -m wsconform.mutants.worker`.

It takes the same orders as `wsconform.matrix.worker`. A fault is first played with the cases that must notice it,
and then family by family until one notices it. A legal oddity is played with all cases, and so is every server whose
findings are counted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

from wsconform.cases import CATALOGUE
from wsconform.crooked import CROOKED, Crooked
from wsconform.kind import AnyCase, Settings
from wsconform.matrix.cell import Cell, play_cell
from wsconform.matrix.deadline import deadline
from wsconform.matrix.events import Event, Listener
from wsconform.matrix.worker import Work, work_off
from wsconform.mutants.cells import CrookedServer, MutantOptions, MutantSpec
from wsconform.mutants.score import NOTICES
from wsconform.selection import select, with_profile
from wsreport import model as lines

__all__ = ["main"]


def main() -> None:
    """Play what comes by standard input until it ends."""
    work_off(_player)


def _player(line: str, send: Listener) -> Work:
    options = MutantOptions(**json.loads(line))
    cases = [case for case in with_profile(list(CATALOGUE.values()), options.profile) if not case.own_server]
    settings = Settings(timeout_scale=options.timeout_scale, for_grades=False)

    def play(order: str) -> None:
        _play(MutantSpec(**json.loads(order)), cases, settings, options, send)

    return play


def _play(
    spec: MutantSpec, cases: Sequence[AnyCase], settings: Settings, options: MutantOptions, send: Listener
) -> None:
    crooked, noticed = CROOKED[spec.id], False

    def listen(event: Event) -> None:
        nonlocal noticed
        if isinstance(event, lines.Result) and crooked.level in NOTICES:
            noticed = noticed or event.verdict in NOTICES[crooked.level]
        elif isinstance(event, lines.CellEnd):
            noticed = noticed or event.status != "complete"
        send(event)

    start = spec.start()
    with deadline(options.deadline):
        for some in [list(cases)] if options.whole else _in_turn(crooked, cases):
            if options.whole or not noticed:
                cell = Cell(spec.id, start.target, start.server, serve=lambda: CrookedServer(spec.id))
                play_cell(cell, some, settings, listen)


def _in_turn(crooked: Crooked, cases: Sequence[AnyCase]) -> list[list[AnyCase]]:
    """Return the cases of a fault that are named, then the others by family; all cases of a legal oddity at once."""
    if crooked.is_legal:
        return [list(cases)]
    named = {case.id for case in select(CATALOGUE, [crooked.caught])} if crooked.caught else set()
    first = [case for case in cases if case.id in named]
    others = groupby((case for case in cases if case.id not in named), lambda case: case.family)
    return [some for some in (first, *(list(own) for _, own in others)) if some]


if __name__ == "__main__":
    main()
