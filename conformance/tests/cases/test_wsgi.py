"""The site has every page that families W and R ask for, and the reference on real servers passes each kind of W."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.tests.support.contexts import cell_context
from conformance.tests.support.hosts import environment_of
from wsconform.cases import SCRIPT_CASES
from wsconform.launching.launch import SITE, launch
from wsconform.launching.running import Running
from wsconform.model import Verdict
from wsconform.script import steps
from wsconform.script.model import ScriptCase
from wsconform.script.playing.runner import ScriptOutcome, ScriptRunner
from wsconform.servers import find_server

#: One of each kind, and of those that take long the one that sees most.
KINDS = (
    *("The client closes with code 1000", "The view raises an exception: the server", "64 KiB of messages unread"),
    *(
        "sends Close but never closes TCP",
        "Frame in the same segment as the opening",
        "GET while a WebSocket is open",
    ),
    *("POST with a body, then an opening handshake", "version 8 (the response names 13)", "with an Origin that"),
    *("FIN while the view sends", "resets TCP in the middle of a frame", "before reading the 101", "no pings"),
    *("200 connections", "SIGTERM with three"),
)


def paths_in(taken: tuple[steps.Step, ...]) -> Iterator[str]:
    for step in taken:
        inner = step.step if isinstance(step, steps.On) else step
        if isinstance(inner, steps.Request):
            yield inner.path.partition("?")[0] or "/echo"
        elif isinstance(inner, steps.Crowd):
            for way in inner.ways:
                yield from paths_in(way)


def fewer(case: ScriptCase) -> ScriptCase:
    """The same case with no more connections than it takes for pools to grow; the whole is for the matrix."""
    taken = (replace(step, count=min(step.count, 40)) if isinstance(step, steps.Crowd) else step for step in case.steps)
    return replace(case, steps=tuple(taken))


def test_every_page_that_is_asked_for_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SITE))
    views = importlib.import_module("wsconform_site.wsgi_views").VIEWS
    paths = {path for case in SCRIPT_CASES.values() for path in paths_in(case.steps)}
    assert paths - {"/", "/echo", "/health", "/nowhere"} <= {f"/w/{name}" for name in views}
    assert {f"/w/{name}" for name in views} - paths == {"/w/state"}  # the player's own question


@pytest.mark.parametrize("name", [pytest.param("runserver", marks=pytest.mark.slow), "gunicorn-gthread", "gevent"])
def test_the_reference_passes(name: str, tmp_path: Path) -> None:
    server = find_server(name)
    environment = environment_of(server)

    def start(settings: Mapping[str, object]) -> AbstractContextManager[Running]:
        return launch(server, environment, log_directory=tmp_path, settings=settings)

    scripts = [case for case in SCRIPT_CASES.values() if case.family != "H"]
    cases = [fewer(case) for case in scripts if any(words in case.title for words in KINDS)]
    outcomes: list[ScriptOutcome] = []
    ScriptRunner(cell_context(start, outcomes.append, capacity=server.concurrency)).play(cases)
    assert len(outcomes) == len(cases) >= len(KINDS)
    judgements = {o.case.id: o.final.judgement for o in outcomes}
    assert {id_: one.reason for id_, one in judgements.items() if one.verdict is not Verdict.PASS} == {}
