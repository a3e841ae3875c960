"""The rows of the tables of crooked servers are complete, and each differs from the correct server."""

from __future__ import annotations

import pytest

from wsconform.cases import CATALOGUE
from wsconform.clauses import CLAUSES
from wsconform.crooked import CROOKED, MUTANTS, Crooked
from wsconform.crooked.faults import SERVERS as FAULTS
from wsconform.crooked.oddities import SERVERS as ODDITIES
from wsconform.model import Level
from wsconform.selection import select

#: Faults that no case can be named for, and why.
NAMELESS = {
    "racy": "it is random which cases notice it",
    "resets": "it is said once for the server",
    "wrong-every-50th": "it depends on the order of the cases",
    "wrong-from-connection-200": "it depends on the order of the cases",
    "shares-text": "it depends on the clients before",
    "shares-window": "it depends on the clients before",
    "echoes-others": "it depends on the clients before",
    "leaves-fragments": "it depends on the clients before",
}


def test_names_tell_servers_apart() -> None:
    assert len(CROOKED) == len(FAULTS) + len(ODDITIES)
    assert len({one.summary for one in CROOKED.values()}) == len(CROOKED)


def test_catalogue_is_as_large_as_it_should_be() -> None:
    assert sum(one.is_fault for one in MUTANTS.values()) >= 200
    assert sum(one.is_legal for one in MUTANTS.values()) >= 30


@pytest.mark.parametrize("crooked", MUTANTS.values(), ids=lambda one: one.name)
def test_row_is_complete(crooked: Crooked) -> None:
    assert crooked.clause in CLAUSES
    assert crooked.topic
    assert not crooked.summary[0].isupper()
    assert not crooked.summary.endswith(".")
    parts = (crooked.connection, crooked.codec, crooked.negotiation, crooked.opening)
    honest = CROOKED["honest"]
    assert parts != (honest.connection, honest.codec, honest.negotiation, honest.opening)
    if crooked.is_legal:
        assert not crooked.caught
    elif crooked.name not in NAMELESS:
        assert not any(case.own_server for case in select(CATALOGUE, [crooked.caught]))


def test_honest_server_is_judged_apart() -> None:
    assert CROOKED["honest"].level is None
    assert {one.level for one in MUTANTS.values()} == {Level.MUST, Level.SHOULD, Level.MAY}
