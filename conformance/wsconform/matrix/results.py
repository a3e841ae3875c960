"""Values of the suite as lines of the run file. Pure."""

from __future__ import annotations

from wsconform.cases import CLAUSES
from wsconform.contract.describe import under
from wsconform.contract.model import ApiClause, Basis, Document
from wsconform.contract.playing.runner import ApiOutcome, ApiPlay
from wsconform.contract.transcript import ApiTranscript
from wsconform.conversation.describe import (
    describe_chop,
    describe_closing,
    describe_ending,
    describe_event,
    describe_expecting,
    describe_sending,
    describe_tolerance,
)
from wsconform.conversation.model import Case
from wsconform.conversation.playing.runner import Outcome, Play
from wsconform.conversation.transcript import Transcript
from wsconform.model import Side, Verdict
from wsconform.script.describe import describe_after, describe_demands, numbered
from wsconform.script.describe import describe_event as describe_script_event
from wsconform.script.events import ScriptTranscript
from wsconform.script.model import ScriptCase
from wsconform.script.playing.runner import ScriptOutcome, ScriptPlay
from wsconform.server_log import complaints
from wsconform.wire.log import WireRecord
from wsreport import model as lines

__all__ = ["api_result", "case_info", "result", "script_result"]

LOG_SHOWN = 40  # lines of a server's log with the result of a raw case


def case_info(case: Case | ScriptCase | ApiClause) -> lines.CaseInfo:
    """The description of a case."""
    match case:
        case ScriptCase():
            return _script_info(case)
        case ApiClause():
            return _api_info(case)
    return _info(case)


def _api_info(clause: ApiClause) -> lines.CaseInfo:
    return lines.CaseInfo(
        id=clause.id,
        title=clause.title,
        family=clause.family,
        sends=(f"({under(clause)})", *numbered(clause.steps, actions=True)),
        expects=numbered(clause.steps, actions=False),
        closing="the server's log does not complain" if clause.silent else "",
        clauses=_bases(clause),
    )


def _bases(clause: ApiClause) -> tuple[lines.ClauseRef, ...]:
    """Where the sentence is written, and how that binds those of whom it speaks."""
    bases = clause.bases or (Basis(Document.OURS, "the whole"),)
    return tuple(lines.ClauseRef(b.document.title, b.place, b.document.strength.value) for b in bases)


def _script_info(case: ScriptCase) -> lines.CaseInfo:
    return lines.CaseInfo(
        id=case.id,
        title=case.title,
        family=case.family,
        level=case.level.value,
        sends=numbered(case.steps, actions=True),
        expects=numbered(case.steps, actions=False),
        closing=describe_demands(case),
        clauses=_clauses(case.clauses),
        informational=case.informational,
    )


def _info(case: Case) -> lines.CaseInfo:
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
        clauses=_clauses(case.clauses),
        informational=case.informational,
    )


def result(cell: str, outcome: Outcome) -> lines.Result:
    """What came of a case; the wire log only for what did not pass."""
    final, case = outcome.final, outcome.case
    said, seen = final.judgement, final.transcript
    return lines.Result(
        cell=cell,
        case=case.id,
        verdict=said.verdict.value,
        grades=lines.Grades(final.parity.behavior, final.parity.close) if final.parity else None,
        reason=said.reason,
        clauses=_clauses(said.clauses),
        seconds=round(seen.seconds, 4) if seen else 0.0,
        started=round(max(0.0, final.started), 4),
        plays=tuple(map(_play, outcome.plays)),
        expected=tuple(describe_expecting(case)),
        observed=_seen(case, seen) if seen else (),
        closing=(describe_ending(seen.ending) if seen.opened else seen.refusal) if seen else "",
        local_port=seen.local_port if seen else None,
        wire=tuple(map(_wire, seen.wire)) if seen and said.verdict is not Verdict.PASS else (),
    )


def _seen(case: Case, seen: Transcript) -> tuple[str, ...]:
    answer = [f"answered: {', '.join(seen.answers) or 'no extension'}"] if case.offers and seen.opened else []
    return (*answer, *(f"{e.at:.3f} s: {describe_event(e.event)}" for e in seen.events))


def script_result(cell: str, outcome: ScriptOutcome) -> lines.Result:
    """What came of a raw case; wire log and server's log only for what did not pass."""
    final, case = outcome.final, outcome.case
    said, seen = final.judgement, final.transcript
    shown = seen if said.verdict is not Verdict.PASS else None
    return lines.Result(
        cell=cell,
        case=case.id,
        verdict=said.verdict.value,
        reason=said.reason,
        clauses=_clauses(said.clauses),
        seconds=round(seen.seconds, 4) if seen else 0.0,
        started=round(max(0.0, final.started), 4),
        plays=tuple(map(_play, outcome.plays)),
        expected=numbered(case.steps, actions=False),
        observed=(*_observed(seen), *_log_lines(shown)) if seen else (),
        closing=describe_after(seen) if seen else "",
        local_port=seen.local_port if seen else None,
        wire=tuple(map(_wire, shown.wire)) if shown else (),
    )


def _observed(seen: ScriptTranscript) -> tuple[str, ...]:
    return tuple(f"{o.at:.3f} s: {o.step + 1}. {describe_script_event(o.event)}" for o in seen.observations)


def _log_lines(seen: ScriptTranscript | None) -> tuple[str, ...]:
    """The end of what the server has printed, if it complains."""
    if seen is None or not complaints(seen.log):
        return ()
    return tuple(f"log: {line}" for line in seen.log.splitlines()[-LOG_SHOWN:])


def api_result(cell: str, outcome: ApiOutcome) -> lines.Result:
    """What came of a clause of the API contract."""
    final, clause = outcome.final, outcome.clause
    said, seen = final.judgement, final.transcript
    return lines.Result(
        cell=cell,
        case=clause.id,
        verdict=said.verdict.value,
        reason=said.reason,
        clauses=_bases(clause) if said.verdict in (Verdict.FAIL, Verdict.NON_STRICT) else (),
        seconds=round(seen.seconds, 4) if seen else 0.0,
        started=round(max(0.0, final.started), 4),
        plays=tuple(map(_play, outcome.plays)),
        expected=numbered(clause.steps, actions=False),
        observed=_api_observed(seen) if seen else (),
        closing=("the server was alive" if seen.alive else "the server was dead") if seen else "",
    )


def _api_observed(seen: ApiTranscript) -> tuple[str, ...]:
    came = (f"{o.at:.3f} s: {o.step + 1}. {describe_script_event(o.event)}" for o in seen.observations)
    noted = (f"the view noted {name}: {value!r}" for name, value in seen.noted.items())
    log = (f"log: {line}" for line in seen.log.splitlines()[-LOG_SHOWN:]) if complaints(seen.log) else ()
    return (*came, *noted, *log)


def _clauses(ids: tuple[str, ...]) -> tuple[lines.ClauseRef, ...]:
    return tuple(lines.ClauseRef(id_, CLAUSES[id_].section, CLAUSES[id_].text) for id_ in ids)


def _play(play: Play | ScriptPlay | ApiPlay) -> lines.Play:
    seconds = round(play.transcript.seconds, 4) if play.transcript else 0.0
    return lines.Play(play.judgement.verdict.value, play.judgement.reason, play.alone, seconds)


def _wire(record: WireRecord) -> lines.WireEntry:
    by = "us" if record.by is Side.US else "peer"
    return lines.WireEntry(round(record.at, 6), by, record.what, record.octets.hex(), record.size)
