"""The run file in one list of names, for whoever writes or reads one; holds nothing of its own.

The values are in ``records``, the whole in ``run``, files in ``runfile``, exit codes in ``gate``.
"""

from reports.codec import DecodeError
from reports.gate import EXIT_CODES, gate
from reports.records import (
    BEHAVIORS,
    BEHAVIORS_CLOSE,
    CELL_STATUSES,
    FORMAT,
    LEVELS,
    RUN_STATUSES,
    VERDICTS,
    CaseInfo,
    CellEnd,
    CellStart,
    ClauseRef,
    Footer,
    Grades,
    Header,
    Plan,
    PlannedCell,
    Play,
    Record,
    Result,
    Suite,
    WireEntry,
)
from reports.run import CellRun, Run
from reports.runfile import RunFileError, RunWriter, read_run, utc_now, validate

__all__ = [
    "BEHAVIORS",
    "BEHAVIORS_CLOSE",
    "CELL_STATUSES",
    "EXIT_CODES",
    "FORMAT",
    "LEVELS",
    "RUN_STATUSES",
    "VERDICTS",
    "CaseInfo",
    "CellEnd",
    "CellRun",
    "CellStart",
    "ClauseRef",
    "DecodeError",
    "Footer",
    "Grades",
    "Header",
    "Plan",
    "PlannedCell",
    "Play",
    "Record",
    "Result",
    "Run",
    "RunFileError",
    "RunWriter",
    "Suite",
    "WireEntry",
    "gate",
    "read_run",
    "utc_now",
    "validate",
]
