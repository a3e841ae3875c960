"""Whether an event is the one that a step awaits. Pure, and no verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wsconform.contract import steps
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

__all__ = ["is_as_awaited"]


def is_as_awaited(step: steps.Step, event: ApiEvent) -> bool:
    """Tell whether an event is the one that a step awaits."""
    match step, event:
        case steps.On(_, inner), _:
            return is_as_awaited(inner, event)
        case steps.ExpectUpgrade(subprotocol), Switched(agreed):
            return subprotocol == agreed
        case steps.ExpectResponse(), Answered():
            return _is_answer(step, event)
        case steps.ExpectMessage(expected), Heard(message):
            return type(expected) is type(message) and expected == message
        case steps.ExpectJson(value), Heard(str() as message):
            return _is_json(value, message)
        case steps.ExpectPong(expected), PongHeard(payload):
            return expected == payload
        case steps.ExpectNumbered(senders, count), Counted(counts, instead):
            return not instead and dict(counts) == dict.fromkeys(senders, count)
        case steps.ExpectClose(codes, reason), CloseHeard(code, said):
            return (not codes or code in codes) and reason in (None, said)
        case steps.ExpectEnd(), EndSeen():
            return True
        case steps.ExpectSilence(), Silence():
            return True
        case steps.ExpectNotes(values), Noted(noted, ended):
            return ended and all(name in noted and _covers(value, noted[name]) for name, value in values.items())
    return False


def _is_answer(step: steps.ExpectResponse, event: Answered) -> bool:
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
