"""Cases played on one connection: the steps, the expected events, and how the connection must end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wsconform.model import Frame, Level, Message, OpenFrame, Payload, Pong, Side, Split, Verdict
from wsconform.wire.head import HeadRule

__all__ = [
    "CLEAN",
    "INVALID_PAYLOAD",
    "PROTOCOL_ERROR",
    "Answer",
    "Await",
    "Case",
    "Chop",
    "Closing",
    "CompressedTrips",
    "Deadline",
    "Echoes",
    "Event",
    "Pause",
    "Piece",
    "RoundTrips",
    "Sample",
    "Step",
    "StillOpen",
    "Tolerance",
]


@dataclass(frozen=True, slots=True)
class Sample:
    """Messages cut from a corpus. Each starts where the previous one ended; the corpus repeats from its start.

    Attributes:
        corpus: its name, see `wsconform.conversation.corpora`.
        size: length of each message, in characters for text and in bytes for binary.
    """

    corpus: str
    size: int


# Steps: what the suite does


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of the payload that ``OpenFrame`` announced."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait. If the connection is still open afterwards, record ``StillOpen(tag)``, or nothing if the tag is empty."""

    tag: str
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Await:
    """Wait until this number of events has been seen on the connection."""

    events: int


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """Send a message and wait for its echo, ``count`` times."""

    payload: Payload
    count: int
    binary: bool = False


@dataclass(frozen=True, slots=True)
class CompressedTrips:
    """Send a message, compressed as negotiated, and wait for its echo, ``count`` times.

    Attributes:
        sample: the source of the messages; its corpus defines if they are text.
        fragment: bytes per fragment, split after compression (RFC 7692 section 6.1); None: one frame.
    """

    sample: Sample
    count: int
    fragment: int | None = None


Step = Frame | Split | OpenFrame | Piece | Pause | Await | RoundTrips | CompressedTrips


# Events: what the suite may see


@dataclass(frozen=True, slots=True)
class StillOpen:
    """The connection was still open at the end of the pause with this tag."""

    tag: str


@dataclass(frozen=True, slots=True)
class Echoes:
    """Some round trips were completed.

    Attributes:
        exact: every byte came back; otherwise only type and length were right.
    """

    count: int
    exact: bool = True


Event = Message | Pong | StillOpen | Echoes


# How the connection must end


@dataclass(frozen=True, slots=True)
class Closing:
    """How the connection must end.

    Attributes:
        by: the side that starts.
        codes: the close codes that the peer may send; a Close without a code is always allowed.
        clean: both sides must have sent a Close frame.
        wrong_side_fails: Autobahn also fails the behavior if the wrong side closes (family 6).
        wrong_code_fails: Autobahn also fails the behavior for a wrong close code (family 7).
        acceptable: codes that Autobahn does not list but no RFC forbids; we grade them non-strict. 1000 in answer to a
            Close that breaks a rule means that the server took it for legal, and fails unless it is here.
        undecided: codes that Autobahn does not list and that are as good by the RFCs; we grade them info.
        still_open: our verdict if the peer should start and the connection is still open at the deadline.
    """

    by: Side
    codes: tuple[int, ...]
    clean: bool = True
    wrong_side_fails: bool = False
    wrong_code_fails: bool = False
    acceptable: tuple[int, ...] = ()
    undecided: tuple[int, ...] = ()
    still_open: Verdict = Verdict.FAIL


CLEAN = Closing(Side.US, (1000,))
PROTOCOL_ERROR = Closing(Side.PEER, (1002,), clean=False)
INVALID_PAYLOAD = Closing(Side.PEER, (1007,), clean=False, wrong_side_fails=True)


class Chop(Enum):
    """How the bytes of the steps are divided into TCP segments."""

    WHOLE = "all at once"
    FRAMES = "frame by frame"
    PAIR_FIRST = "the first two frames together, then frame by frame"
    OCTETS = "byte by byte"


class Answer(Enum):
    """How the peer must respond to the extensions that we offer.

    The response must always fit the offers (RFC 7692 section 7.1).
    """

    FREE = "any response that fits the offers"
    AGREED = "a 101 that accepts one of the offers"  # otherwise the verdict is `declined`
    FIRST = "a 101 that accepts the first acceptable offer"  # a later one is non-strict
    KEPT = "a 101 that accepts an offer and lets us keep our compression window between messages"
    NONE = "a 101 that accepts no extension"  # an HTTP error is non-strict
    NONE_OR_REFUSED = "a 101 that accepts no extension, or an HTTP error"


class Deadline(Enum):
    """What we do if the connection is still open at the deadline of a case.

    Autobahn's cases differ in this, and its close grade depends on it.
    """

    KILL = "kill"  # send Close 1001 and ignore later answers
    CLOSE = "close"  # send an empty Close; later answers count


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Another outcome that is accepted.

    Attributes:
        events: the events of this outcome; empty if none may occur.
        verdict: our verdict on it.
        why: the reason for that verdict, shown in reports.
        parity: Autobahn also accepts this outcome, as NON-STRICT.
        closing: how the connection must end in this outcome; None: as in the case.
        limit: the server closes because of a limit of its own, with a code of ``closing``.
    """

    events: tuple[Event, ...]
    verdict: Verdict
    why: str
    parity: bool = True
    closing: Closing | None = None
    limit: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation on one connection, and the accepted outcomes.

    Attributes:
        id: family and numbers, such as ``5.15``; Autobahn's where the case is Autobahn's.
        clauses: ids of the clauses that a failure breaks, the most relevant first.
        chop: how the bytes are divided into TCP segments; a number is the segment size in bytes.
        closes_when_seen: we close after the expected number of events.
        within: seconds from the end of the last pause to the deadline, before scaling.
        counts_only: Autobahn compares only the type and length of the echo (family 9).
        informational: no clause defines the right behaviour, so every outcome is `info`.
        weight: the share of the peer's capacity that the case takes; 1 is an ordinary case.
        offers: values of Sec-WebSocket-Extensions in our opening handshake, one per field.
        answer: how the peer must respond to them.
        head: rules for the head of the 101 response; empty in cases that do not judge it.
    """

    id: str
    title: str
    send: tuple[Step, ...] = ()
    expect: tuple[Event, ...] = ()
    tolerate: Tolerance | None = None
    closing: Closing = CLEAN
    clauses: tuple[str, ...] = ()
    level: Level = Level.MUST
    chop: Chop | int = Chop.WHOLE
    closes_when_seen: bool = True
    within: float = 1.0
    deadline: Deadline = Deadline.KILL
    counts_only: bool = False
    informational: bool = False
    weight: int = 1
    offers: tuple[str, ...] = ()
    answer: Answer = Answer.FREE
    head: tuple[HeadRule, ...] = ()

    @property
    def family(self) -> str:
        """The first part of the id."""
        return self.id.split(".", 1)[0]

    @property
    def own_server(self) -> bool:
        """Always False: any echo server will do."""
        return False

    @property
    def is_autobahns(self) -> bool:
        """Whether Autobahn has a case with this id."""
        return self.family.isdigit()
