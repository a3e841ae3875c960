"""All clauses by group. A group has a fixed number; within it, clauses are numbered in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from wsconform.cases.api import (
    close,
    count,
    decorators,
    django_integration,
    django_test_client,
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
    silent,
    states,
    threads,
    wait,
)
from wsconform.contract.model import ApiClause

__all__ = ["GROUPS", "clauses"]

GROUPS: dict[int, Callable[[], Iterator[ApiClause]]] = {
    1: decorators.decorators,
    2: middleware.middleware,
    3: requests.requests,
    4: wait.wait,
    5: read.read,
    6: count.count,
    7: iterate.iterate,
    8: send.send,
    9: close.close,
    10: states.states,
    11: keepalive.keepalive,
    12: threads.threads,
    13: refusals.refusals,
    14: settings.settings,
    15: django_integration.django_integration,
    16: django_test_client.django_test_client,
    17: names.names,
    18: legacy.legacy,
    19: guides.guides,
    20: silent.silent,
}


def clauses() -> Iterator[ApiClause]:
    """Yield family A, numbered."""
    for group, members in GROUPS.items():
        for n, clause in enumerate(members(), 1):
            yield replace(clause, id=f"A.{group}.{n}")
