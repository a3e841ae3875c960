"""Grades for tests of the oracle."""

from __future__ import annotations

from wsconform.oracle.grades import Grades, unranged
from wsconform.oracle.known import KnownDifference

__all__ = ["AUTOBAHN", "FAILED", "LAX", "OK", "RANGES", "grades", "known"]

OK = ("OK", "OK")

LAX = ("NON-STRICT", "OK")

FAILED = ("FAILED", "FAILED")

RANGES = (
    "1.1.1-8 1.2.1-8 2.1-11 3.1-7 4.1.1-5 4.2.1-5 5.1-20 6.1.1-3 6.2.1-4 6.3.1-2 6.4.1-4 6.5.1-5 6.6.1-11 6.7.1-4 "
    "6.8.1-2 6.9.1-4 6.10.1-3 6.11.1-5 6.12.1-8 6.13.1-5 6.14.1-10 6.15.1 6.16.1-3 6.17.1-5 6.18.1-5 6.19.1-5 "
    "6.20.1-7 6.21.1-8 6.22.1-34 6.23.1-7 7.1.1-6 7.3.1-6 7.5.1 7.7.1-13 7.9.1-9 7.13.1-2 9.1.1-6 9.2.1-6 9.3.1-9 "
    "9.4.1-9 9.5.1-6 9.6.1-6 9.7.1-6 9.8.1-6 10.1.1 12.1.1-18 12.2.1-18 12.3.1-18 12.4.1-18 12.5.1-18 13.1.1-18 "
    "13.2.1-18 13.3.1-18 13.4.1-18 13.5.1-18 13.6.1-18 13.7.1-18"
)

AUTOBAHN = list(unranged(RANGES))


def grades(text: str) -> Grades:
    """Return grades from a text such as ``1.1:ok 3.4:ok|lax``."""
    pairs = {"ok": OK, "lax": LAX, "failed": FAILED}
    parts = (word.split(":") for word in text.split())
    return {id_: tuple(pairs[each] for each in names.split("|")) for id_, names in parts}


def known(*cases: str, **more: object) -> KnownDifference:
    return KnownDifference(cases, "a reason", "a source", **more)  # type: ignore[arg-type]
