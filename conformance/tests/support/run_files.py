"""Run files made of outcomes."""

from wsconform.kinds import kind_of
from wsreport.model import CellEnd, CellStart, Header, Plan, PlannedCell, RunWriter, Suite

__all__ = ["CELL", "written"]

CELL = "target/server"


def written(path, outcomes):
    """A run file of one cell with these outcomes."""
    cases = tuple(each.case.id for each in outcomes)
    plan = Plan((PlannedCell(CELL, "target", "server"),), cases)
    with RunWriter(path, Header(Suite("wsconform", "0"), "2026-01-01T00:00:00Z", plan)) as run:
        for each in outcomes:
            run.case(kind_of(each.case).info(each.case))
        run.begin_cell(CellStart(CELL, {"name": "target"}, {"name": "server"}))
        for each in outcomes:
            run.result(kind_of(each.case).result(CELL, each))
        run.end_cell(CellEnd(CELL, "complete"))
        run.finish()
    return path
