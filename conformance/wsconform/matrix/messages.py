"""Events as lines of text between two processes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from wsconform.matrix.events import CellBegins, Event, Note, Repeating, Replaying
from wsreport import model as lines

__all__ = ["decode", "encode"]

_RECORDS = {record.kind: record for record in (lines.Result, lines.Attribution, lines.CellEnd)}


def encode(event: Event) -> str:
    """Return an event as one line of JSON, without the line's end."""
    match event:
        case CellBegins():
            data: dict[str, Any] = {"kind": "begins", "start": event.start.to_json(), "cases": event.cases}
        case Note():
            data = {"kind": "note", **asdict(event)}
        case Replaying():
            data = {"kind": "replaying", **asdict(event)}
        case Repeating():
            data = {"kind": "repeating", **asdict(event)}
        case _:
            data = event.to_json()
    return json.dumps(data)


def decode(line: str) -> Event:
    """Return the event of a line that `encode` made.

    Raises:
        ValueError: it is no such line.
    """
    data = json.loads(line)
    kind = data.pop("kind") if isinstance(data, dict) and "kind" in data else None
    if kind == "begins":
        return CellBegins(lines.CellStart.from_json(data["start"]), data["cases"])
    if kind == "note":
        return Note(**data)
    if kind == "replaying":
        return Replaying(**data)
    if kind == "repeating":
        return Repeating(**data)
    if kind in _RECORDS:
        return _RECORDS[kind].from_json({"kind": kind, **data})
    raise ValueError(f"no event is called {kind!r}")
