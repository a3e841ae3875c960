"""Autobahn's two grades by case, and the files that record them.

A case may have several pairs of grades: some cases race, and the same server gets one pair or another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from wsconform.errors import GradesError
from wsreport.model import BEHAVIORS, BEHAVIORS_CLOSE
from wsreport.output import replace_text

__all__ = [
    "Grades",
    "Pair",
    "Recorded",
    "by_number",
    "from_index",
    "merged",
    "ranges",
    "read_recorded",
    "unranged",
    "write_recorded",
]

#: ``behavior`` and ``behaviorClose``.
Pair = tuple[str, str]
#: All pairs of grades that were seen, in order, by case id.
Grades = Mapping[str, tuple[Pair, ...]]

_OR = " | "
#: The most ids in a range; a hostile file may name a range of any size.
_LONGEST_RANGE = 10_000
_LONGEST_NUMBER = 10  # digits


@dataclass(frozen=True, slots=True)
class Recorded:
    """The grades of a server in a file.

    Attributes:
        peer: a name for the server.
        grades: the grades, by case id.
        tool: the tool that gave them, and the interpreter that it ran on.
        versions: the versions of the server and its libraries, if known.
        runs: how often the server was played.
        note: remarks for readers.
    """

    peer: str
    grades: Grades
    tool: str = ""
    versions: str = ""
    runs: int = 1
    note: str = ""

    def joined(self, later: Recorded) -> Recorded:
        """Return these grades merged with those of a later run of the same server."""
        return replace(self, tool=later.tool or self.tool, grades=merged(self.grades, later.grades), runs=self.runs + 1)


def merged(*parts: Grades) -> Grades:
    """Return the cases of all parts, each with every pair of grades that any part has."""
    union: dict[str, dict[Pair, None]] = {}
    for part in parts:
        for id_, pairs in part.items():
            union.setdefault(id_, {}).update(dict.fromkeys(pairs))
    return {id_: tuple(union[id_]) for id_ in sorted(union, key=by_number)}


def by_number(id_: str) -> tuple[tuple[bool, int, str], ...]:
    """Return a key that sorts ids as the suites do: 2.10 after 2.9, letters after numbers."""
    return tuple((not _is_number(part), int(part) if _is_number(part) else 0, part) for part in id_.split("."))


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) < _LONGEST_NUMBER


# Ranges of ids: 1.1.1-8 is 1.1.1, 1.1.2 and so on up to 1.1.8


def ranges(ids: Iterable[str]) -> str:
    """Return sorted ids as text, consecutive ones as a range; ids that end in no number come last, as they are."""
    split = [id_.rpartition(".") for id_ in sorted(ids, key=by_number)]
    numbered = [(*parts, place) for place, parts in enumerate(parts for parts in split if _is_number(parts[2]))]
    words = []
    for (stem, dot, _), group in groupby(numbered, lambda part: (part[0], part[1], int(part[2]) - part[3])):
        first, *_, last = (numbers := [number for _, _, number, _ in group])[0], numbers[-1]
        words.append(f"{stem}{dot}{first}" if first == last else f"{stem}{dot}{first}-{last}")
    return " ".join((*words, *("".join(parts) for parts in split if not _is_number(parts[2]))))


def unranged(text: str) -> Iterator[str]:
    """Yield the ids in a text that `ranges` returned.

    Raises:
        GradesError: a word is neither an id nor a range of ids.
    """
    for word in text.split():
        found = re.fullmatch(r"((?:\w+\.)*)(\d+)(?:-(\d+))?", word)
        if not found:
            raise GradesError(f"{word!r} is neither an id nor a range of ids such as 1.1.1-8")
        first, last = int(found[2]), int(found[3] or found[2])
        if last - first > _LONGEST_RANGE:
            raise GradesError(f"{word!r} is a range of more ids than exist")
        for number in range(first, last + 1):
            yield f"{found[1]}{number}"


# Files


def read_recorded(path: Path) -> Recorded:
    """Read recorded grades: a file of `write_recorded`, a list of pairs by case, or Autobahn's `index.json`.

    Raises:
        GradesError: the file has none of these forms, or cannot be read.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
        if not isinstance(data, dict):
            raise GradesError("it is not an object")
        return _decoded(data, path.stem)
    except RecursionError:
        raise GradesError(f"{path} has no grades in a known format: it is nested too deeply") from None
    except OSError as error:
        raise GradesError(f"{path} cannot be read: {error.strerror or error}") from None
    except (GradesError, ValueError, TypeError, KeyError, AttributeError) as error:
        problem = error if isinstance(error, GradesError | json.JSONDecodeError) else f"unexpected {error!r}"
        raise GradesError(f"{path} has no grades in a known format: {problem}") from None


def write_recorded(path: Path, recorded: Recorded) -> None:
    """Write grades in the compact form.

    Raises:
        OutputError: the file cannot be written; it stays as it was.
    """
    by_pairs: dict[str, list[str]] = {}
    for id_, pairs in recorded.grades.items():
        by_pairs.setdefault(_OR.join(map("/".join, pairs)), []).append(id_)
    data = {
        "peer": recorded.peer,
        "versions": recorded.versions,
        "tool": recorded.tool,
        "runs": recorded.runs,
        "note": recorded.note,
        "grades": {pairs: ranges(ids) for pairs, ids in by_pairs.items()},
    }
    replace_text(path, json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _decoded(data: dict[str, Any], name: str) -> Recorded:
    grades: Grades
    about = {key: data[key] for key in ("tool", "versions", "runs", "note") if key in data}
    if "grades" in data:
        grades = {id_: _pairs(pairs.split(_OR)) for pairs, ids in data["grades"].items() for id_ in unranged(ids)}
    elif "cases" in data:
        grades = {id_: _pairs(map("/".join, pairs)) for id_, pairs in data["cases"].items()}
    else:
        name, grades = _only_agent(data)
        return Recorded(name, grades)
    return Recorded(data.get("peer", name), merged(grades), **about)


def _only_agent(data: dict[str, Any]) -> tuple[str, Grades]:
    if len(data) != 1:
        raise GradesError(f"an index.json of {len(data)} agents ({', '.join(data)}); it must have one")
    ((agent, _),) = data.items()
    return agent, from_index(data, agent)


def from_index(index: Mapping[str, Any], agent: str) -> Grades:
    """Return the grades of a server in the `index.json` that Autobahn's tool writes.

    Raises:
        KeyError: the server or its grades are missing.
        GradesError: a grade is unknown.
    """
    entries = index[agent].items()
    return merged({id_: _pairs([f"{entry['behavior']}/{entry['behaviorClose']}"]) for id_, entry in entries})


def _pairs(texts: Iterable[str]) -> tuple[Pair, ...]:
    return tuple(map(_pair, texts))


def _pair(text: str) -> Pair:
    behavior, _, close = text.partition("/")
    if behavior not in BEHAVIORS or close not in BEHAVIORS_CLOSE:
        raise GradesError(f"{text!r} is not a pair of grades such as OK/OK or FAILED/WRONG CODE")
    return behavior, close
