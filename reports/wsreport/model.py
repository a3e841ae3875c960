"""The run file in one list of names, for whoever writes or reads one; holds nothing of its own.

The values are in ``records``, the whole in ``run``, files in ``runfile``, exit codes in ``gate``.
"""

from wsreport.codec import DecodeError
from wsreport.gate import EXIT_CODES, gate
from wsreport.merge import MergeError, merge
from wsreport.records import (
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
from wsreport.run import CellRun, Run, RunError
from wsreport.runfile import RunFileError, RunWriter, read_run, utc_now, validate, write_run
from wsreport.words import OWNER_MEANINGS

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
