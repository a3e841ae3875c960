"""Cases that are played on one connection: what we send, what may be seen, and how the connection must end."""

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
    """Messages cut from a corpus. Each begins where the one before ended; at its end the corpus starts again.

    Attributes:
        corpus: its name, see `wsconform.conversation.corpora`.
        size: of each message, in characters for text and in octets for binary.
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
    """Wait. If the connection is open afterwards, ``StillOpen(tag)`` is seen, or nothing if the tag is empty."""

    tag: str
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """Send a message and await its echo, ``count`` times."""

    payload: Payload
    count: int
    binary: bool = False


@dataclass(frozen=True, slots=True)
class CompressedTrips:
    """Send a message compressed as agreed and await its echo, ``count`` times.

    Attributes:
        sample: where the messages come from; the corpus says whether they are text.
        fragment: octets of a fragment, cut after compressing (RFC 7692 section 6.1); None: one frame.
    """

    sample: Sample
    count: int
    fragment: int | None = None


Step = Frame | Split | OpenFrame | Piece | Pause | RoundTrips | CompressedTrips


# Events: what the suite may see


@dataclass(frozen=True, slots=True)
class StillOpen:
    """The connection was open when the pause of this tag ended."""

    tag: str


@dataclass(frozen=True, slots=True)
class Echoes:
    """A number of round trips were made.

    Attributes:
        exact: every octet came back; otherwise only type and length were right.
    """

    count: int
    exact: bool = True


Event = Message | Pong | StillOpen | Echoes


# How the connection must end


@dataclass(frozen=True, slots=True)
class Closing:
    """How the connection must end.

    Attributes:
        by: who starts.
        codes: the codes that the peer's Close may carry; a Close without a code is always allowed.
        clean: both Close frames must have been exchanged.
        wrong_side_fails: for Autobahn the behavior fails as well if the wrong side closes (family 6).
        wrong_code_fails: the same for a wrong code (family 7).
        acceptable: codes that Autobahn does not list, but no RFC forbids; we call them non-strict.
    """

    by: Side
    codes: tuple[int, ...]
    clean: bool = True
    wrong_side_fails: bool = False
    wrong_code_fails: bool = False
    acceptable: tuple[int, ...] = ()


CLEAN = Closing(Side.US, (1000,))
PROTOCOL_ERROR = Closing(Side.PEER, (1002,), clean=False)
INVALID_PAYLOAD = Closing(Side.PEER, (1007,), clean=False, wrong_side_fails=True)


class Chop(Enum):
    """How the octets of the steps are cut on the wire."""

    WHOLE = "in one go"
    FRAMES = "frame by frame"
    PAIR_FIRST = "the first two frames in one go, then frame by frame"
    OCTETS = "octet by octet"


class Answer(Enum):
    """What the peer must answer to the extensions that we offer.

    In every case the answer must fit the offers (RFC 7692 section 7.1).
    """

    FREE = "whatever fits the offers"
    AGREED = "one of the offers is accepted"  # the case needs it: without, the verdict is `declined`
    FIRST = "the first offer that may be accepted is accepted"  # a later one is non-strict
    KEPT = "an offer is accepted, and our window carries over from message to message"
    NONE = "101 without the extension"  # a refusal by HTTP is non-strict
    NONE_OR_REFUSED = "101 without the extension, or a refusal by HTTP"


class Deadline(Enum):
    """What we do if the connection is open at the deadline of a case.

    Autobahn's cases differ in this, and its close grade depends on it.
    """

    KILL = "kill"  # send Close 1001 and ignore later answers
    CLOSE = "close"  # send an empty Close; later answers count


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Another outcome that is accepted.

    Attributes:
        events: what is seen in this outcome. If empty, seeing nothing is accepted.
        verdict: our verdict on it.
        why: the reason for that verdict, for the reader.
        parity: Autobahn accepts this outcome as well, and calls it NON-STRICT.
        closing: how the connection must end in this outcome; None: as the case says.
    """

    events: tuple[Event, ...]
    verdict: Verdict
    why: str
    parity: bool = True
    closing: Closing | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What is played on one connection, and the outcomes that are accepted.

    Attributes:
        id: family and numbers, such as ``5.15``; Autobahn's where the case is Autobahn's.
        clauses: ids of the clauses that a failure breaks, the most relevant first.
        chop: how the octets are cut on the wire; a number is octets per segment.
        closes_when_seen: we close once as many events were seen as are expected.
        within: seconds until the deadline, before scaling; counted from the end of the last pause.
        counts_only: Autobahn compares only type and length of the echo (family 9).
        informational: no clause decides the case, whatever happens.
        weight: how much of the peer's capacity the case takes; 1 is an ordinary case.
        offers: values of Sec-WebSocket-Extensions in our opening handshake, one per field.
        answer: how the peer must answer them.
        head: rules that the head of the 101 must keep; other cases are played whatever the head is like.
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
    def is_autobahns(self) -> bool:
        """Whether Autobahn has a case of this id."""
        return self.family.isdigit()
