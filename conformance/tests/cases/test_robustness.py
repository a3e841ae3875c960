"""The reference on real servers withstands an attacker of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from conformance.tests.support.contexts import cell_context
from conformance.tests.support.hosts import environment_of
from wsconform.cases import SCRIPT_CASES, robustness
from wsconform.launching.launch import launch
from wsconform.launching.running import Running
from wsconform.model import Verdict
from wsconform.script.playing.runner import SCRIPT_SETTINGS, ScriptOutcome, ScriptRunner
from wsconform.servers import find_server

#: One of each group, and where there are several, the one that asks most of a server.
ATTACKS = (
    *("does not read its 16 MiB of echoes: the server", "8 MiB of pings to a polling view: other clients"),
    *("send half an opening handshake", "one-byte messages to a view that only polls", "16 clients that each send"),
    *("a million fragments", "120 clients that vanish", "a broadcast: the other clients"),
)


def test_the_limit_of_the_bombs_is_the_one_that_is_set() -> None:
    assert SCRIPT_SETTINGS["WEBSOCKET_MAX_MESSAGE_SIZE"] == robustness.MESSAGE_LIMIT


def test_only_what_costs_next_to_nothing_is_in_the_fast_profile() -> None:
    assert {case.id for case in robustness.cases() if not case.slow} == {"R.2.1"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gunicorn-gthread", "gevent"])
def test_the_reference_withstands(name: str, tmp_path: Path) -> None:
    server = find_server(name)
    environment = environment_of(server)

    def start(settings: Mapping[str, object]) -> AbstractContextManager[Running]:
        return launch(server, environment, log_directory=tmp_path, settings=settings)

    cases = [case for case in SCRIPT_CASES.values() if any(words in case.title for words in ATTACKS)]
    outcomes: list[ScriptOutcome] = []
    ScriptRunner(cell_context(start, outcomes.append, capacity=server.concurrency)).play(cases)
    assert len(outcomes) == len(cases) == len(ATTACKS)
    judgements = {outcome.case.id: outcome.final.judgement for outcome in outcomes}
    assert {id_: one.reason for id_, one in judgements.items() if one.verdict is not Verdict.PASS} == {}
