"""Reads the head of an HTTP response: as a lenient client takes it, and by the rules that a server must follow.

What a rule forbids is a `HeadFault`; it is found in the octets as they came, before anything is put right. The same
head can still be read, so that a connection with a malformed head can be used. Octets above ASCII are legal in values
and reason phrases (obs-text, RFC 9110 section 5.5) and never decoded as UTF-8.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

__all__ = [
    "Asked",
    "HeadFault",
    "HeadRule",
    "accept_value",
    "fields",
    "head_faults",
    "opening_faults",
    "quoted",
    "status_code",
    "status_line",
]

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
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class HeadRule(Enum):
    """What the head of a 101 must keep to."""

    GRAMMAR = "a head that follows the HTTP grammar"
    NO_CONTENT = "no Content-Length and no Transfer-Encoding"
    ONCE = "at most one Sec-WebSocket-Accept and one Sec-WebSocket-Protocol field"
    STATUS = "the status code 101"
    UPGRADE = "the field Upgrade: websocket"
    CONNECTION = "a Connection field with the option Upgrade"
    ACCEPT = "the Sec-WebSocket-Accept value that belongs to the key"
    SUBPROTOCOL = "no subprotocol, or one that was offered"


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


@dataclass(frozen=True, slots=True)
class Asked:
    """The part of a request on which its answer depends.

    Attributes:
        key: the value of Sec-WebSocket-Key.
        subprotocols: the offered ones.
        added: the ones that are offered in every request, since the user of the suite wants that.
    """

    key: str = ""
    subprotocols: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


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
    """Return the rules of HTTP that the head of a 101 breaks, in the order of the head.

    Args:
        head: status line and fields as they came, with or without the empty line.
    """
    return (*_line_ends(head), *_grammar(head), *_content(head), *_repeated(head))


def opening_faults(head: bytes, asked: Asked) -> tuple[HeadFault, ...]:
    """Return the rules of the opening handshake that the head of an answer breaks (RFC 6455 section 4.2.2).

    A client must fail the connection because of each of them (section 4.1).
    """
    if (status := status_code(head)) != 101:
        what = "no status code" if status is None else f"the status {status}"
        return (HeadFault(HeadRule.STATUS, what, "6455-4.2.2-14"),)
    return (*_upgrade(head), *_connection(head), *_accept(head, asked.key), *_subprotocol(head, asked.subprotocols))


def accept_value(key: str) -> str:
    """Return the Sec-WebSocket-Accept value for a key."""
    return base64.b64encode(hashlib.sha1(key.encode("latin-1") + _GUID, usedforsecurity=False).digest()).decode()


def _line_ends(head: bytes) -> Iterator[HeadFault]:
    if _BARE_LF.search(head):
        yield HeadFault(HeadRule.GRAMMAR, "a line that ends with LF instead of CR LF", "9112-2.1-1")
    if _BARE_CR.search(head):
        yield HeadFault(HeadRule.GRAMMAR, "a CR without LF", "9112-2.2-4")


def _grammar(head: bytes) -> Iterator[HeadFault]:
    first, *lines = _LINE_END.split(head)
    if not _STATUS_LINE.fullmatch(first):
        yield HeadFault(HeadRule.GRAMMAR, f"a malformed status line, {quoted(first)}", "9112-4-1")
    for line in filter(None, lines):
        if fault := _fault_of_line(line):
            what, clause = fault
            yield HeadFault(HeadRule.GRAMMAR, f"{what}, {quoted(line)}", clause)


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


def _values(head: bytes, name: bytes) -> list[bytes]:
    return [value for found, value in fields(head) if found.lower() == name]


def _upgrade(head: bytes) -> Iterator[HeadFault]:
    values = _values(head, b"upgrade")
    if not values:
        yield HeadFault(HeadRule.UPGRADE, "no Upgrade field", "6455-4.2.2-15")
    elif values[0].lower() != b"websocket":
        yield HeadFault(HeadRule.UPGRADE, f"the Upgrade value {quoted(values[0])}", "6455-4.2.2-15")


def _connection(head: bytes) -> Iterator[HeadFault]:
    values = _values(head, b"connection")
    options = [option.strip(_BLANKS).lower() for value in values for option in value.split(b",")]
    if not values:
        yield HeadFault(HeadRule.CONNECTION, "no Connection field", "6455-4.2.2-16")
    elif b"upgrade" not in options:
        what = f"the Connection value {quoted(b', '.join(values))}, without Upgrade"
        yield HeadFault(HeadRule.CONNECTION, what, "6455-4.2.2-16")


def _accept(head: bytes, key: str) -> Iterator[HeadFault]:
    values, right = _values(head, b"sec-websocket-accept"), accept_value(key)
    if not values:
        yield HeadFault(HeadRule.ACCEPT, "no Sec-WebSocket-Accept field", "6455-4.2.2-17")
    elif right.encode() not in values:  # that there are several is a fault by itself
        what = f"the Sec-WebSocket-Accept value {quoted(values[0])} instead of {right!r}"
        yield HeadFault(HeadRule.ACCEPT, what, "6455-4.2.2-17")


def _subprotocol(head: bytes, offered: tuple[str, ...]) -> Iterator[HeadFault]:
    for value in _values(head, b"sec-websocket-protocol")[:1]:
        if not offered:
            what, clause = f"the subprotocol {quoted(value)}, although none was offered", "6455-4.2.2-9"
        elif value.decode("latin-1") in offered:
            continue
        elif not _TOKEN.fullmatch(value):
            what, clause = f"the Sec-WebSocket-Protocol value {quoted(value)}, which is not one token", "6455-4.2.2-10"
        else:
            what, clause = f"the subprotocol {quoted(value)}, which was not offered", "6455-4.2.2-8"
        yield HeadFault(HeadRule.SUBPROTOCOL, what, clause)


def _name(name: bytes) -> str:
    return "-".join(
        {"websocket": "WebSocket"}.get(part, part.capitalize()) for part in name.decode().lower().split("-")
    )


def quoted(line: bytes) -> str:
    """Return the beginning of a line as a literal, which is harmless whatever is in it."""
    return repr(line[:QUOTED])[1:] + (" …" if len(line) > QUOTED else "")
