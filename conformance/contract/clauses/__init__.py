"""Every clause, by group: a group has a number that stays, and is a function; within it the order gives the numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.contract.clauses import (
    closing,
    counting,
    decorators,
    guides,
    iterating,
    legacy,
    middleware,
    names,
    offline,
    peers,
    reading,
    refusals,
    requests,
    sending,
    settings,
    states,
    surroundings,
    threads,
    waiting,
)
from conformance.contract.model import ApiClause

__all__ = ["GROUPS", "clauses"]

GROUPS: dict[int, Callable[[], Iterator[ApiClause]]] = {
    1: decorators.decorators,
    2: middleware.middleware,
    3: requests.requests,
    4: waiting.waiting,
    5: reading.reading,
    6: counting.counting,
    7: iterating.iterating,
    8: sending.sending,
    9: closing.closing,
    10: states.in_states,
    11: peers.peers,
    12: threads.threads,
    13: refusals.refusals,
    14: settings.settings,
    15: surroundings.surroundings,
    16: offline.offline,
    17: names.names,
    18: legacy.legacy,
    19: guides.guides,
}


def clauses() -> Iterator[ApiClause]:
    """All of family A."""
    for group, members in GROUPS.items():
        for n, clause in enumerate(members(), 1):
            yield replace(clause, id=f"A.{group}.{n}")
