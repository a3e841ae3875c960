"""Describe the steps, events and cases of scripts in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from wsconform.model import Fault, Frame, Message, MiB, Opcode, Pong, Verdict
from wsconform.script import steps
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
    NotConnected,
    NotesRead,
    NumbersSeen,
    Released,
    ResourcesCounted,
    ResponseSeen,
    ScriptTranscript,
    Silence,
    UpgradeSeen,
)
from wsconform.script.model import ScriptCase
from wsconform.wire.log import describe_sent

__all__ = [
    "describe_after",
    "describe_demands",
    "describe_end",
    "describe_event",
    "describe_octets",
    "describe_script",
    "describe_step",
    "lines_of",
    "numbered",
]

BRIEF = 60  # bytes or characters that are shown of a part of a case
LONGEST = 300  # and of received data
LONGEST_NAME = 20  # letters of a sender's name
_BINARY = re.compile(rb"[^ -~\s]")


# Cases


def lines_of(planned: Sequence[steps.Step]) -> list[str]:
    """Return steps as lines of text; ``>`` marks actions, ``<`` expectations."""
    return [f"  {'>' if steps.is_action(step) else '<'} {describe_step(step)}" for step in planned]


def numbered(planned: Sequence[steps.Step], *, actions: bool) -> tuple[str, ...]:
    """Return the actions, or else the expectations, each with its step number."""
    counted = enumerate(planned, 1)
    return tuple(f"{n}. {describe_step(step)}" for n, step in counted if steps.is_action(step) is actions)


def describe_script(case: ScriptCase) -> list[str]:
    """Return a script as lines of text: its steps in order, then its demands on the server."""
    return [f"[{case.id}] {case.title}", *lines_of(case.steps), f"  = {describe_demands(case)}"]


def describe_demands(case: ScriptCase) -> str:
    """Describe the demands of a case on the server after its steps."""
    after = (
        ""
        if case.ends_server
        else "the server releases the connections, keeps its processes and still serves requests; "
    )
    return f"{after}log: {case.log.value}"


def describe_after(seen: ScriptTranscript) -> str:
    """Describe the state of the server after the steps."""
    parts = ["the server was running" if seen.alive else "the server was not running"]
    if seen.serves is not None:
        parts.append(f"and {'served' if seen.serves else 'did not serve'} requests")
    if seen.held:
        parts.append(f"and still held connections from the ports {', '.join(map(str, seen.held))}")
    return " ".join(parts)


# Steps


def describe_step(step: steps.Step) -> str:
    """Describe a step in a line."""
    return _STEPS[type(step)](step)


def _request(step: steps.Request) -> str:
    text = f"{step.method} {step.path or 'the URL'}"
    if step.websocket:
        text = f"opening handshake{f' for {step.path}' if step.path else ''}" + (
            f" by {step.method}" if step.method != "GET" else ""
        )
    text += f" over HTTP/{step.http}" if step.http != "1.1" else ""
    text += "".join(f", without {name}" if value is None else f", {name}: {value}" for name, value in step.headers)
    text += f", subprotocols {', '.join(step.subprotocols)}" if step.subprotocols else ""
    if step.origin is not None:
        text += f", origin {step.origin}" if step.origin else ", without Origin"
    text += f", body {_shown(step.body)}" if step.body else ""
    text += f", followed in the same segment by {_raw(step.trailing)}" if step.trailing else ""
    text += ", sent byte by byte" if step.byte_by_byte else ""
    text += ", with pings left unanswered" if step.mute else ""
    text += f", with a receive buffer of {step.receive_buffer:,} bytes" if step.receive_buffer else ""
    return text + (f", only its first {step.only} bytes" if step.only is not None else "")


def _raw_requests(step: steps.RawRequests) -> str:
    if not step.what and not any("Upgrade" in one for one in step.requests):
        return f"{len(step.requests)} plain requests in one segment"
    text = f"opening handshake{f' {step.what}' if step.what else ''}"
    text += f", followed in the same segment by {_raw(step.trailing)}" if step.trailing else ""
    return text + (f", in segments of {step.segment} bytes" if step.segment > 1 else ", byte by byte" * step.segment)


def _decision(step: steps.ExpectDecision) -> str:
    outcomes = {
        "101": step.accepted,
        "refusal with 4xx": step.refused,
        "another response": step.other,
        "5xx": step.error,
        "end of TCP without a response": step.dropped,
        **({"a malformed response or none": step.unclear} if step.unclear is not Verdict.FAIL else {}),
    }
    by_verdict = {
        verdict: " or ".join(name for name, given in outcomes.items() if given is verdict)
        for verdict in dict.fromkeys(outcomes.values())
    }
    text = by_verdict.pop(Verdict.PASS, "")
    others = ", ".join(f"{verdict.value}: {names}" for verdict, names in by_verdict.items())
    version = "; a refusal names version 13" if step.version else ""
    return (f"{text} ({others})" if text else others) + version


def _raw(what: steps.Raw) -> str:
    parts = [describe_octets(one) if isinstance(one, bytes) else _frame(one) for one in what]
    different = list(dict.fromkeys(parts))
    return ", ".join(f"{parts.count(part)} × {part}" if parts.count(part) > 1 else part for part in different)


def _frame(frame: Frame) -> str:
    if frame.opcode == Opcode.CLOSE and len(frame.payload) > 1:
        return f"CLOSE {int.from_bytes(bytes(frame.payload)[:2], 'big')}"
    return describe_sent(frame)


def _send(step: steps.Send) -> str:
    return f"message {_shown(step.message)}" + (f" in {step.fragments} fragments" if step.fragments > 1 else "")


def _send_fragment(step: steps.SendFragment) -> str:
    place = "first" if step.first else "last" if step.last else "next"
    return f"{place} fragment {_shown(step.part)}"


def _flood(step: steps.Flood) -> str:
    last = f", then {_raw(step.last)}" if step.last else ""
    drain = " (received data is discarded)" if step.drain else ""
    return f"in the background: {step.count:,} times {_raw(step.what)}{last}{drain}"


def _close(step: steps.Close) -> str:
    return f"Close {_code(step.code)}" + (f" {step.reason!r}" if step.reason else "")


def _code(code: int | None) -> str:
    return "without a code" if code is None else str(code)


def _disconnect(step: steps.Disconnect) -> str:
    return f"close TCP with {step.how.value}, " + (
        "leaving the response unread" if step.unread else "without a Close frame"
    )


def _crowd(step: steps.Crowd) -> str:
    ways = f"{len(step.ways)} ways" if len(step.ways) > 1 else "one way"
    return f"{step.count} conversations, {step.at_once} at a time, ended in {ways}"


def _upgrade(step: steps.ExpectUpgrade) -> str:
    text = "101" + (f" with the subprotocol {step.subprotocol}" if step.subprotocol else "")
    return text + (f" with {step.extension} (otherwise the case ends here)" if step.extension else "")


def _response(step: steps.ExpectResponse) -> str:
    allowed = step.statuses
    text = f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else " or ".join(map(str, allowed))
    text = f"HTTP {text}" + "".join(f", {name}: {value}" for name, value in step.headers)
    text += "".join(f", body containing {_shown(part)}" for part in step.contains)
    return text + (f", body {_shown(step.body)}" if step.body is not None else "")


def _expect_close(step: steps.ExpectClose) -> str:
    codes = " or ".join(map(_code, step.codes)) or "with any code or none"
    return f"Close {codes}" + (f" {step.reason!r}" if step.reason is not None else "")


def _expect_numbered(step: steps.ExpectNumbered) -> str:
    return f"{step.count:,} numbered messages from each of {', '.join(map(_name, step.senders))}, in order"


def _expect_end(step: steps.ExpectEnd) -> str:
    ends = " or ".join(end.value for end in step.how if end is not steps.End.NOTIFIED)
    before = "any frames, " if step.frames else "no more bytes, "
    notified = "TLS close_notify, " if step.notified else ""
    return f"{before}{notified}then {ends} within {step.within:g} s"


def _expect_message(step: steps.ExpectMessage) -> str:
    text = f"message {_shown(step.message)}" + (f" within {step.within:g} s" if step.within else "")
    return text + (f", read with a pause of {step.pause:g} s after each 256 KiB" if step.pause else "")


def _same_resources(step: steps.ExpectSameResources) -> str:
    return "no more threads, descriptors and greenlets than before" + (
        f" (up to {step.slack} allowed)" if step.slack else ""
    )


def _expect_notes(step: steps.ExpectNotes) -> str:
    return "the view ends" + (f" and has noted {_values(step.values)}" if step.values else "")


_STEPS: Mapping[type, Callable[[Any], str]] = {
    steps.Request: _request,
    steps.RawRequests: _raw_requests,
    steps.Send: _send,
    steps.SendFragment: _send_fragment,
    steps.SendNumbered: lambda step: (
        f"in the background: {step.count:,} {'pings' if step.pings else 'numbered messages'}"
    ),
    steps.SendRaw: lambda step: _raw(step.what),
    steps.Flood: _flood,
    steps.Ping: lambda step: f"Ping {_shown(step.payload)}",
    steps.Pong: lambda step: f"unsolicited Pong {_shown(step.payload)}",
    steps.Close: _close,
    steps.Disconnect: _disconnect,
    steps.Crowd: _crowd,
    steps.CountResources: lambda _: "count the server's threads, descriptors, greenlets and memory",
    steps.Terminate: lambda _: "SIGTERM to the server",
    steps.ExpectUpgrade: _upgrade,
    steps.ExpectDecision: _decision,
    steps.ExpectResponse: _response,
    steps.ExpectPersistence: lambda _: (
        "connection kept open, or closed as the response announced (then the case ends here)"
    ),
    steps.ExpectMessage: _expect_message,
    steps.ExpectEchoes: lambda step: f"up to {step.count} round trips of a message, each within {step.within:g} s",
    steps.ExpectJson: lambda step: f"JSON message {_values(step.value)}",
    steps.ExpectNumbered: _expect_numbered,
    steps.ExpectPong: lambda step: f"Pong {_shown(step.payload)}",
    steps.ExpectClose: _expect_close,
    steps.ExpectSilence: lambda step: f"nothing for {step.seconds:g} s",
    steps.ExpectEnd: _expect_end,
    steps.AwaitEnd: lambda step: f"the connection ends, or {step.within:g} s pass",
    steps.ExpectGoodbye: lambda _: "Close 1001 and FIN if this server lets views finish, otherwise any end",
    steps.ExpectRelease: lambda step: f"the server releases the connection within {step.within:g} s",
    steps.ExpectSameResources: _same_resources,
    steps.ExpectMemory: lambda step: f"at most {step.most / MiB:.0f} MiB of memory growth at any time",
    steps.ExpectExit: lambda _: "all processes of the server exit in time",
    steps.ExpectNotes: _expect_notes,
    steps.On: lambda step: f"on connection {step.connection}: {describe_step(step.step)}",
}


# Events


def describe_event(event: Event) -> str:
    """Describe an event in a line."""
    return _EVENTS[type(event)](event)


def describe_end(end: steps.End, within: float | None = None) -> str:
    """Describe how the server closed the connection, as a sentence."""
    if end is steps.End.NEVER:
        return "the server did not close the connection" + (f" within {within:g} s" if within is not None else "")
    return f"the server closed the connection with {end.value}"


def _response_seen(event: ResponseSeen) -> str:
    body = event.body.decode("utf-8", "replace")
    return f"HTTP {event.status} {event.reason}".rstrip() + (f", body {_shown(body, LONGEST)}" if body else "")


def _garbled(event: Garbled) -> str:
    return event.why + (f" ({describe_octets(event.octets)})" if event.octets else "")


def _close_seen(event: CloseSeen) -> str:
    reason = event.reason.decode("utf-8", "replace")
    return f"Close {_code(event.code)}" + (f" {reason!r}" if reason else "")


def _end_seen(event: EndSeen) -> str:
    parts = [describe_end(event.how)]
    if event.notified:
        parts.append("TLS close_notify came first")
    if event.frames:
        parts.append(f"after {', '.join(_tally(event.frames))}")
    if event.stray:
        parts.append(f"after {describe_octets(event.stray)}")
    return "; ".join(parts)


def _tally(names: Iterable[str]) -> Iterator[str]:
    """Yield names, with consecutive equal names combined into one with their number."""
    for name, same in groupby(names):
        count = len(tuple(same))
        yield name if count == 1 else f"{count} × {name}"


def _silence(event: Silence) -> str:
    return f"nothing within {event.seconds:.3g} s" + (
        f" except {describe_octets(event.octets)}" if event.octets else ""
    )


def _goodbye(event: Goodbye) -> str:
    return (f"{_close_seen(event.close)}; " if event.close is not None else "") + _end_seen(event.end)


def _dropped(event: Dropped) -> str:
    return describe_end(event.end) + " after its response" + (", as announced" if event.announced else "")


def _resources_counted(event: ResourcesCounted) -> str:
    growth = event.now.growth(event.before)
    return ", ".join(f"{name} {getattr(event.now, name)} ({n:+d})" for name, n in growth.items()) or "nothing to count"


def _memory_used(event: MemoryUsed) -> str:
    if event.growth is None:
        return "memory use that cannot be measured here"
    return f"the server's memory grew by {event.growth / MiB:.1f} MiB"


def _echoes_seen(event: EchoesSeen) -> str:
    slowest = f", the slowest in {event.slowest:.3f} s" if event.count else ""
    return f"{event.count} echoes{slowest}" + (f", then {describe_event(event.instead)}" if event.instead else "")


def _crowd_served(event: CrowdServed) -> str:
    return f"{event.count} conversations" + (f", in one {describe_event(event.wrong)}" if event.wrong else "")


def _numbers_seen(event: NumbersSeen) -> str:
    text = ", ".join(f"{count:,} of {_name(name)}" for name, count in event.counts.items()) or "none"
    return text + (f", then {event.instead}" if event.instead else "")


def _message_seen(event: Message) -> str:
    payload = bytes(event.payload)
    return f"message {_shown(payload if event.binary else payload.decode('utf-8', 'replace'), LONGEST)}"


_EVENTS: Mapping[type, Callable[[Any], str]] = {
    UpgradeSeen: lambda event: "101" + (f" with the subprotocol {event.subprotocol}" if event.subprotocol else ""),
    Declined: lambda event: f"101 without {event.extension}",
    ResponseSeen: _response_seen,
    Garbled: _garbled,
    Kept: lambda _: "the connection is open",
    Dropped: _dropped,
    EndSeen: _end_seen,
    Goodbye: _goodbye,
    Silence: _silence,
    NotConnected: lambda event: f"no connection ({event.why})",
    Released: lambda event: "the server " + ("still held" if event.done is False else "released") + " the connection",
    Exited: lambda event: f"the server {'exited' if event.done else 'was still running'} after {event.seconds:.1f} s",
    ResourcesCounted: _resources_counted,
    MemoryUsed: _memory_used,
    EchoesSeen: _echoes_seen,
    CrowdServed: _crowd_served,
    NumbersSeen: _numbers_seen,
    NotesRead: lambda event: f"{'' if event.ended else 'the view had not ended; '}notes {_values(dict(event.values))}",
    Message: _message_seen,
    Pong: lambda event: f"Pong {_shown(bytes(event.payload), LONGEST)}",
    CloseSeen: _close_seen,
    Fault: lambda event: f"a violation of the protocol ({event.what})",
}


# Text and bytes


def describe_octets(data: bytes) -> str:
    """Describe bytes by their number and start: ``17 bytes: "HTTP/1.1 200 OK…"``."""
    head = data[:BRIEF]
    text = " ⏎ ".join(re.split("\r\n|[\r\n]", head.decode("latin-1")))
    shown = f'"{text}' if text.isprintable() and head.isascii() else f"0x{head.hex()}"
    more = "…" if len(data) > BRIEF else ""
    unit = "byte" if len(data) == 1 else "bytes"
    return f"{len(data)} {unit}: {shown}{more}" + ('"' if shown.startswith('"') else "")


def _shown(message: str | bytes, most: int = BRIEF) -> str:
    """Return text as in JSON; bytes the same with a leading b, or in hex if they are not text."""
    if isinstance(message, bytes) and not _BINARY.search(message):
        return f"b{_shown(message.decode(), most)}"
    if isinstance(message, str):
        shown = json.dumps(message[:most], ensure_ascii=False)[1:-1][:most]
        return f'"{shown}"' + (f" … ({len(message):,} characters in total)" if len(message) > most else "")
    shown = f"0x{message[:most].hex()}"
    return f"{shown} … ({len(message):,} bytes in total)" if len(message) > most else shown


def _values(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=lambda mapping: dict(mapping))
    return f"{text[:LONGEST]}…" if len(text) > LONGEST else text


def _name(sender: str) -> str:
    """Return the name of a sender, shortened: some are long to make long messages."""
    return sender if len(sender) <= LONGEST_NAME else f"{sender[:LONGEST_NAME]}… ({len(sender):,} letters)"
