"""Clauses and what was seen of them in words. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from wsconform.contract import steps
from wsconform.contract.events import (
    Answered,
    ApiEvent,
    CloseHeard,
    Counted,
    EndSeen,
    Heard,
    Noted,
    PongHeard,
    Silence,
    Switched,
    Violated,
)
from wsconform.contract.model import ApiClause
from wsconform.contract.sites import SITES

__all__ = ["describe_clause", "describe_event", "describe_step", "in_steps", "is_action", "under"]

_BINARY = re.compile(rb"[^ -~\s]")
BRIEF = 60  # characters that are shown of a message that is part of a clause
LONGEST = 300  # and of what came
LONGEST_NAME = 20  # letters of a sender's name
_ACTIONS = (
    steps.Request,
    steps.Send,
    steps.SendFragment,
    steps.Ping,
    steps.Pong,
    steps.Close,
    steps.Disconnect,
    steps.SendNumbered,
)


def describe_clause(clause: ApiClause) -> list[str]:
    """The sentence, where it is written, and the conversation, as lines of text."""
    lines = [f"[{clause.id}] {clause.title}", f"  ({under(clause)})"]
    lines += [f"  {'>' if is_action(step) else '<'} {describe_step(step)}" for step in clause.steps]
    if clause.silent:
        lines.append("  = the server's log does not complain")
    for basis in clause.bases:
        lines.append(f"  {basis.document.strength.value}: {basis.document.title}, {basis.place}")
    return lines if clause.bases else [*lines, "  ours: README of the reference"]


def under(clause: ApiClause) -> str:
    """The settings that it is played under."""
    return f"site {clause.site}: {SITES[clause.site].summary}"


def in_steps(clause: ApiClause, *, actions: bool) -> tuple[str, ...]:
    """The actions or else the awaited steps, each with its number in the whole."""
    steps = enumerate(clause.steps, 1)
    return tuple(f"{n}. {describe_step(step)}" for n, step in steps if is_action(step) is actions)


def is_action(step: steps.Step) -> bool:
    """Whether the step does something, and awaits nothing."""
    return isinstance(step.step if isinstance(step, steps.On) else step, _ACTIONS)


def describe_step(step: steps.Step) -> str:
    """A step in a line; of an awaited one, what is awaited."""
    return _STEPS[type(step)](step)


def _ask(step: steps.Request) -> str:
    words = f"{'opening handshake for' if step.websocket else step.method} {step.path}"
    words += " by HTTP/1.0" if step.http == "1.0" else ""
    words += "".join(f", {name}: {value}" for name, value in step.headers)
    if step.subprotocols:
        words += f", subprotocols {', '.join(step.subprotocols)}"
    if step.origin is not None:
        words += f", origin {step.origin}" if step.origin else ", without Origin"
    return words + (f", body {_shown(step.body)}" if step.body else "")


def _answer(step: steps.ExpectResponse) -> str:
    words = f"HTTP {' or '.join(map(str, step.statuses))}"
    words += "".join(f" with {name}: {value}" for name, value in step.headers)
    words += "".join(f", in the body {_shown(part)}" for part in step.contains)
    return words + (f", body {_shown(step.body)}" if step.body is not None else "")


def _say(step: steps.Send) -> str:
    return f"message {_shown(step.message)}" + (f" in {step.fragments} fragments" if step.fragments > 1 else "")


def _fragment(step: steps.SendFragment) -> str:
    place = "first" if step.first else "last" if step.last else "next"
    return f"{place} fragment {_shown(step.part)}"


def _close(step: steps.Close) -> str:
    return f"Close {step.code or 'without a code'}" + (f" {step.reason!r}" if step.reason else "")


def _closed(step: steps.ExpectClose) -> str:
    words = " or ".join("without a code" if code is None else str(code) for code in step.codes)
    return f"Close {words}".rstrip() + (f" {step.reason!r}" if step.reason is not None else "")


def _numbered(step: steps.ExpectNumbered) -> str:
    return f"{step.count:,} numbered messages of each of {', '.join(map(_name, step.senders))}, in order"


def _notes(step: steps.ExpectNotes) -> str:
    return "the end of the view" + (f", which notes {_values(step.values)}" if step.values else "")


def _opened(step: steps.ExpectUpgrade) -> str:
    return "101" + (f" with the subprotocol {step.subprotocol}" if step.subprotocol else "")


_STEPS: Mapping[type, Callable[[Any], str]] = {
    steps.Request: _ask,
    steps.Send: _say,
    steps.SendFragment: _fragment,
    steps.Ping: lambda step: f"Ping {_shown(step.payload)}",
    steps.Pong: lambda step: f"unsolicited Pong {_shown(step.payload)}",
    steps.Close: _close,
    steps.Disconnect: lambda step: f"the client ends TCP with {'RST' if step.reset else 'FIN'}, without Close",
    steps.SendNumbered: lambda step: (
        f"{step.count:,} {'Pings' if step.pings else 'numbered messages'}, while the rest goes on"
    ),
    steps.ExpectUpgrade: _opened,
    steps.ExpectResponse: _answer,
    steps.ExpectMessage: lambda step: f"message {_shown(step.message)}",
    steps.ExpectJson: lambda step: f"message in JSON {_values(step.value)}",
    steps.ExpectPong: lambda step: f"Pong {_shown(step.payload)}",
    steps.ExpectNumbered: _numbered,
    steps.ExpectClose: _closed,
    steps.ExpectEnd: lambda _: "end of the connection",
    steps.ExpectSilence: lambda step: f"nothing for {step.seconds:g} s",
    steps.ExpectNotes: _notes,
    steps.On: lambda step: f"(connection {step.connection}) {describe_step(step.step)}",
}


def describe_event(event: ApiEvent) -> str:
    """What was seen, in a line."""
    return _EVENTS[type(event)](event)


def _answered(event: Answered) -> str:
    return f"HTTP {event.status}" + (f", body {_shown(event.body, LONGEST)}" if event.body else "")


def _noted(event: Noted) -> str:
    return f"{'notes' if event.ended else 'the view had not ended; notes'} {_values(dict(event.values))}"


def _close_heard(event: CloseHeard) -> str:
    return f"Close {event.code or 'without a code'}" + (f" {event.reason!r}" if event.reason else "")


def _counted(event: Counted) -> str:
    words = ", ".join(f"{count:,} of {_name(name)}" for name, count in event.counts.items()) or "none"
    return words + (f", then {event.instead}" if event.instead else "")


_EVENTS: Mapping[type, Callable[[Any], str]] = {
    Switched: lambda event: "101" + (f" with the subprotocol {event.subprotocol}" if event.subprotocol else ""),
    Answered: _answered,
    Heard: lambda event: f"message {_shown(event.message, LONGEST)}",
    PongHeard: lambda event: f"Pong {_shown(event.payload, LONGEST)}",
    CloseHeard: _close_heard,
    EndSeen: lambda event: f"end of the connection by {event.how}",
    Silence: lambda event: f"nothing within {event.seconds:.3g} s",
    Violated: lambda event: f"a violation of the protocol ({event.what})",
    Noted: _noted,
    Counted: _counted,
}


def _name(sender: str) -> str:
    """A sender's name; some are long, to make long messages."""
    return sender if len(sender) <= LONGEST_NAME else f"{sender[:LONGEST_NAME]}… ({len(sender):,} letters)"


def _shown(message: str | bytes, most: int = BRIEF) -> str:
    if isinstance(message, bytes) and message.isascii() and not _BINARY.search(message):
        return f"b{_shown(message.decode(), most)}"
    shown = json.dumps(message, ensure_ascii=False) if isinstance(message, str) else f"0x{message[:most].hex()}"
    return f"{shown[:most]}… ({len(message):,} in all)" if len(message) > most else shown


def _values(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=lambda mapping: dict(mapping))
    return f"{text[:LONGEST]}…" if len(text) > LONGEST else text
