"""Compare events with expectations, and describe the difference in a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wsconform.model import Message, MiB, Pong, Verdict
from wsconform.script import steps
from wsconform.script.describe import describe_end, describe_event, describe_octets, describe_step
from wsconform.script.events import (
    CloseSeen,
    CrowdServed,
    Declined,
    Dropped,
    EchoesSeen,
    EndSeen,
    Event,
    Exited,
    Garbled,
    Goodbye,
    Kept,
    MemoryUsed,
    NotesRead,
    NumbersSeen,
    Observation,
    Released,
    ResourcesCounted,
    ResponseSeen,
    Silence,
    UpgradeSeen,
)
from wsconform.wire.head import accept_value, opening_faults

__all__ = ["awaits", "decision", "difference", "first_difference", "goes_on"]

GOING_AWAY, UPGRADE_REQUIRED = 1001, 426


def difference(step: steps.Step, event: Event) -> str:
    """Describe how an event differs from the expectation of a step; empty if it does not."""
    _, inner = steps.placed(step)
    if isinstance(inner, steps.ExpectDecision):
        verdict, reason = decision(inner, event)
        return "" if verdict in (Verdict.PASS, Verdict.INFO) else reason
    if isinstance(event, Dropped):
        return _dropped(event)
    if isinstance(event, Declined):
        return ""
    kind, check = _CHECKS[type(inner)]
    found = check(inner, event) if isinstance(event, kind) else False
    if isinstance(found, bool):
        return "" if found else f"expected {describe_step(inner)}; got {describe_event(event)}"
    return found


def goes_on(step: steps.Step, event: Event) -> bool:
    """Whether a conversation continues after an event: it is as expected, and does not end the case."""
    if isinstance(steps.placed(step)[1], steps.ExpectDecision) and not isinstance(event, UpgradeSeen):
        return False
    return not isinstance(event, Dropped | Declined) and not difference(step, event)


def decision(step: steps.ExpectDecision, event: Event) -> tuple[Verdict, str]:
    """Return the verdict on an answer to an opening handshake, and what the server did."""
    match event:
        case UpgradeSeen():
            if faults := opening_faults(event.head, event.asked):
                return Verdict.FAIL, f"the server accepted the opening handshake, but the 101 has {faults[0].what}"
            return step.accepted, "the server accepted the opening handshake"
        case ResponseSeen(status=status):
            return _refusal(step, event, f"the server answered with {status}")
        case EndSeen(stray=b""):
            return step.dropped, f"{describe_end(event.how)} without a response"
        case Dropped():
            return step.dropped, f"{describe_end(event.end)} without a response"
    verdict = step.unclear if isinstance(event, Garbled | Silence) else Verdict.FAIL
    return verdict, f"the opening handshake was neither accepted nor refused: {describe_event(event)}"


def _refusal(step: steps.ExpectDecision, event: ResponseSeen, what: str) -> tuple[Verdict, str]:
    if 400 <= event.status < 500:
        versions = event.headers.get("sec-websocket-version", "").replace(",", " ").split()
        if step.version and step.refused is Verdict.PASS and "13" not in versions:
            return Verdict.NON_STRICT, f"{what}, without Sec-WebSocket-Version: 13"
        if event.status == UPGRADE_REQUIRED and "upgrade" not in event.headers:
            return Verdict.FAIL, f"{what}, without an Upgrade field"
        return step.refused, f"{what} {event.reason}".rstrip()
    if event.status in (501, 505):  # these two are about the request, not about the server
        return step.refused, f"{what} {event.reason}".rstrip()
    return (step.error if event.status >= 500 else step.other), f"{what} {event.reason}".rstrip()


def first_difference(planned: Sequence[steps.Step], observations: Sequence[Observation]) -> str:
    """Describe the first difference between observations and expectations, with the number of its step."""
    for seen in observations:
        step = planned[seen.step]
        if reason := difference(step, seen.event):
            where = f", connection {step.connection}" if isinstance(step, steps.On) else ""
            return f"step {seen.step + 1}{where}: {reason}"
    return ""


def awaits(step: steps.Step) -> bool:
    """Whether a step ends with an observation, as expectations and crowds do."""
    return type(steps.placed(step)[1]) in _CHECKS


# A check returns whether the event is as expected or, where that is shorter than naming both, the difference.


def _dropped(event: Dropped) -> str:
    if event.announced and event.end not in (steps.End.FIN, steps.End.NOTIFIED):
        return f"the response announced the end of the connection, but {describe_end(event.end)}"
    return ""


def _upgrade(step: steps.ExpectUpgrade, event: UpgradeSeen) -> bool | str:
    accept = accept_value(event.key)
    if event.key and event.accept != accept:
        return f"101 with the accept value {event.accept!r} instead of {accept!r}"
    allowed = (None, *event.asked.added) if step.subprotocol is None else (step.subprotocol,)
    return event.subprotocol in allowed


def _response(step: steps.ExpectResponse, event: ResponseSeen) -> bool | str:
    if event.status not in step.statuses:
        return False
    if event.behind:
        return f"the server sent {describe_octets(event.behind)} after the response"
    for name, value in step.headers:
        if (came := event.headers.get(name.lower())) is None or value.lower() not in came.lower():
            return f"HTTP {event.status} without {name}: {value}" + (f" (it is {came})" if came is not None else "")
    text = event.body.decode(errors="replace").lower()
    return step.body in (None, event.body) and all(part.lower() in text for part in step.contains)


def _message(step: steps.ExpectMessage, event: Message) -> bool:
    payload = step.message.encode() if isinstance(step.message, str) else step.message
    return event.binary is isinstance(step.message, bytes) and event.payload == payload


def _json(step: steps.ExpectJson, event: Message) -> bool:
    try:
        return not event.binary and _covers(step.value, json.loads(bytes(event.payload)))
    except (ValueError, RecursionError):
        return False


def _covers(expected: Any, found: Any) -> bool:
    """Whether a value is as expected; an object may have more fields than expected."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return all(name in found and _covers(value, found[name]) for name, value in expected.items())
    return type(expected) is type(found) and bool(expected == found)


def _numbered(step: steps.ExpectNumbered, event: NumbersSeen) -> bool:
    return not event.instead and dict(event.counts) == dict.fromkeys(step.senders, step.count)


def _close(step: steps.ExpectClose, event: CloseSeen) -> bool:
    reason = step.reason if step.reason is None else step.reason.encode()
    return (not step.codes or event.code in step.codes) and reason in (None, event.reason)


def _end(step: steps.ExpectEnd, event: EndSeen) -> bool | str:
    if event.stray and not (step.frames and not event.stray.startswith(b"HTTP/")):
        return f"the server sent {describe_octets(event.stray)} before the end"
    if event.frames and not step.frames:
        return f"the server sent a {event.frames[0].lower()} before the end"
    if event.how not in step.how:
        return describe_end(event.how, step.within)
    return "the server ended TLS without close_notify" if step.notified and not event.notified else True


def _goodbye(_: steps.ExpectGoodbye, event: Goodbye) -> bool | str:
    if event.end.stray:
        return f"the server sent {describe_octets(event.end.stray)} before the end"
    if event.end.how is steps.End.NEVER:
        return "the server did not close the connection when it was stopped"
    if not event.due:
        return True
    if event.close is None:
        return f"the server closed the connection ({event.end.how.value}) without Close 1001"
    if event.close.code != GOING_AWAY:
        return f"the server sent {describe_event(event.close)} instead of 1001"
    return "the server reset TCP after its Close" if event.end.how is steps.End.RST else True


def _release(step: steps.ExpectRelease, event: Released) -> bool | str:
    return f"the server still held the connection after {step.within:g} s" if event.done is False else True


def _same_resources(step: steps.ExpectSameResources, event: ResourcesCounted) -> bool | str:
    more = {name: n for name, n in event.now.growth(event.before).items() if n > step.slack}
    return "left over: " + ", ".join(f"{n} {name}" for name, n in more.items()) if more else True


def _memory(step: steps.ExpectMemory, event: MemoryUsed) -> bool | str:
    too_much = event.growth is not None and event.growth > step.most
    return f"{describe_event(event)}; at most {step.most / MiB:.0f} MiB are allowed" if too_much else True


def _echoes(step: steps.ExpectEchoes, event: EchoesSeen) -> bool | str:
    if event.instead is None:
        return True
    return f"instead of echo {event.count + 1} of {step.count}: {describe_event(event.instead)}"


def _exit(_: steps.ExpectExit, event: Exited) -> bool | str:
    return event.done or f"processes of the server were still running after {event.seconds:.1f} s"


def _notes(step: steps.ExpectNotes, event: NotesRead) -> bool:
    return event.ended and all(
        name in event.values and _covers(v, event.values[name]) for name, v in step.values.items()
    )


def _crowd(step: steps.Crowd, event: CrowdServed) -> bool | str:
    if event.wrong is not None:
        return f"in one of the conversations: {describe_event(event.wrong)}"
    if event.held:
        return f"the server still held {event.held} of the connections"
    late = event.count < step.count
    return f"only {event.count} of {step.count} conversations finished within {step.within:g} s" if late else True


_CHECKS: Mapping[type, tuple[type, Callable[[Any, Any], bool | str]]] = {
    steps.ExpectUpgrade: (UpgradeSeen, _upgrade),
    steps.ExpectDecision: (UpgradeSeen, lambda *_: True),  # see `decision`
    steps.ExpectResponse: (ResponseSeen, _response),
    steps.ExpectPersistence: (Kept, lambda *_: True),
    steps.ExpectMessage: (Message, _message),
    steps.ExpectEchoes: (EchoesSeen, _echoes),
    steps.ExpectJson: (Message, _json),
    steps.ExpectNumbered: (NumbersSeen, _numbered),
    steps.ExpectPong: (Pong, lambda step, event: bool(step.payload == event.payload)),
    steps.ExpectClose: (CloseSeen, _close),
    steps.ExpectSilence: (Silence, lambda *_: True),
    steps.ExpectEnd: (EndSeen, _end),
    steps.AwaitEnd: (EndSeen, lambda *_: True),
    steps.ExpectGoodbye: (Goodbye, _goodbye),
    steps.ExpectRelease: (Released, _release),
    steps.ExpectSameResources: (ResourcesCounted, _same_resources),
    steps.ExpectMemory: (MemoryUsed, _memory),
    steps.ExpectExit: (Exited, _exit),
    steps.ExpectNotes: (NotesRead, _notes),
    steps.Crowd: (CrowdServed, _crowd),
}
