"""Compare our parity grades with those of Autobahn's own tool, played now or recorded earlier.

`grades` has the values and files, `known` the differences that have a reason, `comparison` compares; `python2`,
`tool` and `fuzzing` find, install and run the tool.
"""

from __future__ import annotations

from pathlib import Path

from wsconform.errors import GradesError, OracleFailedError, OracleMissingError
from wsconform.oracle.grades import Recorded, read_recorded

__all__ = ["RECORDED", "GradesError", "OracleFailedError", "OracleMissingError", "find_recorded"]

#: The files of recorded grades, by the name of the server.
RECORDED = {path.stem: path for path in sorted(Path(__file__).with_name("recorded").glob("*.json"))}


def find_recorded(text: str) -> Recorded:
    """Return recorded grades by the path of a file, or by the name of a server in `RECORDED`.

    Raises:
        GradesError: it is neither.
    """
    if text in RECORDED:
        return read_recorded(RECORDED[text])
    path = Path(text)
    if not path.is_file():
        raise GradesError(f"{text!r} is neither a file nor a server with recorded grades: {', '.join(RECORDED)}")
    return read_recorded(path)
