"""The requirements that cases are based on, in our words; the table is `clauses.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import resources

from wsconform.model import Clause

__all__ = ["CLAUSES", "describe_clauses"]


def _read() -> dict[str, Clause]:
    table = tomllib.loads((resources.files(__package__) / "clauses.toml").read_text("utf-8"))
    return {id_: Clause(id_, **row) for id_, row in table.items()}


#: Clauses by id.
CLAUSES = _read()


def describe_clauses(ids: Iterable[str]) -> list[str]:
    """Return a line of text for each of these clauses."""
    return [f"  § {_place(c)} {c.level}: {c.text} ({c.id})" for c in (CLAUSES[id_] for id_ in ids)]


def _place(clause: Clause) -> str:
    return "rule of this suite," if clause.section == "ours" else clause.section
