"""Judge a clause, and what the result means for a target."""

from __future__ import annotations

from wsconform.contract.model import ApiClause, Strength
from wsconform.contract.profiles import Profile
from wsconform.contract.transcript import ApiTranscript
from wsconform.model import Judgement, Verdict
from wsconform.script.events import NotesRead
from wsconform.script.matching import first_difference
from wsconform.script.server_log import complaints

__all__ = ["judge_clause"]

#: The verdict on a broken clause, by its strength.
_VERDICTS = {Strength.PROMISED: Verdict.FAIL, Strength.IMPLIED: Verdict.NON_STRICT, Strength.OURS: Verdict.INFO}


def judge_clause(clause: ApiClause, seen: ApiTranscript, profile: Profile) -> Judgement:
    """Judge one play of a clause.

    Args:
        clause: the clause.
        seen: the transcript of the play.
        profile: the documents that bind the target.

    Returns:
        The judgement, with the binding of the clause. A broken clause that does not bind the target gets `info`.
    """
    strength = profile.strength(clause)
    verdict, reason = _judged(clause, seen, _VERDICTS[strength])
    return Judgement(verdict, reason, binding=strength.value)


def _judged(clause: ApiClause, seen: ApiTranscript, if_broken: Verdict) -> tuple[Verdict, str]:
    if seen.failure:
        return Verdict.HARNESS_ERROR, f"the suite failed: {seen.failure}"
    if not seen.alive:
        return Verdict.CRASH, "the server died"
    broken = _broken(clause, seen)
    return (if_broken, broken) if broken else (Verdict.PASS, "")


def _broken(clause: ApiClause, seen: ApiTranscript) -> str:
    """Describe how the clause was broken; empty if it was kept."""
    if seen.unstarted:
        return f"the site does not start with these settings: {seen.unstarted}"
    if reason := first_difference(clause.steps, seen.observations):
        raised = seen.noted.get("raised") if not isinstance(seen.observations[-1].event, NotesRead) else None
        return f"{reason}; the view raised {raised}" if raised else reason
    if clause.silent and (found := complaints(seen.log)):
        return f"the server logged an error: {found[0].line}"
    return ""
