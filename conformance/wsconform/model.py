"""The vocabulary that all kinds of case share: verdicts, clauses, frames, messages and payloads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from math import lcm
from typing import Literal

__all__ = [
    "Clause",
    "Excerpt",
    "Fault",
    "Fill",
    "Frame",
    "Judgement",
    "KiB",
    "Level",
    "Message",
    "MiB",
    "Opcode",
    "OpenFrame",
    "Parity",
    "Payload",
    "Pong",
    "Side",
    "Split",
    "Verdict",
    "same",
]

KiB, MiB = 2**10, 2**20


class Opcode(IntEnum):
    """What a frame is (RFC 6455 section 5.2)."""

    CONTINUATION, TEXT, BINARY = 0x0, 0x1, 0x2
    CLOSE, PING, PONG = 0x8, 0x9, 0xA


class Level(Enum):
    """How strongly the clause is worded that a case stands on."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Verdict(Enum):
    """What is said of one case. Silence is never a pass."""

    PASS = "pass"
    NON_STRICT = "non-strict"  # a SHOULD is broken, or the second-best legal way was taken
    FAIL = "fail"
    INFO = "info"  # nothing in the text decides
    DECLINED = "declined"  # an optional feature was offered and not taken
    CRASH = "crash"  # the server was dead afterwards
    HARNESS_ERROR = "harness-error"  # the suite failed; nothing can be said of the peer


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence of an RFC, in our words.

    Attributes:
        id: such as ``6455-5.2-2``: RFC, section, number within the section.
        level: as the RFC words it; lower case where it speaks without capitals.
    """

    id: str
    section: str
    level: str
    text: str


# Payloads


@dataclass(frozen=True, slots=True)
class Fill:
    """A payload of ``size`` octets repeating ``pattern``, built only when it is sent.

    Listing the catalogue so costs nothing, and masking 16 MiB costs as much as copying them:
    a repeated pattern under a repeated key is a repeated pattern again.
    """

    pattern: bytes
    size: int

    def __len__(self) -> int:
        return self.size

    def __bytes__(self) -> bytes:
        return self._repeat(self.pattern)

    def masked(self, key: bytes) -> bytes:
        """The payload under a masking key of four octets (RFC 6455 section 5.3)."""
        period = lcm(len(self.pattern), 4)
        unit = self.pattern * (period // len(self.pattern))
        return self._repeat(bytes(octet ^ key[i % 4] for i, octet in enumerate(unit)))

    def equals(self, data: bytes) -> bool:
        """Whether ``data`` is this payload; compared in parts, since building it costs more than comparing."""
        part = self._repeat(self.pattern, min(self.size, len(self.pattern) * (1 << 16)))
        step = len(part) or 1
        return len(data) == self.size and all(part.startswith(data[at : at + step]) for at in range(0, self.size, step))

    def _repeat(self, unit: bytes, size: int | None = None) -> bytes:
        size = self.size if size is None else size
        whole, rest = divmod(size, len(unit))
        return unit * whole + unit[:rest] if rest else unit * whole


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The start of a payload that is not kept whole; ``size`` is that of the whole."""

    start: bytes
    size: int

    def __len__(self) -> int:
        return self.size

    def __bytes__(self) -> bytes:
        return self.start

    def __getitem__(self, part: slice) -> bytes:
        return self.start[part]


Payload = bytes | Fill


# Frames and messages


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, legal or not."""

    opcode: int
    payload: Payload = b""
    fin: bool = True
    rsv: int = 0  # the three bits as a number: 4 is RSV1


@dataclass(frozen=True, slots=True)
class Split:
    """A message in fragments of ``size`` octets.

    A message whose size is a multiple of the fragment size ends in an empty frame, and one that
    fits into a fragment is sent whole: Autobahn's way, kept because its cases count on it.
    """

    opcode: int
    payload: Payload
    size: int


@dataclass(frozen=True, slots=True)
class OpenFrame:
    """The header of a frame whose payload follows in pieces."""

    opcode: int
    size: int
    fin: bool = True


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message.

    Attributes:
        compressed: it came compressed; None: it did not, or, where one is expected, it may or may not.
    """

    payload: Payload | Excerpt
    binary: bool = False
    compressed: bool | None = None


@dataclass(frozen=True, slots=True)
class Pong:
    """A pong frame."""

    payload: Payload | Excerpt = b""


def same(expected: object, seen: object) -> bool:
    """Whether an event is the expected one; payloads are built where they must be."""
    match expected, seen:
        case Message(a, x, wanted), Message(b, y, compressed):
            return x is y and wanted in (None, compressed) and _same_payload(a, b)
        case Pong(a), Pong(b):
            return _same_payload(a, b)
    return expected == seen


def _same_payload(expected: Payload | Excerpt, seen: Payload | Excerpt) -> bool:
    if isinstance(expected, Fill) and isinstance(seen, bytes):
        return expected.equals(seen)
    return len(expected) == len(seen) and bytes(expected) == bytes(seen)


class Side(Enum):
    """Who starts the closing handshake, or fails the connection."""

    US = "us"
    PEER = "peer"


# Judging


@dataclass(frozen=True, slots=True)
class Fault:
    """The peer broke a rule.

    Attributes:
        code: the close code with which we fail the connection.
        what: a sentence for the reader.
        clause: the clause that is broken.
        close_code: the code of a Close frame that was wrong for its code alone.
    """

    code: int
    what: str
    clause: str
    close_code: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """Our verdict on one play of a case.

    Attributes:
        clauses: the clauses that are broken.
        binding: how a clause of the API contract binds the judged target; None for any other case.
    """

    verdict: Verdict
    reason: str = ""
    clauses: tuple[str, ...] = ()
    binding: Literal["promised", "implied", "ours"] | None = None


@dataclass(frozen=True, slots=True)
class Parity:
    """Autobahn's two grades."""

    behavior: str
    close: str
