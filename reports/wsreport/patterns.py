"""Patterns that name cases and cells: ids, groups of ids, and ``*`` for any characters."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache

__all__ = ["CaseIndex", "case_matcher", "matcher", "nearest"]


@cache
def matcher(pattern: str) -> re.Pattern[str]:
    """Return a regular expression for whole texts that the pattern describes; ``*`` stands for any characters."""
    return re.compile(_with_stars(pattern), re.DOTALL)


@cache
def case_matcher(pattern: str) -> re.Pattern[str]:
    """Return a regular expression for the case ids that the pattern names.

    Args:
        pattern: an id such as ``9.1.1``, a group such as ``9.1`` (all that starts so), or an id with ``*``.
    """
    body = _with_stars(pattern.rstrip("."))
    return re.compile(body if "*" in pattern else body + r"(\..*)?", re.DOTALL)


class CaseIndex:
    """Find the ids that patterns name, quickly also for thousands of patterns.

    Args:
        cases: all ids; the results have their order.
    """

    def __init__(self, cases: Iterable[str]) -> None:
        self.cases = tuple(dict.fromkeys(cases))
        self._named: dict[str, list[str]] = {}
        for case in self.cases:
            parts = case.split(".")
            for count in range(1, len(parts) + 1):
                self._named.setdefault(".".join(parts[:count]), []).append(case)
        self._starred: dict[str, list[str]] = {}

    def find(self, pattern: str) -> list[str]:
        """Return the ids that a pattern names; see `case_matcher`."""
        if "*" not in pattern:
            return self._named.get(pattern.rstrip("."), [])
        if pattern not in self._starred:
            found = case_matcher(pattern)
            self._starred[pattern] = [case for case in self.cases if found.fullmatch(case)]
        return self._starred[pattern]


def nearest(known: Iterable[str], text: str) -> str:
    """Return the known text that is most like another, or an empty string if none is."""
    return next(iter(difflib.get_close_matches(text, sorted(known), n=1, cutoff=0.5)), "")


def _with_stars(pattern: str) -> str:
    return ".*".join(map(re.escape, pattern.split("*")))
