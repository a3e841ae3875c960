"""The run file in one list of names, for whoever writes or reads one; holds nothing of its own.

The values are in ``records``, the whole in ``run``, files in ``runfile``, exit codes in ``gate``.
"""

from reports.codec import DecodeError
from reports.gate import EXIT_CODES, gate
from reports.merge import MergeError, merge
from reports.records import (
    BEHAVIORS,
    BEHAVIORS_CLOSE,
    CELL_STATUSES,
    FORMAT,
    LEVELS,
    OWNERS,
    RUN_STATUSES,
    VERDICTS,
    Attribution,
    CaseInfo,
    CellEnd,
    CellStart,
    ClauseRef,
    Control,
    Footer,
    Grades,
    Header,
    Plan,
    PlannedCell,
    Play,
    Record,
    Result,
    Shard,
    Suite,
    WireEntry,
)
from reports.run import CellRun, Run, RunError
from reports.runfile import RunFileError, RunWriter, read_run, utc_now, validate, write_run
from reports.words import OWNER_MEANINGS

__all__ = [
    "BEHAVIORS",
    "BEHAVIORS_CLOSE",
    "CELL_STATUSES",
    "EXIT_CODES",
    "FORMAT",
    "LEVELS",
    "OWNERS",
    "OWNER_MEANINGS",
    "RUN_STATUSES",
    "VERDICTS",
    "Attribution",
    "CaseInfo",
    "CellEnd",
    "CellRun",
    "CellStart",
    "ClauseRef",
    "Control",
    "DecodeError",
    "Footer",
    "Grades",
    "Header",
    "MergeError",
    "Plan",
    "PlannedCell",
    "Play",
    "Record",
    "Result",
    "Run",
    "RunError",
    "RunFileError",
    "RunWriter",
    "Shard",
    "Suite",
    "WireEntry",
    "gate",
    "merge",
    "read_run",
    "utc_now",
    "validate",
    "write_run",
]
