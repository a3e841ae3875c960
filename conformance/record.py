"""Values of the suite as lines of the run file. Pure."""

from __future__ import annotations

from conformance.cases import CLAUSES
from conformance.engine.transcript import WireRecord
from conformance.model import Case, Side, Verdict
from conformance.rendering import (
    describe_chop,
    describe_closing,
    describe_ending,
    describe_event,
    describe_step,
)
from conformance.runner import Outcome, Play
from reports import model as lines

__all__ = ["case_info", "result"]


def case_info(case: Case) -> lines.CaseInfo:
    """The description of a case."""
    sends = [describe_step(step) for step in case.send]
    expects = [describe_event(event) for event in case.expect] or ["nothing"]
    if case.tolerate is not None:
        other = ", ".join(map(describe_event, case.tolerate.events)) or "nothing"
        expects.append(f"or {other} ({case.tolerate.verdict.value}: {case.tolerate.why})")
    return lines.CaseInfo(
        id=case.id,
        title=case.title,
        family=case.family,
        level=case.level.value,
        sends=(*sends, f"({describe_chop(case.chop)})"),
        expects=tuple(expects),
        closing=describe_closing(case.closing),
        clauses=_clauses(case.clauses),
        informational=case.informational,
    )


def result(cell: str, outcome: Outcome) -> lines.Result:
    """What came of a case; the wire log only for what did not pass."""
    final, case = outcome.final, outcome.case
    said, seen = final.judgement, final.transcript
    wanted = [describe_event(event) for event in case.expect] or ["nothing"]
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
        expected=tuple(wanted),
        observed=tuple(f"{e.at:.3f} s: {describe_event(e.event)}" for e in seen.events) if seen else (),
        closing=(describe_ending(seen.ending) if seen.opened else seen.refusal) if seen else "",
        local_port=seen.local_port if seen else None,
        wire=tuple(map(_wire, seen.wire)) if seen and said.verdict is not Verdict.PASS else (),
    )


def _clauses(ids: tuple[str, ...]) -> tuple[lines.ClauseRef, ...]:
    return tuple(lines.ClauseRef(id_, CLAUSES[id_].section, CLAUSES[id_].text) for id_ in ids)


def _play(play: Play) -> lines.Play:
    seconds = round(play.transcript.seconds, 4) if play.transcript else 0.0
    return lines.Play(play.judgement.verdict.value, play.judgement.reason, play.alone, seconds)


def _wire(record: WireRecord) -> lines.WireEntry:
    by = "us" if record.by is Side.US else "peer"
    return lines.WireEntry(round(record.at, 6), by, record.what, record.octets.hex(), record.size)
