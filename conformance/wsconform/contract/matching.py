"""Whether an event is the one that a step awaits. Pure, and no verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wsconform.contract.events import (
    Answered,
    ApiEvent,
    CloseHeard,
    Counted,
    EndSeen,
    Heard,
    Noted,
    PongHeard,
    Silence,
    Switched,
)
from wsconform.contract.model import (
    Answer,
    ApiStep,
    Closed,
    Ended,
    Hear,
    HearJson,
    HearNumbered,
    HearPong,
    Notes,
    On,
    Opened,
    Quiet,
)

__all__ = ["is_as_awaited"]


def is_as_awaited(step: ApiStep, event: ApiEvent) -> bool:
    """Tell whether an event is the one that a step awaits."""
    match step, event:
        case On(_, inner), _:
            return is_as_awaited(inner, event)
        case Opened(subprotocol), Switched(agreed):
            return subprotocol == agreed
        case Answer(), Answered():
            return _is_answer(step, event)
        case Hear(expected), Heard(message):
            return type(expected) is type(message) and expected == message
        case HearJson(value), Heard(str() as message):
            return _is_json(value, message)
        case HearPong(expected), PongHeard(payload):
            return expected == payload
        case HearNumbered(senders, count), Counted(counts, instead):
            return not instead and dict(counts) == dict.fromkeys(senders, count)
        case Closed(codes, reason), CloseHeard(code, said):
            return (not codes or code in codes) and reason in (None, said)
        case Ended(), EndSeen():
            return True
        case Quiet(), Silence():
            return True
        case Notes(values), Noted(noted, ended):
            return ended and all(name in noted and _covers(value, noted[name]) for name, value in values.items())
    return False


def _is_answer(step: Answer, event: Answered) -> bool:
    text = event.body.decode(errors="replace").lower()
    return (
        event.status in step.statuses
        and all(value in event.headers.get(name.lower(), "") for name, value in step.headers)
        and all(part.lower() in text for part in step.contains)
        and step.body in (None, event.body)
    )


def _is_json(value: object, message: str) -> bool:
    try:
        return _covers(value, json.loads(message))
    except ValueError:
        return False


def _covers(expected: Any, found: Any) -> bool:
    """Whether something is as expected; of an object, at least the fields that are expected."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return all(name in found and _covers(value, found[name]) for name, value in expected.items())
    return type(expected) is type(found) and bool(expected == found)
