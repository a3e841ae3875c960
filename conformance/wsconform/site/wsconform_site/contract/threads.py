"""Views that start threads (greenlets, if the server has patched threading), and views that send to others."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import json
import threading
import time
from typing import Any

from dwebsocket.decorators import accept_websocket

from .calls import CALLS, outcome
from .notes import noting
from .polling import until

__all__ = ["JOINED", "VIEWS", "Threads"]

_LARGE = 128 * 1024


class Threads:
    """Runs functions, each in a thread, and keeps their exceptions."""

    def __init__(self, *jobs: Any) -> None:
        self.failures: Any = []
        self._threads = [threading.Thread(target=self._run, args=(job,), daemon=True) for job in jobs]
        for thread in self._threads:
            thread.start()

    def _run(self, job: Any) -> None:
        try:
            job()
        except Exception as error:
            self.failures.append(f"{type(error).__name__}: {error}")

    def join(self) -> Any:
        """Wait until the threads have ended; return their exceptions."""
        for thread in self._threads:
            thread.join(90)
            if thread.is_alive():
                self.failures.append("a thread did not end")
        return self.failures


def _sends(websocket: Any, name: str, count: int) -> Any:
    def job() -> None:
        for n in range(count):
            if websocket.send(f"{name}:{n}") is False:
                return

    return job


def _numbers(websocket: Any, count: int) -> bool:
    """Read this many messages; return whether they are the numbers from 0 on, in order."""
    return [int(websocket.wait()) for _ in range(count)] == list(range(count))


@accept_websocket
@noting
def two_senders(request: Any, note: Any) -> None:
    """Send numbered messages from two threads, while reading the client's."""
    count, expected = int(request.GET["count"]), int(request.GET["expected"])
    threads = Threads(*(_sends(request.websocket, name, count) for name in ("a", "b")))
    note["in order"] = _numbers(request.websocket, expected)
    note["failures"] = threads.join()


@accept_websocket
@noting
def large_and_small(request: Any, note: Any) -> None:
    """Send messages of very different lengths from several threads, while waiting for the client's."""
    count = int(request.GET["count"])
    names = ("s", "t", "L" * _LARGE, "M" * _LARGE)
    request.websocket.wait()
    threads = Threads(*(_sends(request.websocket, name, count) for name in names))
    note["waited"] = request.websocket.wait()
    note["failures"] = threads.join()


@accept_websocket
@noting
def three_at_once(request: Any, note: Any) -> None:
    """Iterate in this thread, send in a second one, and call `is_closed()` in a third."""
    websocket, count = request.websocket, int(request.GET["count"])
    asked, numbers = [], []

    def ask() -> None:
        while not websocket.is_closed():
            asked.append(websocket.count_messages())
            time.sleep(0.001)
        asked.append("closed")

    sender, asker = Threads(_sends(websocket, "sender", count)), Threads(ask)
    for message in websocket:
        if message is not None:
            numbers.append(int(message))
        if len(numbers) == count and message is not None:
            note["failures"] = sender.join()
            websocket.send("all")
    note["in order"] = numbers == list(range(count))
    note["failures"] += asker.join()
    note["asked"] = [len(asked) > 1, asked[-1]]


@accept_websocket
@noting
def beside_wait(request: Any, note: Any) -> None:
    """Wait in this thread, while another thread makes a call and reports it."""

    def beside() -> None:
        time.sleep(0.1)  # what waits cannot tell that it does
        note["beside"] = outcome(CALLS[request.GET["do"]], request.websocket)
        request.websocket.send("done")

    threads = Threads(beside)
    note["waited"] = request.websocket.wait()
    note["failures"] = threads.join()


@accept_websocket
@noting
def closed_elsewhere(request: Any, note: Any) -> None:
    """Wait in this thread, and close in another one."""

    def close() -> None:
        time.sleep(0.1)  # as above
        request.websocket.close(3001, b"from elsewhere")

    threads = Threads(close)
    note["gave"] = outcome(CALLS[request.GET["by"]], request.websocket)
    note["closed"] = request.websocket.is_closed()
    note["failures"] = threads.join()


@accept_websocket
@noting
def sends_elsewhere(request: Any, note: Any) -> None:
    """Send in another thread after the client has left."""
    websocket = request.websocket
    until(lambda: (websocket.count_messages(), websocket.is_closed())[1])

    def send() -> None:
        note["elsewhere"] = outcome(CALLS["send"], websocket)

    note["failures"] = Threads(send).join()


@accept_websocket
@noting
def two_takers(request: Any, note: Any) -> None:
    """Wait in two threads until the client has left; report when all expected messages have arrived."""
    websocket, expected, taken = request.websocket, int(request.GET["expected"]), []

    def take() -> None:
        message = websocket.wait()
        while message is not None:
            taken.append(int(message))
            if len(taken) == expected:
                websocket.send("all")
            message = websocket.wait()

    note["failures"] = Threads(take, take).join()
    note["each once"] = sorted(taken) == list(range(expected))


#: By the word of the notes: WebSockets of views that have joined.
JOINED: Any = {}


@accept_websocket
@noting
def joins(request: Any, note: Any) -> None:
    """Share the WebSocket with other views until the client has left, and leave it there."""
    JOINED.setdefault(request.GET["note"], []).append(request.websocket)
    request.websocket.send("joined")
    while request.websocket.wait() is not None:
        pass


@accept_websocket
@noting
def tells(request: Any, note: Any) -> None:
    """For each message, send to all WebSockets that have joined, and answer with the results."""
    for message in request.websocket:
        if message is not None:
            request.websocket.send(json.dumps(_tell(request, "thread" in request.GET)))
    JOINED.pop(request.GET["note"], None)


def _tell(request: Any, in_thread: bool) -> Any:
    told: Any = []

    def tell() -> None:
        told.extend(outcome(lambda client: client.send("news"), client) for client in JOINED[request.GET["note"]])

    if in_thread:
        Threads(tell).join()
    else:
        tell()
    return {"told": told, "raised": [one for one in told if isinstance(one, dict)]}


@accept_websocket
@noting
def sends_to_others(request: Any, note: Any) -> None:
    """Send large numbered messages to the WebSocket that has joined, when the client asks for it."""
    request.websocket.wait()
    client = JOINED[request.GET["note"]][0]
    _sends(client, request.GET["name"] * _LARGE, int(request.GET["count"]))()


@accept_websocket
@noting
def knows_others(request: Any, note: Any) -> None:
    """Keep the WebSockets that have joined in a dict and a set; note whether they are distinct."""
    clients = [*JOINED.pop(request.GET["note"]), request.websocket]
    numbers = {client: n for n, client in enumerate(clients)}
    note["in a dict"] = [numbers[client] for client in clients]
    note["in a set"] = len({*clients, *clients})
    note["others"] = len([client for client in clients if client != request.websocket])


VIEWS = {
    "two-senders": two_senders,
    "large-and-small": large_and_small,
    "three-at-once": three_at_once,
    "beside-wait": beside_wait,
    "closed-elsewhere": closed_elsewhere,
    "sends-elsewhere": sends_elsewhere,
    "two-takers": two_takers,
    "joins": joins,
    "tells": tells,
    "sends-to-others": sends_to_others,
    "knows-others": knows_others,
}
