"""A cell always begins and ends, and says what can be said when nothing can be played."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import TypeVar

import pytest

from conformance.tests.support.processes import crooked_process
from wsconform.cases import CATALOGUE
from wsconform.errors import BuildError, PythonMissingError, UnreachableError, UnsupportedError
from wsconform.kind import Settings
from wsconform.matrix.cell import Cell, play_cell
from wsconform.matrix.deadline import DeadlineError
from wsconform.matrix.events import CellBegins, Event, Note
from wsconform.trust import Trust
from wsconform.wire.opening import Additions
from wsreport import model as lines

E = TypeVar("E", bound=Event)

pytestmark = pytest.mark.usefixtures("reactor")

CASES = "1.1.1", "1.1.2", "3.1"


class Heard:
    """A listener that keeps the events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        assert not isinstance(event, Note)
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def starts(self) -> list[CellBegins]:
        return self.of(CellBegins)

    @property
    def results(self) -> list[lines.Result]:
        return self.of(lines.Result)

    @property
    def attributions(self) -> list[lines.Attribution]:
        return self.of(lines.Attribution)

    @property
    def ends(self) -> list[lines.CellEnd]:
        return self.of(lines.CellEnd)


class Server:
    """A server of ours that says what it says."""

    trust, additions = Trust(verified=False), Additions()

    def __init__(self, url: str) -> None:
        self.url = url

    def restart(self) -> bool:
        return False

    def cpu_seconds(self) -> float | None:
        return None

    def log_text(self) -> str:
        return "what it printed"

    def answer(self) -> str:
        return "It answered 501."


def played(serve: object, *, cases: Sequence[str] = CASES, **options: object) -> Heard:
    heard = Heard()
    cell = Cell("t/s", {"name": "t"}, {"name": "s"}, serve=serve, **options)
    play_cell(cell, [CATALOGUE[id_] for id_ in cases], Settings(concurrency=4), heard)
    assert len(heard.starts) == len(heard.ends) == 1
    return heard


def raising(error: Exception) -> object:
    @contextmanager
    def serve() -> Iterator[None]:
        raise error
        yield

    return serve


@contextmanager
def crooked(name: str) -> Iterator[Server]:
    with crooked_process(name) as process:
        yield Server(process.url)


@contextmanager
def refusing() -> Iterator[Server]:
    """A server that speaks HTTP and knows no WebSocket."""
    import http.server
    import threading

    class Quiet(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(501)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Server(f"ws://127.0.0.1:{server.server_address[1]}/")
        finally:
            server.shutdown()
            thread.join()


def test_processes_that_were_left_behind_are_named_with_the_end_of_the_cell() -> None:
    """Also those that are found only when the server is stopped."""
    left: list[str] = []

    @contextmanager
    def leaving() -> Iterator[Server]:
        with crooked("honest") as server:
            yield server
        left.extend(["one was left", "two were left", "two were left"])

    (end,) = played(leaving, left_behind=left).ends
    assert (end.status, end.reason) == ("complete", "one was left\ntwo were left")
    (end,) = played(raising(BuildError("no")), left_behind=["one was left"]).ends
    assert (end.status, end.reason) == ("setup-error", "no\none was left")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BuildError("no compiler\nlong log"), "setup-error"),
        (UnreachableError("nobody there"), "setup-error"),
        (PythonMissingError("Python 3.4 is not on this machine"), "not-run"),
        (UnsupportedError("speaks draft 76"), "unsupported"),
    ],
)
def test_what_cannot_be_had_is_said_and_not_failed(error: Exception, status: str) -> None:
    heard = played(raising(error))
    (end,) = heard.ends
    assert (end.status, end.reason) == (status, str(error))
    assert heard.results == []


def test_an_unsupported_server_that_cannot_be_tried_is_unsupported_all_the_same() -> None:
    (end,) = played(raising(BuildError("no compiler\nlong log")), unsupported="it has no socket").ends
    assert (end.status, end.reason) == ("unsupported", "it has no socket. It could not be started: no compiler")


def test_an_unsupported_server_is_asked_and_its_answer_told() -> None:
    (end,) = played(refusing, unsupported="it has no socket", launch=refusing).ends
    assert (end.status, end.reason) == ("unsupported", "it has no socket. It answered 501.")


def test_an_unsupported_server_that_opens_a_websocket_is_judged_as_any_other() -> None:
    heard = played(lambda: crooked("honest"), unsupported="it has no socket")
    assert [result.verdict for result in heard.results] == ["pass"] * 3
    assert heard.ends[0].status == "complete"


def test_a_target_that_refuses_everybody_fails_every_case() -> None:
    """It is there and answers: that is not a fault of the set-up. No crash is seen where there is none."""
    heard = played(refusing, launch=refusing)
    assert [result.verdict for result in heard.results] == ["fail"] * 3
    assert all("opening handshake failed" in result.reason for result in heard.results)
    assert heard.ends[0].status == "complete"


def test_a_url_that_refuses_is_judged_by_the_cases_of_the_opening_handshake() -> None:
    """Nothing else can be played there, and each other case says so."""
    heard = played(refusing, cases=["1.1.1", "H.1.1", "H.1.4"])
    verdicts = {result.case: result.verdict for result in heard.results}
    assert verdicts == {"1.1.1": "not-run", "H.1.1": "not-run", "H.1.4": "fail"}
    assert all("HTTP 501 Not Implemented" in result.reason for result in heard.results)
    (end,) = heard.ends
    assert end.status == "complete"
    assert "--subprotocol" in end.reason


def test_what_is_no_http_server_is_a_fault_of_the_set_up() -> None:
    @contextmanager
    def speaking_ssh() -> Iterator[Server]:
        def answer(listener: socket.socket) -> None:
            with listener.accept()[0] as connection:
                connection.sendall(b"SSH-2.0-x\r\n\r\n")

        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = Thread(target=answer, args=(listener,))
            thread.start()
            try:
                yield Server(f"ws://127.0.0.1:{listener.getsockname()[1]}/")
            finally:
                thread.join()

    (end,) = played(speaking_ssh).ends
    assert end.status == "setup-error"
    assert "is no HTTP server, or does not answer: the answer is not HTTP: 'SSH-2.0-x'" in end.reason


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("greets", "the server sends a message before it gets one (b'Welcome!'): is it an echo server?"),
        ("mute", "no message came back as it was sent: is it an echo server?"),
        ("honest", ""),
    ],
)
def test_server_that_does_not_echo_gets_a_hint(name: str, hint: str) -> None:
    heard = played(lambda: crooked(name), cases=["1.1.1"])
    assert [end.reason for end in heard.ends] == [hint]


def test_failures_are_attributed_and_nothing_else() -> None:
    asked = []

    def attribute(failed: object, _: object) -> list[lines.Attribution]:
        asked.append([case.id for case in failed])
        return [lines.Attribution("t/s", case.id, "library") for case in failed]

    heard = played(lambda: crooked("lenient"), attribute=attribute)
    assert asked == [["3.1"]]
    assert [(each.case, each.owner) for each in heard.attributions] == [("3.1", "library")]
    assert played(lambda: crooked("honest"), attribute=attribute).attributions == []
    assert len(asked) == 1


def test_what_became_known_is_in_the_beginning_of_the_cell() -> None:
    heard = played(lambda: crooked("honest"), describe=lambda: ({"commit": "abc"}, {"Django": "5.2"}))
    (begins,) = heard.starts
    start = begins.start
    assert start.target == {"name": "t", "commit": "abc"}
    assert start.versions == {"Django": "5.2"}
    assert begins.cases == len(CASES)
    assert heard.ends[0].log == "what it printed"


@pytest.mark.parametrize(("server", "verdict", "plays"), [("lenient", "info", 1), ("honest", "fail", 2)])
def test_known_failure_is_not_repeated_and_unexpected_pass_is_confirmed(server: str, verdict: str, plays: int) -> None:
    heard = played(lambda: crooked(server), known_failures=lambda _: {"3.1": "the server takes anything"})
    (result,) = (each for each in heard.results if each.case == "3.1")
    assert result.verdict == verdict
    assert len(result.plays) == plays
    assert "the server takes anything" in result.reason


def test_a_cell_whose_time_is_over_ends_as_interrupted() -> None:
    @contextmanager
    def too_long() -> Iterator[Server]:
        raise DeadlineError("its time was over")
        yield

    heard = played(too_long)
    assert [(end.status, end.reason) for end in heard.ends] == [("interrupted", "its time was over")]
    assert len(heard.starts) == 1
