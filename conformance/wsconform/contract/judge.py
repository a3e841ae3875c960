"""Whether a clause was kept, and what that means to a target: pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from wsconform.contract.describe import describe_event, describe_step
from wsconform.contract.events import ApiObservation, ApiTranscript, Noted
from wsconform.contract.matching import is_as_awaited
from wsconform.contract.model import ApiClause, ApiStep, Strength
from wsconform.contract.profiles import Profile
from wsconform.model import Judgement, Verdict
from wsconform.server_log import complaints

__all__ = ["judge_clause"]

#: What a broken clause is called, by how it binds.
_VERDICTS = {Strength.PROMISED: Verdict.FAIL, Strength.IMPLIED: Verdict.NON_STRICT, Strength.OURS: Verdict.INFO}


def judge_clause(clause: ApiClause, seen: ApiTranscript, profile: Profile) -> Judgement:
    """Judge one play of a clause.

    Args:
        clause: the sentence.
        seen: what happened.
        profile: the documents that bind the target.

    Returns:
        The judgement, with the binding of the clause. A broken clause that does not bind the target is information.
    """
    strength = profile.strength(clause)
    verdict, reason = _judged(clause, seen, _VERDICTS[strength])
    return Judgement(verdict, reason, binding=strength.value)


def _judged(clause: ApiClause, seen: ApiTranscript, if_broken: Verdict) -> tuple[Verdict, str]:
    if not seen.alive:
        return Verdict.CRASH, "the server was dead afterwards"
    if seen.failure:
        return Verdict.HARNESS_ERROR, f"the suite failed: {seen.failure}"
    broken = _broken(clause, seen)
    return (if_broken, broken) if broken else (Verdict.PASS, "")


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


def _difference(observation: ApiObservation, step: ApiStep, noted: Mapping[str, object]) -> str:
    text = f"step {observation.step + 1}: {describe_step(step)} was awaited; {describe_event(observation.event)} came"
    raised = noted.get("raised") if not isinstance(observation.event, Noted) else None
    return f"{text}; the view raised {raised}" if raised else text
