"""Scripts as a kind of case."""

from __future__ import annotations

from wsconform.clauses import describe_clauses
from wsconform.kind import Kind
from wsconform.model import Verdict
from wsconform.play import Outcome
from wsconform.profile import Profile
from wsconform.results import LOG_SHOWN, case_result, clause_refs, timed, wire_entries
from wsconform.script.describe import describe_after, describe_demands, describe_event, describe_script, numbered
from wsconform.script.events import ScriptTranscript
from wsconform.script.model import ScriptCase
from wsconform.script.server_log import complaints
from wsreport import model as lines

__all__ = ["KIND", "describe", "info", "result", "shorten"]


#: Families of which no profile leaves out a script for its number, since their scripts take milliseconds.
WHOLE = ("H",)


def describe(case: ScriptCase) -> list[str]:
    """Return the script and its clauses as lines of text."""
    return [*describe_script(case), *describe_clauses(case.clauses)]


def info(case: ScriptCase) -> lines.CaseInfo:
    """Return the line of the run file about a script."""
    return lines.CaseInfo(
        id=case.id,
        title=case.title,
        family=case.family,
        level=case.level.value,
        sends=numbered(case.steps, actions=True),
        expects=numbered(case.steps, actions=False),
        closing=describe_demands(case),
        clauses=clause_refs(case.clauses),
        informational=case.informational,
    )


def result(cell: str, outcome: Outcome[ScriptCase, ScriptTranscript]) -> lines.Result:
    """Return the line about the outcome of a script, with wire log and server log if it did not pass."""
    judgement, seen = outcome.final.judgement, outcome.final.transcript
    expected = numbered(outcome.case.steps, actions=False)
    clauses = clause_refs(judgement.clauses)
    if seen is None:
        return case_result(cell, outcome, clauses=clauses, expected=expected)
    passed = judgement.verdict is Verdict.PASS
    observed = (timed(o.at, f"{o.step + 1}. {describe_event(o.event)}") for o in seen.observations)
    return case_result(
        cell,
        outcome,
        clauses=clauses,
        expected=expected,
        observed=(*observed, *(() if passed else _log_lines(seen))),
        closing=describe_after(seen),
        local_port=seen.local_port,
        wire=() if passed else wire_entries(seen.wire),
    )


def _log_lines(seen: ScriptTranscript) -> list[str]:
    """Return the end of the server's log if it has complaints."""
    return [f"log: {line}" for line in seen.log.splitlines()[-LOG_SHOWN:]] if complaints(seen.log) else []


def shorten(case: ScriptCase, profile: Profile) -> ScriptCase | None:
    """Return the script; None if the profile leaves it out."""
    if (case.slow and not profile.long) or (case.ends_server and not profile.restarts):
        return None
    sampled = not case.own_server and case.family not in WHOLE
    if profile.of_a_group and sampled and int(case.id.rpartition(".")[2]) > profile.of_a_group:
        return None
    return case


KIND = Kind(
    ScriptCase,
    describe=describe,
    info=info,
    result=result,
    shorten=shorten,
    player="wsconform.script.playing.runner:play",
)
