"""A process that plays cells for another one: `python -m wsconform.matrix.worker`. Writes no run file.

Its standard input has one line of what all cells have in common, then a line for each cell; its standard
output has the lines of `pipe`, and after each cell an empty one. The end of standard input, also when the
other process was killed, is Ctrl-C: the server of the cell is stopped, and that is all.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

from wsconform.cases import CATALOGUE
from wsconform.conversation.playing.reactor import reactor_running
from wsconform.conversation.playing.runner import Settings
from wsconform.matrix.cell import play_cell
from wsconform.matrix.messages import PipeListener
from wsconform.matrix.specs import Brief, Place
from wsconform.selection import with_profile

__all__ = ["main"]


def main() -> None:
    """Play what comes by standard input until it ends."""
    # Who is started in the background by a shell ignores it, and so does all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    out, sys.stdout = os.fdopen(os.dup(sys.stdout.fileno()), "w"), sys.stderr
    with suppress(KeyboardInterrupt):
        _work(_lines_until_end(), out)


def _work(orders: Iterator[str], out: TextIO) -> None:
    def write(line: str) -> None:
        out.write(line)
        out.flush()

    brief, listener = Brief(**json.loads(next(orders))), PipeListener(write)
    cases = with_profile([CATALOGUE[id_] for id_ in brief.cases], brief.profile)
    settings = Settings(**brief.settings)
    with reactor_running():
        for order in orders:
            place = Place.from_json(json.loads(order))
            play_cell(place.cell(brief, listener.note), cases, settings, listener)
            write("\n")


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
