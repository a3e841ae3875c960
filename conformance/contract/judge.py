"""Whether a clause was kept, and what that means to a target: pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.contract.events import (
    Answered,
    ApiEvent,
    ApiObservation,
    ApiTranscript,
    CloseHeard,
    Counted,
    EndSeen,
    Heard,
    Noted,
    PongHeard,
    Silence,
    Switched,
)
from conformance.contract.model import (
    Answer,
    ApiClause,
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
    Strength,
)
from conformance.contract.profiles import Profile
from conformance.contract.words import describe_event, describe_step
from conformance.engine.judge import Judgement
from conformance.model import Verdict
from conformance.raw.log import complaints
from reports.words import UNBOUND

__all__ = ["is_as_awaited", "judge_clause"]

#: What a broken clause is called, by how it binds.
_VERDICTS = {Strength.PROMISED: Verdict.FAIL, Strength.IMPLIED: Verdict.NON_STRICT, Strength.OURS: Verdict.INFO}


def judge_clause(clause: ApiClause, seen: ApiTranscript, profile: Profile) -> Judgement:
    """Say what came of a play; a clause that does not bind the target is information, whatever is seen."""
    if not seen.alive:
        return Judgement(Verdict.CRASH, "the server was dead afterwards")
    if seen.failure:
        return Judgement(Verdict.HARNESS_ERROR, f"the suite failed: {seen.failure}")
    broken = _broken(clause, seen)
    if not broken:
        return Judgement(Verdict.PASS)
    strength = profile.strength(clause)
    told = f"{UNBOUND}{profile.name}: " if strength is Strength.OURS else ""
    return Judgement(_VERDICTS[strength], told + broken)


def _broken(clause: ApiClause, seen: ApiTranscript) -> str:
    """What was otherwise than the clause says, or nothing."""
    for observation in seen.observations:
        step = clause.steps[observation.step]
        if not is_as_awaited(step, observation.event):
            return _difference(observation, step, seen.noted)
    if clause.silent and (found := complaints(seen.log)):
        return f"the server's log complains: {found[0].line}"
    return ""


def _difference(observation: ApiObservation, step: ApiStep, noted: Mapping[str, object]) -> str:
    said = f"step {observation.step + 1}: {describe_step(step)} was awaited; {describe_event(observation.event)} came"
    raised = noted.get("raised") if not isinstance(observation.event, Noted) else None
    return f"{said}; the view raised {raised}" if raised else said


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
