"""A cell always begins and ends, and says what can be said when nothing can be played."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conformance.tests.support.processes import crooked_process
from wsconform.cases import CATALOGUE
from wsconform.conversation.playing.runner import Settings
from wsconform.errors import BuildError, PythonMissingError, UnreachableError, UnsupportedError
from wsconform.matrix.cell import Cell, play_cell
from wsreport import model as lines

pytestmark = pytest.mark.usefixtures("reactor")

CASES = [CATALOGUE[id_] for id_ in ("1.1.1", "1.1.2", "3.1")]


class Heard:
    """Keeps the records."""

    def __init__(self) -> None:
        self.starts: list[tuple[lines.CellStart, int]] = []
        self.results: list[lines.Result] = []
        self.attributions: list[lines.Attribution] = []
        self.ends: list[lines.CellEnd] = []
        self.cell_begins = lambda start, cases: self.starts.append((start, cases))
        self.result = self.results.append
        self.replaying = lambda cell, cases: None
        self.attribution = self.attributions.append
        self.cell_ends = self.ends.append

    def note(self, text: str) -> None:
        raise AssertionError(text)


class Server:
    """A server of ours that says what it says."""

    authority = None

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


def played(serve: object, **options: object) -> Heard:
    heard = Heard()
    cell = Cell("t/s", {"name": "t"}, {"name": "s"}, serve=serve, **options)
    play_cell(cell, CASES, Settings(concurrency=4), heard)
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
    assert (end.status, end.reason) == ("unsupported", "it has no socket. It could not be tried: no compiler")


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


def test_a_url_that_refuses_is_a_fault_of_the_set_up() -> None:
    (end,) = played(refusing).ends
    assert end.status == "setup-error"
    assert "refused the opening handshake" in end.reason


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
    ((start, cases),) = heard.starts
    assert start.target == {"name": "t", "commit": "abc"}
    assert start.versions == {"Django": "5.2"}
    assert cases == len(CASES)
    assert heard.ends[0].log == "what it printed"


@pytest.mark.parametrize(("server", "verdict"), [("lenient", "info"), ("honest", "fail")])
def test_what_cannot_pass_on_a_server_is_information_and_a_pass_makes_the_table_wrong(
    server: str, verdict: str
) -> None:
    heard = played(lambda: crooked(server), known_failures={"3.1": "the server takes anything"})
    (result,) = (each for each in heard.results if each.case == "3.1")
    assert result.verdict == verdict
    assert "the server takes anything" in result.reason
