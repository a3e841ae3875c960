"""`wsconform coverage`: which clauses of the RFCs have cases."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import click

from wsconform.cases import CATALOGUE
from wsconform.clauses import CLAUSES
from wsconform.commands.output import echo
from wsconform.coverage import Coverage, State, by_section, coverage_of
from wsconform.errors import ExitCode
from wsconform.kinds import kind_of

__all__ = ["coverage", "rows"]

SHOWN = 6  # cases of a clause that are named


def rows() -> list[Coverage]:
    """Return the coverage of each clause by the whole catalogue."""
    cited = ((ref.id, case.id) for case in CATALOGUE.values() for ref in kind_of(case).info(case).clauses)
    return coverage_of(CLAUSES, ((clause, case) for clause, case in cited if clause in CLAUSES))


#: What is said of a number of clauses in a state.
_COUNTED = {
    State.CASES: "with cases",
    State.ALWAYS: "tested by every case",
    State.REASON: "mandatory without a case, with a reason",
    State.MISSING: "mandatory without a case or a reason",
    State.OPTIONAL: "optional without a case",
    State.ELSEWHERE: "not about servers",
    State.INVISIBLE: "not visible from outside",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def coverage(as_json: bool) -> int:
    """Print the clauses of the RFCs with the cases that stand on them.

    Exit with 1 if a clause has neither a case nor a reason, although it is mandatory, binds a server and can be seen
    from outside.
    """
    table = rows()
    if as_json:
        click.echo(json.dumps(_document(table), indent=2))
    else:
        _print(table)
    return ExitCode.FAILED if any(row.state is State.MISSING for row in table) else ExitCode.PASSED


def _print(table: Sequence[Coverage]) -> None:
    for section, own in by_section(table):
        echo(f"\n{section}")
        for row in own:
            echo(f"  {row.clause.id:<18} {row.clause.level:<9} {_answer(row)}")
            echo(f"  {'':<18} {row.clause.text}")
    states = Counter(row.state for row in table)
    echo(f"\n{len(table)} clauses: {', '.join(f'{states[one]} {_COUNTED[one]}' for one in State if states[one])}.")
    echo(_sentence(table))


def _sentence(table: Sequence[Coverage]) -> str:
    counted = Counter(row.state for row in table if row.counts)
    tested = counted[State.CASES] + counted[State.ALWAYS]
    return (
        f"Of {counted.total()} clauses that are mandatory, bind a server and can be seen from outside, {tested} are "
        f"tested, {counted[State.REASON]} have a reason, {counted[State.MISSING]} have neither."
    )


def _answer(row: Coverage) -> str:
    match row.state:
        case State.CASES:
            more = len(row.cases) - SHOWN
            return ", ".join(row.cases[:SHOWN]) + (f" and {more} more" if more > 0 else "")
        case State.REASON:
            return f"no case: {row.clause.uncovered}"
    return str(row.state.value)


def _document(table: Sequence[Coverage]) -> dict[str, object]:
    counted = [row for row in table if row.counts]
    return {
        "clauses": [
            {
                "id": row.clause.id,
                "section": row.chapter,
                "level": row.clause.level,
                "text": row.clause.text,
                "binds": row.clause.binds,
                "visible": row.clause.visible,
                "counts": row.counts,
                "state": row.state.value,
                "cases": list(row.cases),
                "reason": row.clause.uncovered,
            }
            for row in table
        ],
        "counted": len(counted),
        "missing": [row.clause.id for row in counted if row.state is State.MISSING],
    }
