"""The vocabulary of a raw case: what is asked, said and awaited below the WebSocket. Knows no socket and no verdict.

A raw case is a tuple of steps. Actions do something to a connection or to the server; awaited steps name the
one thing that must come next. `On` plays a step on another connection than the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wsconform.model import Frame, Message

__all__ = [
    "ANY_END",
    "KEY",
    "REFUSALS",
    "CountResources",
    "Crowd",
    "Disconnect",
    "End",
    "ExpectClose",
    "ExpectEnd",
    "ExpectExit",
    "ExpectGoodbye",
    "ExpectMessage",
    "ExpectPersistence",
    "ExpectRelease",
    "ExpectResponse",
    "ExpectSameResources",
    "ExpectSilence",
    "ExpectUpgrade",
    "Expectation",
    "On",
    "Request",
    "SendRaw",
    "Step",
    "Terminate",
]

#: The masking key of every frame: what is sent is then part of the case.
KEY = bytes.fromhex("37fa213d")
#: Statuses of an answer that refuses.
REFUSALS = range(400, 500)

#: What a step sends: frames, and octets as they are.
Sent = tuple[Frame | bytes, ...]


class End(Enum):
    """How the other side ended a connection."""

    FIN = "FIN"
    RST = "RST"
    NOTIFIED = "TLS close_notify, without FIN"
    NEVER = "not at all"


#: Any end will do.
ANY_END = End.FIN, End.RST, End.NOTIFIED
_ORDERLY = End.FIN, End.NOTIFIED


# Actions


@dataclass(frozen=True, slots=True)
class Request:
    """Send a request; on a new connection, or on the same one where an answer has been read.

    Attributes:
        path: what is asked for.
        websocket: it is an opening handshake (RFC 6455 section 4.1).
        headers: fields beside the necessary ones; they replace those of the same name, and an empty value
            leaves the field out.
        behind: frames or octets that leave with the last octet of the head.
        octet_by_octet: each octet of the head is a segment of its own.
        mute: Pings are not answered on this connection.
    """

    path: str = "/echo"
    websocket: bool = True
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    behind: Sent = ()
    octet_by_octet: bool = False
    mute: bool = False


@dataclass(frozen=True, slots=True)
class SendRaw:
    """Send frames, or octets as they are, in one go."""

    what: Sent


@dataclass(frozen=True, slots=True)
class Disconnect:
    """End our direction of TCP with FIN, or all of it with RST; nothing is said before.

    Attributes:
        unread: wait until something has come, and leave it unread.
    """

    how: End = End.FIN
    unread: bool = False


@dataclass(frozen=True, slots=True)
class ExpectSilence:
    """SendRaw nothing for so many seconds; Pings are answered, and nothing else may come."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Crowd:
    """Hold many conversations, some at once, the ways in turn.

    Attributes:
        count: how many.
        at_once: how many of them at once, if the server can.
        ways: how a conversation goes; the first two steps, a request and its answer, are taken by all first.
        within: seconds for all of them, before scaling.
    """

    count: int
    at_once: int
    ways: tuple[tuple[Step, ...], ...]
    within: float = 60.0


@dataclass(frozen=True, slots=True)
class CountResources:
    """Count the server's threads, descriptors and greenlets; ``ExpectSameResources`` compares with this count."""


@dataclass(frozen=True, slots=True)
class Terminate:
    """SIGTERM to the server's own process."""


# Expectations


@dataclass(frozen=True, slots=True)
class ExpectUpgrade:
    """101 with the right accept value (RFC 6455 section 4.2.2)."""


@dataclass(frozen=True, slots=True)
class ExpectResponse:
    """One complete HTTP answer, framed right, and not an octet behind it.

    Attributes:
        statuses: any of these.
        headers: fields that it must have.
        body: all of its body; None for any.
    """

    statuses: tuple[int, ...] | range = (200,)
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class ExpectPersistence:
    """If the server keeps the connection open after its answer, the case goes on; else it has ended with FIN."""


@dataclass(frozen=True, slots=True)
class ExpectMessage:
    """A message."""

    message: Message


@dataclass(frozen=True, slots=True)
class ExpectClose:
    """A Close frame with one of these codes; None is one without a code."""

    codes: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class ExpectEnd:
    """Not one octet more, then the end of TCP.

    Attributes:
        how: any of these.
        within: seconds, before scaling.
        frames: whole frames may come before the end, anything else may not.
        notified: under TLS, close_notify must come first.
    """

    how: tuple[End, ...] = _ORDERLY
    within: float = 3.0
    frames: bool = False
    notified: bool = False


@dataclass(frozen=True, slots=True)
class ExpectGoodbye:
    """The end, when the server itself goes: Close 1001 first where it says goodbye, any end elsewhere."""


@dataclass(frozen=True, slots=True)
class ExpectRelease:
    """The server no longer holds the connection, although our end of it is open.

    Attributes:
        within: seconds, before scaling.
    """

    within: float = 5.0


@dataclass(frozen=True, slots=True)
class ExpectSameResources:
    """As many threads, descriptors and greenlets as were counted, within a slack; and the same processes."""

    slack: int = 0


@dataclass(frozen=True, slots=True)
class ExpectExit:
    """All processes of the server have gone within the time that it is given for stopping."""


@dataclass(frozen=True, slots=True)
class On:
    """A step on another connection; the first one is number 1."""

    connection: int
    step: Step


Action = Request | SendRaw | Disconnect | Crowd | CountResources | Terminate
Expectation = (
    ExpectUpgrade
    | ExpectResponse
    | ExpectPersistence
    | ExpectMessage
    | ExpectClose
    | ExpectSilence
    | ExpectEnd
    | ExpectGoodbye
    | ExpectRelease
    | ExpectSameResources
    | ExpectExit
)
Step = Action | Expectation | On
