"""Judge the transcript of a script against its case.

The worst violation comes first: a dead server, then differences on the wire, then the log and open connections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from wsconform.model import Judgement, Verdict
from wsconform.script.events import Declined, Dropped, Event, ScriptTranscript, UpgradeSeen
from wsconform.script.matching import awaits, decision, first_difference
from wsconform.script.model import EXCEPTION, Log, ScriptCase
from wsconform.script.server_log import Complaint, complaints
from wsconform.script.steps import ExpectDecision, ExpectPersistence, placed
from wsconform.wire.head import opening_faults

__all__ = ["judge_script"]

LOG, LET_GO, PROCESSES = "wsgi-log", "wsgi-let-go", "wsgi-processes"
#: Loggers that may report the view's exception: the library and Django.
_REPORTERS = "dwebsocket", "django"
_ROUTER_RESET = "hr_instance_read(): Connection reset by peer"


def judge_script(case: ScriptCase, seen: ScriptTranscript) -> Judgement:
    """Judge one play of a case."""
    if seen.failure:
        return Judgement(Verdict.HARNESS_ERROR, f"the suite failed: {seen.failure}")
    if case.tls and not seen.tls:
        return Judgement(Verdict.INFO, "the server does not use TLS here")
    return next(_against(case, seen), _kept(case, seen))


def _kept(case: ScriptCase, seen: ScriptTranscript) -> Judgement:
    """Judge a play without violations."""
    last = seen.observations[-1].event if seen.observations else None
    if isinstance(last, Declined):
        return Judgement(Verdict.DECLINED, f"the server did not accept {last.extension}")
    for step, event in _decisions(case, seen):
        verdict, reason = decision(step, event)
        if verdict is Verdict.INFO:
            return Judgement(Verdict.INFO, reason)
    return Judgement(Verdict.PASS)


def _decisions(case: ScriptCase, seen: ScriptTranscript) -> Iterator[tuple[ExpectDecision, Event]]:
    for one in seen.observations:
        _, step = placed(case.steps[one.step])
        if isinstance(step, ExpectDecision):
            yield step, one.event


def _worst(case: ScriptCase, seen: ScriptTranscript) -> Verdict:
    """Return the verdict on the first difference: the one of the decision that differs, or else of the case."""
    for step, event in _decisions(case, seen):
        verdict, _ = decision(step, event)
        if verdict not in (Verdict.PASS, Verdict.INFO):
            return verdict
    return case.worst


def _broken(case: ScriptCase, seen: ScriptTranscript) -> tuple[str, ...]:
    """Return the clauses that the first difference breaks: of a wrong 101, its own; otherwise all of the case."""
    for _, event in _decisions(case, seen):
        if isinstance(event, UpgradeSeen) and (faults := opening_faults(event.head, event.asked)):
            return (faults[0].clause,)
    return case.clauses


def _against(case: ScriptCase, seen: ScriptTranscript) -> Iterator[Judgement]:
    """Yield the violations, the worst first."""
    if not case.ends_server:
        if not seen.alive:
            yield Judgement(Verdict.CRASH, "the server died", case.clauses[:1])
        if seen.before.processes != seen.after.processes:
            yield Judgement(Verdict.CRASH, _changed(seen), (PROCESSES,))
    if reason := _steps(case, seen):
        yield Judgement(_worst(case, seen), reason, _broken(case, seen))
    if seen.serves is False:
        what = "plain requests" if case.own_server else "opening handshakes"
        yield Judgement(Verdict.CRASH, f"the server no longer answers {what}", case.clauses[:1])
    if reason := _log(case.log, tuple(one for one in complaints(seen.log) if not _is_race(case, one))):
        yield Judgement(Verdict.FAIL, reason, (LOG,))
    if seen.held:
        yield Judgement(Verdict.FAIL, "the server still held a connection that we had closed", (LET_GO,))


def _is_race(case: ScriptCase, complaint: Complaint) -> bool:
    """Whether a complaint is about a race in uWSGI's router, which may give the next request to a closing worker.

    That race concerns only plain HTTP. Without a next request, the same line means that a WebSocket was reset.
    """
    return any(isinstance(step, ExpectPersistence) for step in case.steps) and _ROUTER_RESET in complaint.line


def _changed(seen: ScriptTranscript) -> str:
    before, after = set(seen.before.processes or ()), set(seen.after.processes or ())
    parts = [f"{len(gone)} ended" for gone in (before - after,) if gone]
    parts += [f"{len(new)} started" for new in (after - before,) if new]
    return f"the server's processes changed: {', '.join(parts)}"


# Steps


def _steps(case: ScriptCase, seen: ScriptTranscript) -> str:
    """Describe the first difference between the steps and the observations."""
    return first_difference(case.steps, seen.observations) or (
        "" if _is_whole(case, seen) else "the conversation ended early"
    )


def _is_whole(case: ScriptCase, seen: ScriptTranscript) -> bool:
    """Whether the last step was reached, or the server closed the connection where it may."""
    last = seen.observations[-1] if seen.observations else None
    expected = [n for n, step in enumerate(case.steps) if awaits(step)]
    return not expected or (
        last is not None
        and (
            last.step == expected[-1]
            or isinstance(last.event, Dropped | Declined)
            or isinstance(placed(case.steps[last.step])[1], ExpectDecision)
        )
    )


# The log


def _log(allowed: Log, found: tuple[Complaint, ...]) -> str:
    return _LOGS[allowed](found)


def _clean(found: tuple[Complaint, ...]) -> str:
    if not found:
        return ""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"the log has {_quoted(found[0])}{more}"


def _raised(found: tuple[Complaint, ...]) -> str:
    """Demand that the view's exception is logged, once by each logger, and nothing else."""
    reports = [one for one in found if _is_report(one)]
    if others := tuple(one for one in found if not _is_report(one)):
        return _clean(others)
    if not reports:
        return "the view's exception is not in the log"
    loggers = [one.logger for one in reports]
    twice = next((logger for logger in loggers if loggers.count(logger) > 1), None)
    return f"{twice} logged the view's exception {loggers.count(twice)} times" if twice else ""


def _is_report(one: Complaint) -> bool:
    return one.traceback and EXCEPTION in one.line and one.logger.split(".")[0] in _REPORTERS


def _stopping(found: tuple[Complaint, ...]) -> str:
    return _clean(tuple(one for one in found if one.traceback))


def _quoted(one: Complaint) -> str:
    return f"a traceback: {one.line}" if one.traceback else f"the line: {one.line}"


_LOGS: Mapping[Log, Callable[[tuple[Complaint, ...]], str]] = {
    Log.CLEAN: _clean,
    Log.RAISED: _raised,
    Log.STOPPING: _stopping,
    Log.ANY: lambda _: "",
}
