"""Conversations as a kind of case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wsconform.clauses import describe_clauses
from wsconform.conversation.describe import (
    describe_case,
    describe_chop,
    describe_closing,
    describe_ending,
    describe_event,
    describe_expecting,
    describe_head,
    describe_sending,
    describe_tolerance,
)
from wsconform.conversation.model import Case, CompressedTrips, Echoes, Pause, RoundTrips
from wsconform.conversation.transcript import Transcript
from wsconform.kind import Kind
from wsconform.model import Verdict
from wsconform.play import Outcome
from wsconform.profile import Profile
from wsconform.results import case_result, clause_refs, timed, wire_entries
from wsreport import model as lines

__all__ = ["KIND", "describe", "info", "result", "shorten"]


def describe(case: Case) -> list[str]:
    """Return the case and its clauses as lines of text."""
    return [*describe_case(case), *describe_clauses(case.clauses)]


def info(case: Case) -> lines.CaseInfo:
    """Return the line of the run file about a case."""
    expects = describe_expecting(case)
    if case.tolerate is not None:
        other = describe_tolerance(case.tolerate)
        expects.append(f"or {other} ({case.tolerate.verdict.value}: {case.tolerate.why})")
    return lines.CaseInfo(
        id=case.id,
        title=case.title,
        family=case.family,
        level=case.level.value,
        sends=(*describe_sending(case), f"({describe_chop(case.chop)})"),
        expects=tuple(expects),
        closing=describe_closing(case.closing),
        clauses=clause_refs(case.clauses),
        informational=case.informational,
    )


def result(cell: str, outcome: Outcome[Case, Transcript]) -> lines.Result:
    """Return the line about the outcome of a case, with the wire log if the case did not pass."""
    judgement, seen, case = outcome.final.judgement, outcome.final.transcript, outcome.case
    expected = describe_expecting(case)
    clauses = clause_refs(judgement.clauses)
    if seen is None:
        return case_result(cell, outcome, clauses=clauses, expected=expected)
    return case_result(
        cell,
        outcome,
        clauses=clauses,
        expected=expected,
        observed=_observed(case, seen),
        closing=describe_ending(seen.ending) if seen.opened else seen.refusal,
        local_port=seen.local_port,
        wire=wire_entries(seen.wire) if judgement.verdict is not Verdict.PASS else (),
    )


def _observed(case: Case, seen: Transcript) -> tuple[str, ...]:
    answer = [f"answered: {', '.join(seen.answers) or 'no extension'}"] if case.offers and seen.opened else []
    head = [f"answered: {describe_head(seen.head)}"] if case.head and seen.head else []
    return (*head, *answer, *(timed(e.at, describe_event(e.event)) for e in seen.events))


def shorten(case: Case, profile: Profile) -> Case | None:
    """Return a case with fewer round trips and shorter pauses; None if the profile leaves it out."""
    if not profile.long and _is_long(case, profile):
        return None
    return replace(case, **_changes(case, profile))


def _is_long(case: Case, profile: Profile) -> bool:
    number = case.id.rpartition(".")[2]
    # The cases of H.1 differ in the rule that they judge, and are no table.
    if profile.of_a_group and not case.is_autobahns and not case.head and int(number) > profile.of_a_group:
        return True
    samples = [step.sample for step in case.send if isinstance(step, CompressedTrips)]
    return any(sample.size > profile.largest for sample in samples) if samples else case.weight > 1


def _changes(case: Case, profile: Profile) -> dict[str, Any]:
    for step in case.send:
        if isinstance(step, RoundTrips | CompressedTrips):  # then it is the only one
            return _fewer_trips(case, step, profile)
    patience = profile.patience
    shorter = (replace(s, seconds=min(s.seconds, patience)) if isinstance(s, Pause) else s for s in case.send)
    return {"send": tuple(shorter), "within": case.within if case.within > 1.0 else min(case.within, patience)}


def _fewer_trips(case: Case, step: RoundTrips | CompressedTrips, profile: Profile) -> dict[str, Any]:
    trips = profile.trips(step.sample.size if isinstance(step, CompressedTrips) else len(step.payload))
    if step.count <= trips:
        return {}
    return {
        "title": case.title.replace(str(step.count), str(trips), 1),
        "send": (replace(step, count=trips),),
        "expect": tuple(Echoes(trips) if isinstance(event, Echoes) else event for event in case.expect),
    }


KIND = Kind(
    Case,
    describe=describe,
    info=info,
    result=result,
    shorten=shorten,
    player="wsconform.conversation.playing.runner:play",
    attributed=True,
)
