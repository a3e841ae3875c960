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
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, TextIO

from wsconform.cases import CATALOGUE
from wsconform.conversation.playing.reactor import reactor_running
from wsconform.kind import Settings
from wsconform.matrix.cell import play_cell
from wsconform.matrix.deadline import deadline
from wsconform.matrix.events import Event, Note
from wsconform.matrix.messages import encode
from wsconform.matrix.peers import PeerSpec
from wsconform.matrix.specs import CellSpec, RunOptions, Spec
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

    def send(event: Event) -> None:
        write(encode(event) + "\n")

    options = RunOptions(**json.loads(next(orders)))
    cases = with_profile([CATALOGUE[id_] for id_ in options.cases], options.profile)
    settings = Settings(**options.settings)
    with reactor_running():
        for order in orders:
            spec = _spec(json.loads(order))
            with deadline(options.deadline):
                play_cell(spec.cell(options, lambda text: send(Note(text))), cases, settings, send)
            write("\n")


def _spec(data: dict[str, Any]) -> Spec:
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
