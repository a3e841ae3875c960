"""Known failures: facts of servers that no library can change, from a baseline that comes with the suite.

They are applied when a verdict is found, and not only by a gate: such a case need not be repeated or attributed, and
its verdict must not count against the target in a run file or on a page that is made without a baseline.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from wsconform import servers
from wsreport.baseline.entries import Baseline, read
from wsreport.baseline.judging import is_for_cell
from wsreport.model import CellStart

__all__ = ["FILE", "facts_of_servers", "known_failures"]

#: The baseline.
FILE = Path(servers.__file__).with_name("baseline.toml")


@cache
def facts_of_servers() -> Baseline:
    """Return the baseline that comes with the suite."""
    return read(FILE)


def known_failures(start: CellStart, cases: Iterable[str]) -> dict[str, str]:
    """Return why cases cannot pass on a cell with any target.

    Args:
        start: the cell, with its versions.
        cases: the ids of the cases.

    Returns:
        The reasons, by case. The first entry that applies to a case counts.
    """
    applying = [entry for entry in facts_of_servers().entries if is_for_cell(entry, start)]
    found: dict[str, str] = {}
    for case in cases:
        for entry in applying:
            if entry.is_for_case(case):
                found.setdefault(case, entry.why)
    return found
