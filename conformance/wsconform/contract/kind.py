"""Clauses of the API contract as a kind of case."""

from __future__ import annotations

from collections.abc import Mapping

from wsconform.contract.describe import describe_clause, under
from wsconform.contract.model import ApiClause, Basis, Document
from wsconform.contract.profiles import chosen_profile
from wsconform.contract.transcript import ApiTranscript
from wsconform.kind import Kind
from wsconform.model import Verdict
from wsconform.play import Outcome
from wsconform.profile import Profile
from wsconform.results import LOG_SHOWN, case_result, timed
from wsconform.script.describe import describe_event, numbered
from wsconform.script.server_log import complaints
from wsreport import model as lines

__all__ = ["KIND", "info", "result", "shorten"]


def info(clause: ApiClause) -> lines.CaseInfo:
    """Return the line of the run file about a clause."""
    return lines.CaseInfo(
        id=clause.id,
        title=clause.title,
        family=clause.family,
        sends=(f"({under(clause)})", *numbered(clause.steps, actions=True)),
        expects=numbered(clause.steps, actions=False),
        closing="the server logs no error" if clause.silent else "",
        clauses=_bases(clause),
    )


def _bases(clause: ApiClause) -> tuple[lines.ClauseRef, ...]:
    """Return the sources of a clause, with the strength of each."""
    bases = clause.bases or (Basis(Document.OURS, "whole document"),)
    return tuple(lines.ClauseRef(b.document.title, b.place, b.document.strength.value) for b in bases)


def result(cell: str, outcome: Outcome[ApiClause, ApiTranscript]) -> lines.Result:
    """Return the line about the outcome of a clause."""
    judgement, seen, clause = outcome.final.judgement, outcome.final.transcript, outcome.case
    expected = numbered(clause.steps, actions=False)
    broken = _bases(clause) if judgement.verdict in (Verdict.FAIL, Verdict.NON_STRICT) else ()
    if seen is None:
        return case_result(cell, outcome, clauses=broken, expected=expected)
    return case_result(
        cell,
        outcome,
        clauses=broken,
        expected=expected,
        observed=_observed(seen),
        closing="the server was running" if seen.alive else "the server was not running",
    )


def _observed(seen: ApiTranscript) -> tuple[str, ...]:
    came = (timed(o.at, f"{o.step + 1}. {describe_event(o.event)}") for o in seen.observations)
    noted = (f"the view noted {name}: {value!r}" for name, value in seen.noted.items())
    log = (f"log: {line}" for line in seen.log.splitlines()[-LOG_SHOWN:]) if complaints(seen.log) else ()
    return (*came, *noted, *log)


def shorten(clause: ApiClause, profile: Profile) -> ApiClause | None:
    """Return the clause; None if the profile leaves it out."""
    if (clause.slow and not profile.long) or (profile.sites is not None and clause.site not in profile.sites):
        return None
    return clause


def _target_facts(contract: str, identity: Mapping[str, str]) -> Mapping[str, str]:
    return {"contract": chosen_profile(contract, identity).name}


KIND = Kind(
    ApiClause,
    describe=describe_clause,
    info=info,
    result=result,
    shorten=shorten,
    player="wsconform.contract.playing.runner:play",
    target_facts=_target_facts,
)
