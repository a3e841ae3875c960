"""Whether a clause was kept, and what that means to a target: pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from wsconform.contract import steps
from wsconform.contract.describe import describe_event, describe_step
from wsconform.contract.events import ApiObservation, ApiTranscript, Noted
from wsconform.contract.matching import is_as_awaited
from wsconform.contract.model import ApiClause, Strength
from wsconform.contract.profiles import Profile
from wsconform.model import Judgement, Verdict
from wsconform.server_log import complaints
from wsreport.words import UNBOUND

__all__ = ["judge_clause"]

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
    if seen.unstarted:
        return f"with these settings the site does not start: {seen.unstarted}"
    for observation in seen.observations:
        step = clause.steps[observation.step]
        if not is_as_awaited(step, observation.event):
            return _difference(observation, step, seen.noted)
    if clause.silent and (found := complaints(seen.log)):
        return f"the server's log complains: {found[0].line}"
    return ""


def _difference(observation: ApiObservation, step: steps.Step, noted: Mapping[str, object]) -> str:
    said = f"step {observation.step + 1}: {describe_step(step)} was awaited; {describe_event(observation.event)} came"
    raised = noted.get("raised") if not isinstance(observation.event, Noted) else None
    return f"{said}; the view raised {raised}" if raised else said
