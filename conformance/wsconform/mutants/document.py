"""The file with the outcome of the crooked servers in each profile, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any

from wsconform.mutants.score import Outcome, Played, Score

__all__ = ["SHOWN", "from_json", "published", "to_json"]

FORMAT = 1
#: Cases of a server that the file names.
SHOWN = 5


def to_json(scores: Iterable[Score]) -> str:
    """Return the scores of several profiles as text."""
    profiles = {score.profile: {name: _row(score, name) for name in score.outcomes} for score in scores}
    return json.dumps({"format": FORMAT, "profiles": profiles}, indent=1) + "\n"


def _row(score: Score, name: str) -> dict[str, Any]:
    played = score.played[name]
    row: dict[str, Any] = {"outcome": score.outcomes[name].value}
    if played.verdicts:
        row["cases"] = dict(list(played.verdicts.items())[:SHOWN])
        row["number"] = len(played.verdicts)
    return row | {key: value for key in ("missed", "stopped", "unfinished") if (value := getattr(played, key))}


def from_json(text: str) -> list[Score]:
    """Undo `to_json`, but for cases that the file does not name.

    Raises:
        ValueError: the text is not such a file.
    """
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"it does not have format {FORMAT}")
    return [_score(profile, rows) for profile, rows in data["profiles"].items()]


def _score(profile: str, rows: Mapping[str, Mapping[str, Any]]) -> Score:
    played = {
        name: Played(
            name,
            row.get("cases", {}),
            tuple(row.get("missed", ())),
            row.get("stopped", ""),
            row.get("unfinished", ""),
        )
        for name, row in rows.items()
    }
    return Score(profile, {name: Outcome(row["outcome"]) for name, row in rows.items()}, played)


def published() -> Sequence[Score]:
    """Return the scores of the last run of the whole catalogue, which is part of the suite."""
    return from_json((resources.files(__package__) / "published.json").read_text("utf-8"))
