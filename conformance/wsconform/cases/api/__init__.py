"""Every clause, by group: a group has a number that stays, and is a function; within it the order gives the numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from wsconform.cases.api import (
    close,
    count,
    decorators,
    django_integration,
    guides,
    iterate,
    keepalive,
    legacy,
    middleware,
    names,
    read,
    refusals,
    requests,
    send,
    settings,
    states,
    test_client,
    threads,
    wait,
)
from wsconform.contract.model import ApiClause

__all__ = ["GROUPS", "clauses"]

GROUPS: dict[int, Callable[[], Iterator[ApiClause]]] = {
    1: decorators.decorators,
    2: middleware.middleware,
    3: requests.requests,
    4: wait.waiting,
    5: read.reading,
    6: count.counting,
    7: iterate.iterating,
    8: send.sending,
    9: close.closing,
    10: states.in_states,
    11: keepalive.peers,
    12: threads.threads,
    13: refusals.refusals,
    14: settings.settings,
    15: django_integration.surroundings,
    16: test_client.offline,
    17: names.names,
    18: legacy.legacy,
    19: guides.guides,
}


def clauses() -> Iterator[ApiClause]:
    """All of family A."""
    for group, members in GROUPS.items():
        for n, clause in enumerate(members(), 1):
            yield replace(clause, id=f"A.{group}.{n}")
