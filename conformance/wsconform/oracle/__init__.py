"""Our parity grades held against Autobahn's own tool, where it can be had, or against what it said once.

`grades` has the values and files, `known` the differences that have a reason, `comparison` compares; `python2`,
`tool` and `fuzzing` find, install and run the tool. Knows nothing of our player and our cases.
"""

from __future__ import annotations

from pathlib import Path

from wsconform.errors import GradesError, OracleFailedError, OracleMissingError
from wsconform.oracle.grades import Recorded, read_recorded

__all__ = ["RECORDED", "GradesError", "OracleFailedError", "OracleMissingError", "find_recorded"]

#: What the tool said of some servers, by their names.
RECORDED = {path.stem: path for path in sorted(Path(__file__).with_name("recorded").glob("*.json"))}


def find_recorded(text: str) -> Recorded:
    """Return recorded grades by the path of a file, or by the name of a server that we have them of.

    Raises:
        GradesError: it is neither.
    """
    if text in RECORDED:
        return read_recorded(RECORDED[text])
    path = Path(text)
    if not path.is_file():
        raise GradesError(f"{text!r} is no file, and no server whose grades are recorded here: {', '.join(RECORDED)}")
    return read_recorded(path)
