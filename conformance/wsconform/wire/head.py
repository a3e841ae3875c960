"""Reads the head of an HTTP response: as a lenient client takes it, and by the rules that a server must follow.

What a rule forbids is a `HeadFault`; it is found in the octets as they came, before anything is put right. The same
head can still be read, so that a connection with a malformed head can be used. Octets above ASCII are legal in values
and reason phrases (obs-text, RFC 9110 section 5.5) and never decoded as UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

__all__ = ["HeadFault", "HeadRule", "fields", "head_faults", "status_code", "status_line"]

#: Octets of a faulty line that a sentence quotes.
QUOTED = 60

_LINE_END = re.compile(rb"\r?\n")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_BARE_CR = re.compile(rb"\r(?!\n)")
_STATUS = re.compile(rb"HTTP/\S+[ \t]+(\d{3})(?!\d)")
_STATUS_LINE = re.compile(rb"HTTP/\d\.\d [1-9]\d\d [\t\x20-\x7e\x80-\xff]*")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_BLANKS = b" \t"


class HeadRule(Enum):
    """What the head of a 101 must keep to."""

    GRAMMAR = "a head that follows the HTTP grammar"
    NO_CONTENT = "no Content-Length and no Transfer-Encoding"
    ONCE = "at most one Sec-WebSocket-Accept and one Sec-WebSocket-Protocol field"


@dataclass(frozen=True, slots=True)
class HeadFault:
    """A rule that a head breaks.

    Attributes:
        what: the fault, as the end of a sentence.
        clause: the clause that is broken.
    """

    rule: HeadRule
    what: str
    clause: str


#: Fields that announce content, which a 1xx does not have, with the clause that forbids each.
_OF_CONTENT = {b"content-length": "9110-8.6-1", b"transfer-encoding": "9112-6.1-1"}
#: Fields of which a response has one at most. RFC 6455 has Sec-WebSocket-Extensions here, but erratum 3433 allows it.
_SINGLE = {b"sec-websocket-accept": "6455-11.3.3-1", b"sec-websocket-protocol": "6455-11.3.4-2"}


# Reading what can be read


def status_line(head: bytes) -> bytes:
    """Return the first line of a head; a bare LF ends a line, too (RFC 9112 section 2.2)."""
    return _LINE_END.split(head, maxsplit=1)[0]


def status_code(head: bytes) -> int | None:
    """Return the status code; None if there is none."""
    found = _STATUS.match(head)
    return int(found[1]) if found else None


def fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield names and values without the blanks around them; join folded lines, and skip lines without a colon."""
    unfolded: list[bytes] = []
    for line in _LINE_END.split(head)[1:]:
        if line[:1] not in (b" ", b"\t"):
            unfolded.append(line)
        elif unfolded:
            unfolded[-1] += b" " + line.strip(_BLANKS)
    for line in unfolded:
        name, colon, value = line.partition(b":")
        if colon and name.strip(_BLANKS):
            yield name.strip(_BLANKS), value.strip(_BLANKS)


# Finding what is wrong


def head_faults(head: bytes) -> tuple[HeadFault, ...]:
    """Return the rules that the head of a 101 breaks, in the order of the head.

    Args:
        head: status line and fields as they came, with or without the empty line.
    """
    return (*_line_ends(head), *_grammar(head), *_content(head), *_repeated(head))


def _line_ends(head: bytes) -> Iterator[HeadFault]:
    if _BARE_LF.search(head):
        yield HeadFault(HeadRule.GRAMMAR, "a line that ends with LF instead of CR LF", "9112-2.1-1")
    if _BARE_CR.search(head):
        yield HeadFault(HeadRule.GRAMMAR, "a CR without LF", "9112-2.2-4")


def _grammar(head: bytes) -> Iterator[HeadFault]:
    first, *lines = _LINE_END.split(head)
    if not _STATUS_LINE.fullmatch(first):
        yield HeadFault(HeadRule.GRAMMAR, f"a malformed status line, {_quoted(first)}", "9112-4-1")
    for line in filter(None, lines):
        if fault := _fault_of_line(line):
            what, clause = fault
            yield HeadFault(HeadRule.GRAMMAR, f"{what}, {_quoted(line)}", clause)


def _fault_of_line(line: bytes) -> tuple[str, str] | None:
    """Return what is wrong with a line after the status line, and the clause that it breaks."""
    if line[:1] in (b" ", b"\t"):
        return "a folded line", "9112-5.2-2"
    name, colon, value = line.partition(b":")
    if not colon:
        return "a line without a colon", "9112-5-1"
    if name != name.rstrip(_BLANKS):
        return "a space before the colon", "9112-5.1-2"
    if not _TOKEN.fullmatch(name):
        return "a field name that is not a token", "9110-5.1-1"
    # A CR has been reported by itself.
    if not _VALUE.fullmatch(value.replace(b"\r", b"")):
        return "a control character in a field value", "9110-5.5-1"
    return None


def _content(head: bytes) -> Iterator[HeadFault]:
    for name, _ in fields(head):
        if clause := _OF_CONTENT.get(name.lower()):
            yield HeadFault(HeadRule.NO_CONTENT, f"{_name(name)}, although a 101 has no content", clause)


def _repeated(head: bytes) -> Iterator[HeadFault]:
    names = [name.lower() for name, _ in fields(head)]
    for name, clause in _SINGLE.items():
        if (times := names.count(name)) > 1:
            yield HeadFault(HeadRule.ONCE, f"{_name(name)} {times} times", clause)


def _name(name: bytes) -> str:
    return "-".join(
        {"websocket": "WebSocket"}.get(part, part.capitalize()) for part in name.decode().lower().split("-")
    )


def _quoted(line: bytes) -> str:
    """Return the beginning of a line as a literal, which is harmless whatever is in it."""
    return repr(line[:QUOTED])[1:] + (" …" if len(line) > QUOTED else "")
