"""Read a baseline: a TOML file of deviations that a project accepts for now, each with its reason.

`SCHEMA` describes the same format for editors.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from wsreport.patterns import case_matcher, nearest
from wsreport.records import VERDICTS, Verdict
from wsreport.run import RunError

__all__ = [
    "FORMAT",
    "HEADING",
    "MOST_ENTRIES",
    "SCHEMA",
    "TODO",
    "Baseline",
    "BaselineError",
    "Entry",
    "parse",
    "read",
    "read_text",
]

#: The file with the JSON Schema of the format.
SCHEMA = Path(__file__).parents[1] / "baseline.schema.json"
#: The version of the format.
FORMAT = 1
#: The `why` of an entry whose reason is still to be written; the gate refuses it.
TODO = "TODO"
#: A file with more entries is refused: nobody reviews it, and patterns make it short.
MOST_ENTRIES = 10_000
#: The table of an entry.
HEADING = "accepted"

_HEADING = re.compile(rf"\s*\[\[\s*(?:{HEADING}|\"{HEADING}\"|'{HEADING}')\s*\]\]")
#: Verdicts that a baseline can accept. A pass needs no entry, and the other two say nothing about the peer.
_ACCEPTABLE: tuple[Verdict, ...] = tuple(v for v in VERDICTS if v not in ("pass", "not-run", "harness-error"))


class BaselineError(RunError):
    """A baseline cannot be read; the message names the file, the line and what is wrong."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An accepted deviation.

    Attributes:
        line: of its heading in the file, counted from 1.
        cells: patterns of the cells' ids; one must match.
        cases: patterns of the cases' ids; one must match.
        verdict: the verdict that is accepted.
        why: why it is accepted, for the reader.
        reason: a pattern that the result's reason must match; empty: any reason.
        versions: by distribution, the versions to which the entry applies, such as ``<26``.
        link: an address with more about it, such as that of a bug report.
        owner: who is to look after it.
        expires: the first day on which the entry is no longer valid; None: never.
        at_most: the share of plays that may fail, from 0 to 1, if the case is flaky; None: it is not.
    """

    line: int
    cells: tuple[str, ...]
    cases: tuple[str, ...]
    verdict: Verdict
    why: str
    reason: str = ""
    versions: Mapping[str, SpecifierSet] = field(default_factory=dict)
    link: str = ""
    owner: str = ""
    expires: date | None = None
    at_most: float | None = None

    @property
    def title(self) -> str:
        """The cases and cells that the entry names, for messages."""
        return f"{', '.join(self.cases)} on {', '.join(self.cells)}"

    def is_for_case(self, case: str) -> bool:
        """Tell whether a pattern of the entry names the case."""
        return any(case_matcher(pattern).fullmatch(case) for pattern in self.cases)


@dataclass(frozen=True, slots=True)
class Baseline:
    """All entries of a file.

    Attributes:
        name: of the file, for messages.
    """

    name: str
    entries: tuple[Entry, ...] = ()


def read(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        BaselineError: there is no such file, or it is not a baseline.
    """
    return parse(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        BaselineError: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BaselineError(f"{path}: not a baseline: byte {error.start} is not UTF-8") from error


def parse(text: str, name: str = "baseline") -> Baseline:
    """Parse the text of a baseline.

    Args:
        text: TOML.
        name: of the file, for messages.

    Raises:
        BaselineError: it is not TOML, has an unknown key, lacks one, or a value is wrong; or two entries are the same.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BaselineError(f"{name}: not TOML: {error}") from error
    _check_keys(name, data, {"format", HEADING}, {"format"})
    if type(data["format"]) is not int or data["format"] < 1:
        raise BaselineError(f"{name}: format: a number is needed, such as {FORMAT}")
    if data["format"] > FORMAT:
        raise BaselineError(
            f"{name}: it has format {data['format']}, and this version reads {FORMAT}: update wsconform"
        )
    tables = data.get(HEADING, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BaselineError(f"{name}: {HEADING}: entries are tables, each below a line [[{HEADING}]]")
    if len(tables) > MOST_ENTRIES:
        raise BaselineError(
            f"{name}: it has {len(tables):,} entries, and {MOST_ENTRIES:,} are the limit; "
            "use patterns such as case = '9.*'"
        )
    entries = tuple(_entry(name, line, table) for line, table in zip(_lines(text, len(tables)), tables, strict=True))
    _refuse_duplicates(name, entries)
    return Baseline(name, entries)


def _lines(text: str, count: int) -> list[int]:
    """Return the line of each entry; 0 for all if a string in the file looks like a heading."""
    found = [number for number, line in enumerate(text.splitlines(), 1) if _HEADING.match(line)]
    return found if len(found) == count else [0] * count


def _entry(name: str, line: int, table: dict[str, Any]) -> Entry:
    where = f"{name}:{line}" if line else name
    _check_keys(where, table, set(_FIELDS), {"cell", "case", "verdict", "why"})
    values: dict[str, Any] = {}
    for key, value in table.items():
        attribute, convert = _FIELDS[key]
        try:
            values[attribute] = convert(value)
        except ValueError as error:
            raise BaselineError(f"{where}: {key}: {error}") from None
    entry = Entry(line, **values)
    if _is_everything(entry.cells) and _is_everything(entry.cases):
        raise BaselineError(f"{where}: the entry accepts every case on every cell; name the cases or the cells")
    return entry


def _check_keys(where: str, table: Mapping[str, Any], allowed: set[str], required: set[str]) -> None:
    for key in table:
        if key not in allowed:
            near = nearest(allowed, key)
            raise BaselineError(
                f"{where}: unknown key {key!r}; "
                + (f"did you mean {near!r}?" if near else f"the keys are {', '.join(sorted(allowed))}")
            )
    if missing := sorted(required - set(table)):
        raise BaselineError(f"{where}: {missing[0]!r} is missing")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text is needed")
    return value.strip()


def _patterns(value: Any) -> tuple[str, ...]:
    patterns = value if isinstance(value, list) else [value]
    if not patterns or not all(isinstance(each, str) and each.strip() for each in patterns):
        raise ValueError("a pattern or a list of patterns is needed, such as '5.*' or ['5.1', '5.2']")
    return tuple(each.strip() for each in patterns)


def _verdict(value: Any) -> Verdict:
    if value not in _ACCEPTABLE:
        near = nearest(_ACCEPTABLE, value) if isinstance(value, str) else ""
        raise ValueError(
            f"{value!r} cannot be accepted; "
            + (f"did you mean {near!r}?" if near else f"the verdicts are {', '.join(_ACCEPTABLE)}")
        )
    verdict: Verdict = value
    return verdict


def _date(value: Any) -> date:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is not a date; write it like 2027-01-31") from None
    if isinstance(value, datetime):
        return value.date()
    if not isinstance(value, date):
        raise ValueError(f"{value!r} is not a date; write it like 2027-01-31")
    return value


def _flaky(value: Any) -> float:
    if not isinstance(value, dict) or set(value) != {"at_most"}:
        raise ValueError("write it like flaky = {at_most = 0.2}")
    share = value["at_most"]
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
        raise ValueError(f"at_most: {share!r} is not a share between 0 and 1")
    return float(share)


def _versions(value: Any) -> dict[str, SpecifierSet]:
    if not isinstance(value, dict) or not value:
        raise ValueError("write it like versions = {gunicorn = '<26'}")
    found = {}
    for distribution, text in value.items():
        try:
            found[distribution.lower()] = SpecifierSet(text)
        except (InvalidSpecifier, TypeError, AttributeError):
            raise ValueError(f"{distribution}: {text!r} is not a range of versions; write it like '<26'") from None
    return found


#: By key of an entry: the attribute, and the function that checks its value.
_FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "cell": ("cells", _patterns),
    "case": ("cases", _patterns),
    "verdict": ("verdict", _verdict),
    "why": ("why", _text),
    "reason": ("reason", _text),
    "versions": ("versions", _versions),
    "link": ("link", _text),
    "owner": ("owner", _text),
    "expires": ("expires", _date),
    "flaky": ("at_most", _flaky),
}


def _is_everything(patterns: tuple[str, ...]) -> bool:
    return any(not pattern.strip("*./") for pattern in patterns)


def _refuse_duplicates(name: str, entries: tuple[Entry, ...]) -> None:
    seen: dict[tuple[str, str, str], Entry] = {}
    for entry in entries:
        for key in _keys(entry):
            if key in seen:
                raise BaselineError(
                    f"{name}:{entry.line}: the entry in line {seen[key].line} accepts {key[1]} on {key[0]} already"
                )
            seen[key] = entry


def _keys(entry: Entry) -> Iterator[tuple[str, str, str]]:
    versions = " ".join(f"{name}{value}" for name, value in sorted(entry.versions.items()))
    yield from ((cell, case, versions) for cell in dict.fromkeys(entry.cells) for case in dict.fromkeys(entry.cases))
