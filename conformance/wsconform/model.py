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
    """The opcode of a frame (RFC 6455 section 5.2)."""

    CONTINUATION, TEXT, BINARY = 0x0, 0x1, 0x2
    CLOSE, PING, PONG = 0x8, 0x9, 0xA


class Level(Enum):
    """The requirement level of the main clause of a case."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Verdict(Enum):
    """The verdict on one case. Silence is never a pass."""

    PASS = "pass"
    NON_STRICT = "non-strict"  # a SHOULD is broken, or the second-best legal behaviour was seen
    FAIL = "fail"
    INFO = "info"  # no clause defines the right behaviour
    DECLINED = "declined"  # an optional feature was offered and not accepted
    CRASH = "crash"  # the server died
    NOT_RUN = "not-run"  # not played, since the peer does not answer the opening handshake as it must
    HARNESS_ERROR = "harness-error"  # the suite failed, so the peer cannot be judged


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence of an RFC, in our words.

    Attributes:
        id: such as ``6455-5.2-2``: RFC, section, number within the section.
        level: as in the RFC; lower case where the RFC uses no capitals.
        binds: who is bound: "server", also if both sides are; "client" or "intermediary" if only they are.
        visible: whether it can be seen from outside that it is broken.
        always: the judge looks at it in every case, so no case needs to name it.
        uncovered: why no case stands on it, although it is mandatory, binds a server and is visible.
    """

    id: str
    section: str
    level: str
    text: str
    binds: str = "server"
    visible: bool = True
    always: bool = False
    uncovered: str = ""


# Payloads


@dataclass(frozen=True, slots=True)
class Fill:
    """A payload of ``size`` bytes that repeats ``pattern``, built only when it is sent.

    So listing the catalogue costs nothing, and masking 16 MiB costs no more than a copy: a repeated pattern under a
    repeated key is again a repeated pattern.
    """

    pattern: bytes
    size: int

    def __len__(self) -> int:
        return self.size

    def __bytes__(self) -> bytes:
        return self._repeat(self.pattern)

    def masked(self, key: bytes) -> bytes:
        """Return the payload masked with a 4-byte key (RFC 6455 section 5.3)."""
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
    """The start of a payload that is not kept whole; ``size`` is the size of the whole."""

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
    """One frame, legal or not.

    Attributes:
        rsv: the three reserved bits as a number: 4 is RSV1.
        key: the masking key; None: a fresh one. Empty: the frame is not masked.
        bits: bits of the payload length: 7, 16 or 64; None: as few as possible.
    """

    opcode: int
    payload: Payload = b""
    fin: bool = True
    rsv: int = 0
    key: bytes | None = None
    bits: int | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """A message in fragments of ``size`` bytes.

    If its size is a multiple of the fragment size, the last fragment is empty; if it fits into one fragment, it is
    sent whole. Autobahn does the same, and its cases depend on it.
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
        compressed: it was sent compressed; None: it was not or, in an expectation, both are accepted.
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
    """One of the two ends of the connection."""

    US = "us"
    PEER = "peer"


# Judging


@dataclass(frozen=True, slots=True)
class Fault:
    """The peer broke a rule.

    Attributes:
        code: the close code with which we fail the connection.
        what: the violation, as the object of "the server sent".
        clause: the clause that is broken.
        close_code: the code of a Close frame whose only fault is its code.
        verdict: our verdict on it.
    """

    code: int
    what: str
    clause: str
    close_code: int | None = None
    verdict: Verdict = Verdict.FAIL


@dataclass(frozen=True, slots=True)
class Judgement:
    """Our verdict on one play of a case.

    Attributes:
        clauses: the clauses that are broken.
        binding: how a clause of the API contract binds the judged target; None for any other case.
        certain: load cannot be the reason: wrong content, a wrong order, a message too many or a wrong code. A
            repetition cannot excuse it.
    """

    verdict: Verdict
    reason: str = ""
    clauses: tuple[str, ...] = ()
    binding: Literal["promised", "implied", "ours"] | None = None
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Parity:
    """Autobahn's two grades."""

    behavior: str
    close: str
