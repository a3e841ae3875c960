"""Worker process that plays cells: `python -m wsconform.matrix.worker`.

Standard input has a line with the options of the run, then a line for each cell. Standard output has a line for each
event, and an empty line after each cell. The end of standard input interrupts the worker like Ctrl-C, also when the
other process was killed: it stops the server of its cell and ends.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from wsconform.cases import CATALOGUE
from wsconform.conversation.playing.reactor import reactor_running
from wsconform.kind import Settings
from wsconform.matrix.cell import play_cell
from wsconform.matrix.deadline import deadline
from wsconform.matrix.events import Listener, Note
from wsconform.matrix.messages import encode
from wsconform.matrix.peers import PeerSpec
from wsconform.matrix.specs import CellSpec, RunOptions
from wsconform.selection import with_profile

__all__ = ["Work", "main", "work_off"]


#: Plays the cell of a line; it is made from the line with the options, and a function that sends events.
Work = Callable[[str], None]


def main() -> None:
    """Play the cells of a matrix that come by standard input until it ends."""
    work_off(_player)


def work_off(player: Callable[[str, Listener], Work]) -> None:
    """Play the cells that come by standard input until it ends.

    Args:
        player: takes the line with the options and a function that sends events; returns what plays the cell of a line.
    """
    # Who is started in the background by a shell ignores it, and so does all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    out, sys.stdout = os.fdopen(os.dup(sys.stdout.fileno()), "w"), sys.stderr

    def write(line: str) -> None:
        out.write(line)
        out.flush()

    with suppress(KeyboardInterrupt):
        orders = _lines_until_end()
        play = player(next(orders), lambda event: write(encode(event) + "\n"))
        with reactor_running():
            for order in orders:
                play(order)
                write("\n")


def _player(line: str, send: Listener) -> Work:
    options = RunOptions(**json.loads(line))
    cases = with_profile([CATALOGUE[id_] for id_ in options.cases], options.profile)
    settings = Settings(**options.settings)

    def play(order: str) -> None:
        spec = _spec(json.loads(order))
        with deadline(options.deadline):
            play_cell(spec.cell(options, lambda text: send(Note(text))), cases, settings, send)

    return play


def _spec(data: dict[str, Any]) -> CellSpec | PeerSpec:
    return PeerSpec.from_json(data) if "peer" in data else CellSpec.from_json(data)


def _lines_until_end() -> Iterator[str]:
    """Yield the lines of standard input; at its end interrupt the main thread, whatever it does."""
    came: queue.SimpleQueue[str] = queue.SimpleQueue()
    player = threading.main_thread().ident
    assert player is not None, "it runs"

    def listen() -> None:
        for line in sys.stdin:
            came.put(line)
        signal.pthread_kill(player, signal.SIGINT)

    threading.Thread(target=listen, name="orders", daemon=True).start()
    while True:
        yield came.get()


if __name__ == "__main__":
    main()
