"""Describe cases and transcripts in words, for `wsconform show` and for reports."""

from __future__ import annotations

from collections.abc import Iterable

from wsconform.conversation.corpora import CORPORA
from wsconform.conversation.model import (
    Await,
    Case,
    Chop,
    Closing,
    CompressedTrips,
    Echoes,
    Event,
    Pause,
    Piece,
    RoundTrips,
    Step,
    StillOpen,
    Tolerance,
)
from wsconform.conversation.transcript import Ending, Limit, TcpEnd
from wsconform.model import Excerpt, Fill, Frame, Message, Opcode, OpenFrame, Payload, Pong, Side, Split, Verdict
from wsconform.wire.log import WireRecord, describe_frame, describe_sent

__all__ = [
    "describe_case",
    "describe_chop",
    "describe_closing",
    "describe_ending",
    "describe_event",
    "describe_expecting",
    "describe_head",
    "describe_sending",
    "describe_step",
    "describe_tolerance",
    "hexdump",
]

LONGEST = 32  # bytes of a payload that are shown
LONGEST_LINE = 120
LONGEST_HEAD = 400  # bytes of a response head that are shown


def describe_payload(payload: Payload | Excerpt) -> str:
    """Return ``"text"``, ``0x…`` or, for a long payload, its start and size."""
    size = len(payload)
    if size == 0:
        return _short(b"")
    if isinstance(payload, Fill):
        return f"{_short(payload.pattern[:LONGEST])} repeated to {size} bytes"
    return _short(payload[:]) if size <= LONGEST else f"{_short(payload[:LONGEST])} … ({size} bytes in total)"


def _short(data: bytes) -> str:
    if data.isascii() and (printable := data.decode()).isprintable():
        return f'"{printable}"'
    return f"0x{data.hex()}"


def describe_step(step: Step) -> str:
    """Describe a step in a line."""
    match step:
        case Frame(Opcode.CLOSE, payload, True, 0, None, None) if len(payload) != 1:
            return f"CLOSE {_close_body(bytes(payload))}".rstrip()
        case Frame(payload=payload):
            header = describe_sent(step)
            return f"{header}: {describe_payload(payload)}" if len(payload) else header
        case Split(opcode, payload, size):
            return f"{Opcode(opcode).name} in fragments of {_bytes(size)}: {describe_payload(payload)}"
        case OpenFrame(opcode, size, fin):
            return f"only the header of {describe_frame(opcode, size, fin=fin, rsv=0)}"
        case Piece(data):
            return f"{_bytes(len(data))} of that frame: {describe_payload(data)}"
        case Await(events):
            return f"wait for {events} event{'s' * (events != 1)}"
        case Pause(tag, seconds):
            return f"pause {tag} of {seconds:g} s" if tag else f"pause of {seconds:g} s"
        case RoundTrips(payload, count, binary):
            kind = "BINARY" if binary else "TEXT"
            return f"{count} × {kind} {len(payload)}, each after the previous echo"
        case CompressedTrips(sample, count, fragment):
            kind = "TEXT" if CORPORA[sample.corpus].is_text else "BINARY"
            cut = f" in fragments of {_bytes(fragment)}" if fragment else ""
            source = f"{kind} {sample.size} from {CORPORA[sample.corpus].title}"
            return f"{count} × {source}, compressed{cut}, each after the previous echo"


def _bytes(count: int) -> str:
    return f"{count} byte{'s' * (count != 1)}"


def _close_body(body: bytes) -> str:
    if not body:
        return "without a code"
    reason = f" {describe_payload(body[2:])}" if len(body) > 2 else ""
    return f"{int.from_bytes(body[:2], 'big')}{reason}"


def describe_event(event: Event) -> str:
    """Describe an event in a line."""
    match event:
        case Message(payload, binary):
            kind = "BINARY" if binary else "TEXT"
            return f"{kind} message {describe_payload(payload)}"
        case Pong(payload):
            return f"PONG {describe_payload(payload)}"
        case StillOpen(tag):
            return f"still open after pause {tag}"
        case Echoes(count, exact):
            return f"{count} echoes" + ("" if exact else " of the right type and length, but with wrong bytes")


def describe_chop(chop: Chop | int) -> str:
    """Describe how the bytes are divided into TCP segments."""
    return chop.value if isinstance(chop, Chop) else f"in TCP segments of {chop} bytes"


def describe_sending(case: Case) -> list[str]:
    """Describe our offers and steps, a line each."""
    offers = (line for offer in case.offers for line in _offer_lines(offer))
    return [*offers, *(describe_step(step) for step in case.send)]


def _offer_lines(offer: str) -> list[str]:
    """Describe a field; long offers take a line each, and very long ones are truncated."""
    if len(offer) < LONGEST_LINE:
        return [f"offer {offer!r}"]
    first, *others = (_cut_off(one) for one in offer.split(", "))
    return [f"offer {first}", *(f"or {other}" for other in others)]


def _cut_off(offer: str) -> str:
    return repr(offer) if len(offer) < LONGEST_LINE else f"{offer[:LONGEST]!r} … ({len(offer)} characters in total)"


def describe_expecting(case: Case) -> list[str]:
    """Describe the expected response and events, a line each."""
    answer = [case.answer.value] if case.offers else []
    head = [f"a 101 with {rule.value}" for rule in case.head]
    return [*head, *answer, *(describe_event(event) for event in case.expect)] or ["no message and no pong"]


def describe_head(head: bytes) -> str:
    """Return the start of a response head as a literal."""
    return repr(head[:LONGEST_HEAD])[1:] + (f" … ({len(head)} bytes in total)" if len(head) > LONGEST_HEAD else "")


def describe_tolerance(tolerance: Tolerance) -> str:
    """Describe the other accepted outcome in a line."""
    ending = [describe_closing(tolerance.closing)] if tolerance.closing else []
    return ", ".join([*map(describe_event, tolerance.events), *ending]) or "no message and no pong"


def describe_closing(closing: Closing) -> str:
    """Describe how the connection must end."""
    codes = " or ".join(map(str, closing.codes))
    if closing.by is Side.PEER:
        patience = "" if closing.still_open is Verdict.FAIL else f" (still open: {closing.still_open.value})"
        return f"the server fails the connection with Close {codes} and closes TCP{patience}"
    bare = " or without a code" if closing.clean else ""
    return f"we send Close; the server answers with Close {codes}{bare} and closes TCP"


def describe_ending(ending: Ending) -> str:
    """Describe how the connection ended."""
    parts = []
    if ending.overdue:
        parts.append(Limit.CASE.value)
    if ending.started_by is Side.US:
        parts.append("we sent Close")
    if ending.received:
        code = "without a code" if ending.code is None else str(ending.code)
        reason = f" {describe_payload(ending.reason)}" if ending.reason else ""
        parts.append(f"the server {'answered with' if ending.started_by is Side.US else 'sent'} Close {code}{reason}")
    if ending.limit is not Limit.NONE:
        parts.append(ending.limit.value)
    parts.append(
        {
            TcpEnd.FIN: "the server closed TCP with FIN",
            TcpEnd.RST: "the server reset TCP (RST)",
            TcpEnd.OURS: "we dropped TCP",
            TcpEnd.NEVER: "there was no TCP connection",
        }[ending.tcp]
    )
    if ending.stray:
        parts.append(f"the server sent {ending.stray_size} bytes after its Close: {describe_payload(ending.stray)}")
    return "; ".join(parts)


def hexdump(records: Iterable[WireRecord]) -> list[str]:
    """Return a wire log as lines of time, direction, description and bytes."""
    return [
        f"{record.at * 1000:9.2f} ms  {'→' if record.by is Side.US else '←'} {record.what:<28} {record.octets.hex(' ')}"
        + (" …" if record.size > len(record.octets) else "")
        for record in records
    ]


def describe_case(case: Case) -> list[str]:
    """Describe the steps and the accepted outcomes, as lines of text."""
    lines = [f"[{case.id}] {case.title}"]
    lines += [f"  > {line}" for line in describe_sending(case)]
    if case.chop is not Chop.WHOLE:
        lines.append(f"    ({describe_chop(case.chop)})")
    lines += [f"  < {line}" for line in describe_expecting(case)]
    if case.tolerate is not None:
        other = describe_tolerance(case.tolerate)
        lines += [f"  ? or {other}", f"    ({case.tolerate.verdict.value}: {case.tolerate.why})"]
    lines.append(f"  = {describe_closing(case.closing)}")
    return lines
