"""Mistakes planted in a copy of the reference: each breaks a promise, and each is caught by the clause about it.

The copy is served with our own interpreter, by a server that needs nothing but Django.
"""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from wsconform.cases import API_CLAUSES
from wsconform.contract.model import ApiClause
from wsconform.contract.playing.runner import ApiOutcome, ContractRunner
from wsconform.environments.cache import Environment
from wsconform.environments.locks import Lock
from wsconform.kind import Calibration, CellContext, Settings
from wsconform.launching.launch import SITE, launch
from wsconform.launching.running import Running
from wsconform.model import Verdict
from wsconform.servers import find_server
from wsconform.targets import REFERENCE, Target


@dataclass(frozen=True)
class Mistake:
    """A change of the reference, and sentences that it makes untrue.

    Attributes:
        changes: file, what stands there, what stands there instead.
        caught: beginnings of sentences; each clause of which one is true must be broken.
    """

    changes: tuple[tuple[str, str, str], ...]
    caught: tuple[str, ...]


WEBSOCKET, EXCHANGE, SENDER = "websocket.py", "exchange.py", "sender.py"
SERVING, DECORATORS = "serving.py", "decorators.py"
OWN_VIEW = "if self._exchange.belongs_to_caller() and not self._legacy:"
WAITED = "self._exchange.receive(timeout)\n        return message.encode() if "

MISTAKES: Mapping[str, Mistake] = {
    "wait-returns-early": Mistake(
        ((WEBSOCKET, "def wait(self, timeout: float | None = None)", "def wait(self, timeout: float | None = 0.1)"),),
        ("wait() does not return before a message arrives.",),
    ),
    "send-without-a-lock": Mistake(
        (
            (
                SENDER,
                "self._writing = transport.new_lock()",
                "self._writing = __import__('threading').Semaphore(9)",
            ),
            # A transport may take a part at a time; most often it takes all, and then the lock is hardly missed.
            (SENDER, "self._transport.send(data)", "self._transport.send(data[: (len(data) + 1) // 2])"),
        ),
        ("Four threads can send messages of 1 byte and 128 KiB", "Two views can send messages of 128 KiB"),
    ),
    "middleware-and-decorator-both-accept": Mistake(
        (
            ("middleware.py", 'if _has_flag(view, "serves_websocket"):', "if False:"),
            (DECORATORS, "if serving.is_served(request):", "if False:"),
        ),
        ("With the middleware listed after CommonMiddleware, a WebSocket to a view with accept_websocket",),
    ),
    "a-loop-ends-with-none": Mistake(
        ((WEBSOCKET, "        if self._legacy:\n            yield None", "        if True:\n            yield None"),),
        ("A loop over the WebSocket yields only messages, and no None",),
    ),
    "text-is-bytes": Mistake(
        ((WEBSOCKET, f"{WAITED}self._legacy and isinstance", f"{WAITED}isinstance"),),
        ("wait() returns a text message as str.", "A loop over the WebSocket yields text as str"),
    ),
    "read-raises": Mistake(
        ((WEBSOCKET, "            return fallback\n", "            raise LookupError\n"),),
        ("read() returns None without waiting", "read() returns None after the client's Close"),
    ),
    "is-closed-does-not-look": Mistake(
        (
            (
                EXCHANGE,
                "        self._receive_available()\n        return self._connection.state is _OPEN",
                "        return self._connection.state is _OPEN",
            ),
        ),
        ("is_closed() notices the client's Close even",),
    ),
    "a-client-that-left-ends-another's-view": Mistake(
        ((WEBSOCKET, OWN_VIEW, "if not self._legacy:"),),
        ("send() from another view to a client that has closed raises no exception",),
    ),
    "any-close-code-will-do": Mistake(
        (("protocol/closing.py", "if not may_be_sent(code) or code == CloseCode.MANDATORY_EXTENSION:", "if False:"),),
        ("close(1005) raises ValueError",),
    ),
    "a-view-loses-its-name": Mistake(
        ((DECORATORS, "    @wraps(view)\n", ""),),
        ("accept_websocket preserves the name", "require_websocket preserves the name"),
    ),
    "accept-requires": Mistake(
        (
            (
                DECORATORS,
                "serving.refuse_plain_request(request) if required",
                "serving.refuse_plain_request(request) if True",
            ),
        ),
        ("A plain request reaches a view with accept_websocket.",),
    ),
    "a-view-does-not-say-that-it-accepts": Mistake(
        ((DECORATORS, "    wrapper.accept_websocket = True", "    # "),),
        ("accept_websocket sets the attribute accept_websocket = True",),
    ),
    "accept-all-is-not-read": Mistake(
        (("middleware.py", "conf.current().accept_all", "False"),),
        ("With WEBSOCKET_ACCEPT_ALL, a WebSocket reaches a view without a decorator",),
    ),
    "the-factory-of-the-settings-is-not-used": Mistake(
        (("factory.py", "request.META.get(FACTORY_KEY, settings.factory_class)", "Settings().factory_class"),),
        ("WEBSOCKET_FACTORY_CLASS names the factory that creates request.websocket.",),
    ),
    "any-page-may-connect": Mistake(
        (
            (
                "factory.py",
                "origin_allowed=partial(self._is_origin_allowed, host)",
                "origin_allowed=lambda origin: True",
            ),
        ),
        ("A page of another site may not connect: Origin https://evil.example",),
    ),
    "caches-keep-what-follows-a-websocket": Mistake(
        ((SERVING, 'HttpResponse(headers={"Cache-Control": "private, no-store"})', "HttpResponse()"),),
        ("A view with cache_page above accept_websocket returns its page after",),
    ),
    "a-close-frees-nobody": Mistake(
        ((SENDER, "if self._connection.state is _OPEN:", "if True:"),),
        ("close() ends a blocked send() in another thread", "disconnect() ends a blocked send() in another thread"),
    ),
    "the-timeout-of-a-send-is-not-kept": Mistake(
        ((SENDER, "end = min(end, deadline)", "pass"),),
        ("When its timeout expires because the client does not read, send() returns False in another thread",),
    ),
    "progress-does-not-count": Mistake(
        ((SENDER, "if sent or not self._rest:", "if not self._rest:"),),
        ("WEBSOCKET_SEND_TIMEOUT does not end the connection of a client that reads slowly",),
    ),
    "who-answers-a-ping-waits": Mistake(
        (
            (
                SENDER,
                "        if not self._rest:\n            return True\n",
                "        if self._rest:\n            self._wait_for_peer(None)\n        return True\n",
            ),
        ),
        ("is_closed() does not wait while the client sends 12 MiB of pings",),
    ),
}


def clauses_that_begin(*beginnings: str) -> list[ApiClause]:
    found = [clause for clause in API_CLAUSES.values() if clause.title.startswith(beginnings)]
    assert len(found) >= len(beginnings)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_planted_mistake_is_caught(mistake: Mistake, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(REFERENCE / "dwebsocket", copy / "dwebsocket", ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in mistake.changes:
        path = copy / "dwebsocket" / name
        text = path.read_text()
        assert text.count(old) == 1, f"{name} no longer has this once: {old}"
        path.write_text(text.replace(old, new))

    clauses = clauses_that_begin(*mistake.caught)
    said = {outcome.case.id: outcome.final.judgement for outcome in outcomes(copy, clauses, tmp_path)}
    assert {id_: judgement.verdict for id_, judgement in said.items()} == dict.fromkeys(said, Verdict.FAIL)


def outcomes(target: Path, clauses: list[ApiClause], logs: Path) -> list[ApiOutcome]:
    """Play clauses on a copy that comes before what is installed."""
    server = find_server("runserver")
    server = replace(server, environment={"PYTHONPATH": f"{SITE}:{target}"})
    environment = our_environment()

    @contextmanager
    def start(settings: Mapping[str, object]) -> Iterator[Running]:
        with launch(server, environment, log_directory=logs, settings=settings) as running:
            yield running

    found: list[ApiOutcome] = []
    context = CellContext(
        None, Settings(), Calibration(reached=True), found.append, server.concurrency, start, contract="reference"
    )
    ContractRunner(context).play(clauses)
    return found


def our_environment() -> Environment:
    """Return an environment that is our own interpreter, in which Django is."""
    target = Target("copy", "a copy of the reference", "")
    versions = {"python": platform.python_version()}
    return Environment(target, Path(sys.executable), versions, "", Lock(Path("unused")))
