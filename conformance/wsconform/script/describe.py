"""Raw cases and what was seen of them in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from wsconform.model import Fault, Frame, Message, Opcode, Pong
from wsconform.script import steps
from wsconform.script.events import (
    Answered,
    Counted,
    Crowded,
    Dropped,
    EndSeen,
    Garbled,
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
from wsconform.script.model import ScriptCase
from wsconform.wire.log import describe_frame
from wsconform.wire.reader import CloseSeen

__all__ = [
    "describe_after",
    "describe_demands",
    "describe_end",
    "describe_event",
    "describe_octets",
    "describe_script",
    "describe_script_step",
    "in_order",
    "is_action",
]

LONGEST = 60  # octets that are shown


def describe_octets(data: bytes) -> str:
    """Octets by number and beginning: ``17 octets: "HTTP/1.1 200 OK…"``."""
    head = data[:LONGEST]
    text = " ⏎ ".join(re.split("\r\n|[\r\n]", head.decode("latin-1")))
    shown = f'"{text}' if text.isprintable() and head.isascii() else f"0x{head.hex()}"
    more = "…" if len(data) > LONGEST else ""
    return f"{len(data)} octets: {shown}{more}" + ('"' if shown.startswith('"') else "")


def describe_script(case: ScriptCase) -> list[str]:
    """What is done and what is awaited, in its order, as lines of text."""
    lines = [f"[{case.id}] {case.title}"]
    lines += [f"  {'>' if is_action(step) else '<'} {describe_script_step(step)}" for step in case.steps]
    return [*lines, f"  = {describe_demands(case)}"]


def in_order(case: ScriptCase, *, actions: bool) -> tuple[str, ...]:
    """The actions or else the awaited steps of a case, each with its number in the whole."""
    steps = enumerate(case.steps, 1)
    return tuple(f"{n}. {describe_script_step(step)}" for n, step in steps if is_action(step) is actions)


def describe_demands(case: ScriptCase) -> str:
    """What the case demands when its steps are over."""
    after = "" if case.ends_server else "the server lets go of what we have closed, lost no process and serves on; "
    return f"{after}its log: {case.log.value}"


def describe_after(seen: ScriptTranscript) -> str:
    """The state of the server when the steps were over."""
    words = ["the server was alive" if seen.alive else "the server was not alive"]
    if seen.serves is not None:
        words.append(f"and {'served' if seen.serves else 'did not serve'}")
    if seen.held:
        words.append(f"and held connections from the ports {', '.join(map(str, seen.held))}")
    return " ".join(words)


def is_action(step: steps.Step) -> bool:
    """Whether the step does something, and awaits nothing."""
    return isinstance(step.step if isinstance(step, steps.On) else step, _ACTIONS)


_ACTIONS = steps.Request, steps.SendRaw, steps.Disconnect, steps.Crowd, steps.CountResources, steps.Terminate


# Steps


def describe_script_step(step: steps.Step) -> str:
    """A step in a line; of an awaited one, what is awaited."""
    return _STEPS[type(step)](step)


def _ask(step: steps.Request) -> str:
    words = f"{step.method} {step.path}" + (" with an opening handshake" if step.websocket else "")
    words += "".join(f", {name}: {value}" if value else f", without {name}" for name, value in step.headers)
    if step.body:
        words += f", body of {describe_octets(step.body)}"
    if step.behind:
        words += f", and in the same segment {_sent(step.behind)}"
    if step.octet_by_octet:
        words += ", octet by octet"
    return words + (", and answer no Ping" if step.mute else "")


def _sent(what: steps.Sent) -> str:
    words = [describe_octets(one) if isinstance(one, bytes) else _frame(one) for one in what]
    different = list(dict.fromkeys(words))
    counted = [f"{words.count(word)} × {word}" if words.count(word) > 1 else word for word in different]
    return ", ".join(counted)


def _frame(frame: Frame) -> str:
    words = describe_frame(frame.opcode, len(frame.payload), fin=frame.fin, rsv=frame.rsv)
    if frame.opcode == Opcode.CLOSE and len(frame.payload) > 1:
        return f"CLOSE {int.from_bytes(bytes(frame.payload)[:2], 'big')}"
    return words


def _on(step: steps.On) -> str:
    return f"on connection {step.connection}: {describe_script_step(step.step)}"


def _crowd(step: steps.Crowd) -> str:
    ways = f"{len(step.ways)} ways of ending" if len(step.ways) > 1 else "one way of ending"
    return f"{step.count} conversations, {step.at_once} at once, {ways}"


def _answer(step: steps.ExpectResponse) -> str:
    allowed = step.statuses
    one_by_one = not isinstance(allowed, range)
    statuses = " or ".join(map(str, allowed)) if one_by_one else f"from {allowed[0]} to {allowed[-1]}"
    words = f"a complete HTTP answer {statuses}"
    words += "".join(f", {name}: {value}" for name, value in step.headers)
    return words + (f", body of {describe_octets(step.body)}" if step.body is not None else "")


def _hear(step: steps.ExpectMessage) -> str:
    return _message(step.message)


def _message(message: Message) -> str:
    return f"a {'binary' if message.binary else 'text'} message of {describe_octets(bytes(message.payload))}"


def _closed(step: steps.ExpectClose) -> str:
    return "a Close frame " + " or ".join("without a code" if code is None else str(code) for code in step.codes)


def _ended(step: steps.ExpectEnd) -> str:
    ends = " or ".join(end.value for end in step.how if end is not steps.End.NOTIFIED)
    before = "whatever frames come, " if step.frames else "not one octet more, "
    notified = "TLS close_notify, " if step.notified else ""
    return f"{before}{notified}then {ends} within {step.within:g} s"


_STEPS: Mapping[type, Callable[[Any], str]] = {
    steps.Request: _ask,
    steps.SendRaw: lambda step: _sent(step.what),
    steps.Disconnect: lambda step: (
        f"{step.how.value}, " + ("with the answer unread" if step.unread else "without a word")
    ),
    steps.ExpectSilence: lambda step: f"silence of {step.seconds:g} s",
    steps.CountResources: lambda _: "count threads, descriptors and greenlets of the server",
    steps.Terminate: lambda _: "SIGTERM to the server",
    steps.Crowd: _crowd,
    steps.On: _on,
    steps.ExpectUpgrade: lambda _: "101 with the right accept value",
    steps.ExpectResponse: _answer,
    steps.ExpectPersistence: lambda _: "the connection open, or ended as announced (then the case is over)",
    steps.ExpectMessage: _hear,
    steps.ExpectClose: _closed,
    steps.ExpectEnd: _ended,
    steps.ExpectGoodbye: lambda _: "Close 1001 and FIN where the server lets views end, any end elsewhere",
    steps.ExpectRelease: lambda step: f"the server lets go of the connection within {step.within:g} s",
    steps.ExpectSameResources: lambda step: (
        "as many of them as before" + (f", or up to {step.slack} more" if step.slack else "")
    ),
    steps.ExpectExit: lambda _: "all processes of the server gone in time",
}


# Events


def describe_event(event: ScriptEvent) -> str:
    """What was seen, in a line."""
    return _EVENTS[type(event)](event)


def describe_end(end: steps.End, within: float | None = None) -> str:
    """How the other side ended the connection, as a sentence."""
    if end is steps.End.NEVER:
        return "the server did not end the connection" + (f" within {within:g} s" if within is not None else "")
    return f"the server ended the connection with {end.value}"


def _answered(event: Answered) -> str:
    return f"the answer {event.status} {event.reason}".rstrip() + (f" ({_first(event.body)})" if event.body else "")


def _first(body: bytes) -> str:
    line = body.decode("utf-8", "replace").strip().partition("\n")[0]
    return line if len(line) <= LONGEST * 2 else line[: LONGEST * 2] + "…"


def _close(event: CloseSeen) -> str:
    words = "Close without a code" if event.code is None else f"Close {event.code}"
    return words + (f" ({event.reason.decode('utf-8', 'replace')})" if event.reason else "")


def _end(event: EndSeen) -> str:
    words = [describe_end(event.how)]
    if event.notified:
        words.append("TLS close_notify came first")
    if event.frames:
        words.append(f"before it {', '.join(_tally(event.frames))}")
    if event.stray:
        words.append(f"before it {describe_octets(event.stray)}")
    return "; ".join(words)


def _tally(names: Iterable[str]) -> Iterator[str]:
    """Names that follow one another and are the same, once with their number."""
    for name, same in groupby(names):
        count = len(tuple(same))
        yield name if count == 1 else f"{count} × {name}"


def _left(event: Left) -> str:
    return (f"{_close(event.close)}; " if event.close is not None else "") + _end(event.end)


def _dropped(event: Dropped) -> str:
    return describe_end(event.end) + (" after its answer, as announced" if event.said else " after its answer")


def _counted(event: Counted) -> str:
    growth = event.now.growth(event.before)
    return ", ".join(f"{name} {getattr(event.now, name)} ({n:+d})" for name, n in growth.items()) or "nothing to count"


def _crowded(event: Crowded) -> str:
    return f"{event.count} conversations" + (f", in one {describe_event(event.wrong)}" if event.wrong else "")


_EVENTS: Mapping[type, Callable[[Any], str]] = {
    Switched: lambda _: "101 Switching Protocols",
    Answered: _answered,
    Garbled: lambda event: f"{event.why} ({describe_octets(event.octets)})",
    Kept: lambda _: "the connection is open",
    Dropped: _dropped,
    EndSeen: _end,
    Left: _left,
    Silence: lambda event: f"nothing in {event.seconds:.1f} s",
    Unreachable: lambda event: f"no connection ({event.why})",
    Released: lambda event: "the server " + ("still holds" if event.done is False else "let go of") + " the connection",
    Gone: lambda event: f"the server {'gone' if event.done else 'still there'} after {event.seconds:.1f} s",
    Counted: _counted,
    Crowded: _crowded,
    Message: _message,
    Pong: lambda _: "a pong",
    CloseSeen: _close,
    Fault: lambda event: event.what,
}
