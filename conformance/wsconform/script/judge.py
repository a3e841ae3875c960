"""The judge of raw cases: a transcript against what the case demands. A pure function.

What breaks most is said first: a server that died, then what came over the wire, then what stayed behind.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wsconform.model import Judgement, Message, Verdict, same
from wsconform.script import steps
from wsconform.script.describe import describe_end, describe_event, describe_octets, describe_script_step
from wsconform.script.events import (
    Answered,
    Counted,
    Crowded,
    Dropped,
    EndSeen,
    Gone,
    Kept,
    Left,
    Released,
    ScriptEvent,
    ScriptTranscript,
    Silence,
    Switched,
    Unreachable,
)
from wsconform.script.model import EXCEPTION, Log, ScriptCase
from wsconform.server_log import Complaint, complaints
from wsconform.wire.reader import CloseSeen

__all__ = ["judge_script"]

LOG, LET_GO, PROCESSES = "wsgi-log", "wsgi-let-go", "wsgi-processes"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#: Who may report the view's exception: the library and Django.
_REPORTERS = "dwebsocket", "django"
GOING_AWAY = 1001
_ROUTER_RESET = "hr_instance_read(): Connection reset by peer"


def judge_script(case: ScriptCase, seen: ScriptTranscript) -> Judgement:
    """What we say of a transcript."""
    if seen.failure:
        return Judgement(Verdict.HARNESS_ERROR, f"the suite failed: {seen.failure}")
    if case.tls and not seen.tls:
        return Judgement(Verdict.INFO, "the server speaks no TLS here")
    return next(_against(case, seen), Judgement(Verdict.PASS))


def _against(case: ScriptCase, seen: ScriptTranscript) -> Iterator[Judgement]:
    """What there is to say against it, the worst first."""
    if not case.ends_server:
        if not seen.alive:
            yield Judgement(Verdict.CRASH, "the server died", case.clauses[:1])
        if seen.before.processes != seen.after.processes:
            yield Judgement(Verdict.CRASH, _changed(seen), (PROCESSES,))
    if reason := _steps(case, seen):
        yield Judgement(case.worst, reason, case.clauses)
    if seen.serves is False:
        yield Judgement(Verdict.CRASH, "the server answers no plain request any more", case.clauses[:1])
    if reason := _log(case.log, tuple(one for one in complaints(seen.log) if not _is_race(case, one))):
        yield Judgement(Verdict.FAIL, reason, (LOG,))
    if seen.held:
        yield Judgement(Verdict.FAIL, "the server still holds the connection that we have closed", (LET_GO,))


def _is_race(case: ScriptCase, said: Complaint) -> bool:
    """The router of uWSGI gives the next request on a connection to a worker that may just be closing its own.

    That is plain HTTP between the two; where there is no next request the same line means that a WebSocket
    was ended by a reset.
    """
    return any(isinstance(step, steps.ExpectPersistence) for step in case.steps) and _ROUTER_RESET in said.line


def _changed(seen: ScriptTranscript) -> str:
    before, after = set(seen.before.processes or ()), set(seen.after.processes or ())
    words = [f"{len(gone)} ended" for gone in (before - after,) if gone]
    words += [f"{len(new)} began" for new in (after - before,) if new]
    return f"processes of the server came and went: {', '.join(words)}"


# Steps


def _steps(case: ScriptCase, seen: ScriptTranscript) -> str:
    """The first thing that was seen and should not have been, or was not and should have been."""
    for observation in seen.observations:
        step = case.steps[observation.step]
        inner = step.step if isinstance(step, steps.On) else step
        if reason := _step(inner, observation.event, seen):
            where = f"connection {step.connection}: " if isinstance(step, steps.On) else ""
            return where + reason
    return "" if _is_whole(case, seen) else "the conversation broke off"


def _is_whole(case: ScriptCase, seen: ScriptTranscript) -> bool:
    """Whether the last step was reached, or the server ended the connection as it may."""
    last = seen.observations[-1] if seen.observations else None
    awaits = [n for n, step in enumerate(case.steps) if _awaits(step)]
    return not awaits or (last is not None and (last.step == awaits[-1] or isinstance(last.event, Dropped)))


def _awaits(step: steps.Step) -> bool:
    return type(step.step if isinstance(step, steps.On) else step) in _CHECKS


def _step(step: steps.Step, event: ScriptEvent, seen: ScriptTranscript) -> str:
    if isinstance(event, Dropped):
        return _dropped(event)
    if isinstance(event, Unreachable):
        return f"no connection could be made: {event.why}"
    kind, check = _CHECKS[type(step)]
    if not isinstance(event, kind):
        return _instead(step, event)
    return check(step, event, seen)


def _instead(step: steps.Step, event: ScriptEvent) -> str:
    wanted = describe_script_step(step)
    if isinstance(event, Silence) and event.octets:
        return f"{wanted} did not come in {event.seconds:.1f} s, only {describe_octets(event.octets)}"
    if isinstance(event, Silence):
        return f"{wanted} did not come in {event.seconds:.1f} s"
    return f"instead of {wanted} came {describe_event(event)}"


def _dropped(event: Dropped) -> str:
    if event.said and event.end not in (steps.End.FIN, steps.End.NOTIFIED):
        return f"the server announced that it would end the connection: {describe_end(event.end)}"
    return ""


def _opened(_: steps.ExpectUpgrade, event: Switched, __: ScriptTranscript) -> str:
    accept = base64.b64encode(hashlib.sha1(event.key.encode() + _GUID, usedforsecurity=False).digest()).decode()
    if event.headers.get("sec-websocket-accept") != accept:
        return f"101 with the accept value {event.headers.get('sec-websocket-accept')!r} rather than {accept!r}"
    return ""


def _answer(step: steps.ExpectResponse, event: Answered, _: ScriptTranscript) -> str:
    if event.status not in step.statuses:
        return f"instead of {describe_script_step(step)} came {describe_event(event)}"
    if event.behind:
        return f"behind the answer came {describe_octets(event.behind)}"
    for name, value in step.headers:
        if (came := event.headers.get(name.lower())) is None or value.lower() not in came.lower():
            return f"{event.status} without {name}: {value}" + (f" (but {came})" if came is not None else "")
    if step.body is not None and event.body != step.body:
        return f"the body is {describe_octets(event.body)} rather than {describe_octets(step.body)}"
    return ""


def _hear(step: steps.ExpectMessage, event: Message, _: ScriptTranscript) -> str:
    return "" if same(step.message, event) else f"instead of {describe_script_step(step)} came {describe_event(event)}"


def _closed(step: steps.ExpectClose, event: CloseSeen, _: ScriptTranscript) -> str:
    return "" if event.code in step.codes else f"instead of {describe_script_step(step)} came {describe_event(event)}"


def _ended(step: steps.ExpectEnd, event: EndSeen, _: ScriptTranscript) -> str:
    if event.stray and not (step.frames and not event.stray.startswith(b"HTTP/")):
        return f"{describe_octets(event.stray)} came before the end"
    if event.frames and not step.frames:
        return f"a {event.frames[0].lower()} came before the end"
    if event.how not in step.how:
        return describe_end(event.how, step.within)
    if step.notified and not event.notified:
        return "the end was not announced by TLS close_notify"
    return ""


def _left(_: steps.ExpectGoodbye, event: Left, seen: ScriptTranscript) -> str:
    if event.end.stray:
        return f"{describe_octets(event.end.stray)} came before the end"
    if event.end.how is steps.End.NEVER:
        return "the server did not end the connection when it was stopped"
    if not seen.goodbye:
        return ""
    if event.close is None:
        return f"the server ended the connection ({event.end.how.value}) without Close 1001"
    if event.close.code != GOING_AWAY:
        return f"the server left with {describe_event(event.close)} rather than 1001"
    return "" if event.end.how is not steps.End.RST else "the server reset TCP behind its Close"


def _let_go(step: steps.ExpectRelease, event: Released, _: ScriptTranscript) -> str:
    return f"the server still holds the connection after {step.within:g} s" if event.done is False else ""


def _same(step: steps.ExpectSameResources, event: Counted, _: ScriptTranscript) -> str:
    more = {name: n for name, n in event.now.growth(event.before).items() if n > step.slack}
    return "more than before: " + ", ".join(f"{n} {name}" for name, n in more.items()) if more else ""


def _gone(_: steps.ExpectExit, event: Gone, __: ScriptTranscript) -> str:
    return "" if event.done else f"processes of the server are still there after {event.seconds:.1f} s"


def _crowd(step: steps.Crowd, event: Crowded, _: ScriptTranscript) -> str:
    if event.wrong is not None:
        return f"in one of the conversations came {describe_event(event.wrong)}"
    if event.held:
        return f"the server still holds {event.held} of the connections"
    late = event.count < step.count
    return f"only {event.count} of {step.count} conversations were over within {step.within:g} s" if late else ""


def _fine(*_: object) -> str:
    return ""


_CHECKS: Mapping[type, tuple[type, Callable[[Any, Any, ScriptTranscript], str]]] = {
    steps.ExpectUpgrade: (Switched, _opened),
    steps.ExpectResponse: (Answered, _answer),
    steps.ExpectPersistence: (Kept, _fine),
    steps.ExpectMessage: (Message, _hear),
    steps.ExpectClose: (CloseSeen, _closed),
    steps.ExpectSilence: (Silence, _fine),
    steps.ExpectEnd: (EndSeen, _ended),
    steps.ExpectGoodbye: (Left, _left),
    steps.ExpectRelease: (Released, _let_go),
    steps.ExpectSameResources: (Counted, _same),
    steps.ExpectExit: (Gone, _gone),
    steps.Crowd: (Crowded, _crowd),
}


# The log


def _log(allowed: Log, said: tuple[Complaint, ...]) -> str:
    return _LOGS[allowed](said)


def _clean(said: tuple[Complaint, ...]) -> str:
    if not said:
        return ""
    more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    return f"the log has {_in_words(said[0])}{more}"


def _raised(said: tuple[Complaint, ...]) -> str:
    """The exception of the view must be reported, once by each; nobody else may complain."""
    reports = [one for one in said if _is_report(one)]
    if others := tuple(one for one in said if not _is_report(one)):
        return _clean(others)
    if not reports:
        return "the view's exception is not in the log"
    loggers = [one.logger for one in reports]
    twice = next((logger for logger in loggers if loggers.count(logger) > 1), None)
    return f"{twice} reports the view's exception {loggers.count(twice)} times" if twice else ""


def _is_report(one: Complaint) -> bool:
    return one.traceback and EXCEPTION in one.line and one.logger.split(".")[0] in _REPORTERS


def _stopping(said: tuple[Complaint, ...]) -> str:
    return _clean(tuple(one for one in said if one.traceback))


def _in_words(one: Complaint) -> str:
    return f"a traceback: {one.line}" if one.traceback else f"the line: {one.line}"


_LOGS: Mapping[Log, Callable[[tuple[Complaint, ...]], str]] = {
    Log.CLEAN: _clean,
    Log.RAISED: _raised,
    Log.STOPPING: _stopping,
}
