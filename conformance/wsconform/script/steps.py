"""The steps of a conversation: what a client does, and what it expects to see next.

A case is a tuple of steps. Actions do something on a connection or to the server; each expectation names the one
thing that must come next. `On` puts a step on another connection than the first.

Two clients play them: plain TCP for family W (`wsconform.script.playing`), websocket-client and http.client for
family A (`wsconform.contract.playing`). A step or a field that only one of them can play says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from wsconform.model import Frame

__all__ = [
    "ANY_END",
    "Action",
    "Close",
    "CountResources",
    "Crowd",
    "Disconnect",
    "End",
    "ExpectClose",
    "ExpectEchoes",
    "ExpectEnd",
    "ExpectExit",
    "ExpectGoodbye",
    "ExpectJson",
    "ExpectMemory",
    "ExpectMessage",
    "ExpectNotes",
    "ExpectNumbered",
    "ExpectPersistence",
    "ExpectPong",
    "ExpectRelease",
    "ExpectResponse",
    "ExpectSameResources",
    "ExpectSilence",
    "ExpectUpgrade",
    "Expectation",
    "Flood",
    "On",
    "Ping",
    "Pong",
    "Raw",
    "Request",
    "Send",
    "SendFragment",
    "SendNumbered",
    "SendRaw",
    "Step",
    "Terminate",
    "is_action",
    "on",
    "placed",
]

#: Frames, and bytes as they are.
Raw = tuple[Frame | bytes, ...]


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
    """Send a request.

    On plain TCP a second request goes over the same connection; websocket-client and http.client open a new one,
    and send the cookies that earlier responses have set.

    Attributes:
        path: of the view, with its query.
        websocket: it is an opening handshake (RFC 6455 section 4.1).
        headers: more fields, which replace those of the same name; None as a value leaves the field out.
        subprotocols: those that are offered.
        origin: the field Origin; "" leaves it out, None leaves it to the client: websocket-client says that it is
            from a page of the site itself, on plain TCP there is none.
        http: 1.1 or 1.0; 1.0 only with http.client.
        trailing: frames or bytes that leave in one segment with the head; only on plain TCP.
        byte_by_byte: each byte of the head is a segment of its own; only on plain TCP.
        mute: answer no Ping on this connection; only on plain TCP.
        receive_buffer: bytes that the system keeps for us on this connection until we read them, about; 0: as many
            as it likes.
        only: how many bytes of the request are sent; None: all. Only on plain TCP.
    """

    path: str = "/echo"
    websocket: bool = True
    method: str = "GET"
    headers: tuple[tuple[str, str | None], ...] = ()
    body: bytes = b""
    subprotocols: tuple[str, ...] = ()
    origin: str | None = None
    http: str = "1.1"
    trailing: Raw = ()
    byte_by_byte: bool = False
    mute: bool = False
    receive_buffer: int = 0
    only: int | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message: str as text, bytes as binary.

    Attributes:
        fragments: frames to cut it into.
    """

    message: str | bytes
    fragments: int = 1

    @property
    def parts(self) -> list[bytes]:
        """The payload of each fragment."""
        payload = self.message.encode() if isinstance(self.message, str) else self.message
        size = -(-len(payload) // self.fragments) or 1
        return [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]


@dataclass(frozen=True, slots=True)
class SendFragment:
    """Send one frame of a message whose other frames are other steps, so that something can happen between them.

    Attributes:
        part: str of a text message, bytes of a binary one.
        first: it begins the message.
        last: it ends the message.
    """

    part: str | bytes
    first: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class SendNumbered:
    """Send the text messages "0", "1" and so on while the next steps are taken; only with websocket-client.

    Attributes:
        pings: they are the payloads of Pings instead.
    """

    count: int
    pings: bool = False


@dataclass(frozen=True, slots=True)
class SendRaw:
    """Send frames, and bytes as they are, in one segment; only on plain TCP."""

    what: Raw


@dataclass(frozen=True, slots=True)
class Flood:
    """Send the same frames over and over while the next steps are taken, as fast as the server takes them.

    It ends with the connection, which is then reset.

    Attributes:
        what: what is sent in each round.
        count: rounds.
        last: what is sent behind them.
        drain: receive and forget what comes meanwhile; only on plain TCP. Otherwise nothing is received but by steps.
    """

    what: Raw
    count: int
    last: Raw = ()
    drain: bool = False


@dataclass(frozen=True, slots=True)
class Ping:
    """Send a Ping."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Pong:
    """Send a Pong without having been pinged."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Close:
    """Send a Close frame; without a code if that is None."""

    code: int | None = 1000
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """End the connection without a Close frame.

    Attributes:
        how: by FIN, or by RST, as a machine does that has forgotten the connection.
        unread: wait until something has come, and leave it unread; only on plain TCP.
    """

    how: End = End.FIN
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Crowd:
    """Hold many conversations, some at once, the ways in turn; only on plain TCP.

    Attributes:
        count: how many.
        at_once: how many of them at once, if the server can.
        ways: how a conversation goes; all of them begin with its first two steps, a request and its response.
        within: seconds for all of them, before scaling.
    """

    count: int
    at_once: int
    ways: tuple[tuple[Step, ...], ...]
    within: float = 60.0


@dataclass(frozen=True, slots=True)
class CountResources:
    """Count the server's threads, descriptors, greenlets and memory; only on plain TCP.

    `ExpectSameResources` and `ExpectMemory` compare with it.
    """


@dataclass(frozen=True, slots=True)
class Terminate:
    """SIGTERM to the server's own process; only in family W."""


# Expectations


@dataclass(frozen=True, slots=True)
class ExpectUpgrade:
    """101 with the right accept value (RFC 6455 section 4.2.2) and this subprotocol.

    Attributes:
        extension: without this extension the server has declined it, which ends the case; only on plain TCP.
    """

    subprotocol: str | None = None
    extension: str = ""


@dataclass(frozen=True, slots=True)
class ExpectResponse:
    """A complete HTTP response, to a plain request or to an opening handshake, and nothing behind it.

    Attributes:
        statuses: any of these.
        headers: fields that it must have, and what must be in their values, in any case of letters.
        contains: what must be in its body, in any case of letters.
        body: all of its body; None for any.
    """

    statuses: tuple[int, ...] | range = (200,)
    headers: tuple[tuple[str, str], ...] = ()
    contains: tuple[str, ...] = ()
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class ExpectPersistence:
    """The connection is as the response says: open, or ended by FIN, which ends the case; only on plain TCP."""


@dataclass(frozen=True, slots=True)
class ExpectMessage:
    """A message: str is text, bytes is binary.

    Attributes:
        within: seconds, before scaling; None: as long as for anything else.
        pause: seconds to rest behind each 256 KiB of it; only with websocket-client.
    """

    message: str | bytes
    within: float | None = None
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class ExpectEchoes:
    """Round trips of a short message, one after the other, of which the slowest is recorded; only on plain TCP.

    Attributes:
        count: how many, unless they take longer than that.
        within: seconds for each of them, before scaling.
        apart: seconds between them.
        lasting: seconds after which no further one is begun.
    """

    count: int = 20
    within: float = 2.0
    apart: float = 0.01
    lasting: float = 1.0


@dataclass(frozen=True, slots=True)
class ExpectJson:
    """A text message that is this value in JSON; of an object, at least these fields."""

    value: object


@dataclass(frozen=True, slots=True)
class ExpectNumbered:
    """Messages "name:number" from several senders: of each all numbers from 0 on, in order. Only in family A.

    Pongs may come between them.

    Attributes:
        count: messages of each sender.
        within: seconds for all of them, before scaling.
    """

    senders: tuple[str, ...]
    count: int
    within: float = 120.0


@dataclass(frozen=True, slots=True)
class ExpectPong:
    """A Pong."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class ExpectClose:
    """A Close frame. websocket-client answers it if we have sent none; on plain TCP the answer is a step.

    Attributes:
        codes: any of these; None is a Close without a code. Empty: any code or none.
        reason: None for any.
    """

    codes: tuple[int | None, ...] = (1000,)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectSilence:
    """Nothing for this time but Pings, which are answered."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ExpectEnd:
    """The end of TCP, and not one byte before it.

    Attributes:
        how: any of these.
        within: seconds, before scaling.
        frames: whole frames may come before the end; only on plain TCP.
        notified: under TLS, close_notify must come first; only on plain TCP.
    """

    how: tuple[End, ...] = _ORDERLY
    within: float = 3.0
    frames: bool = False
    notified: bool = False


@dataclass(frozen=True, slots=True)
class ExpectGoodbye:
    """The end, when the server is stopped: after Close 1001 if it lets views end, anyhow if not; only in family W."""


@dataclass(frozen=True, slots=True)
class ExpectRelease:
    """The server no longer holds the connection, although our end of it is open; only in family W.

    Attributes:
        within: seconds, before scaling.
    """

    within: float = 5.0


@dataclass(frozen=True, slots=True)
class ExpectSameResources:
    """As many threads, descriptors and greenlets as were counted, within a slack; only in family W."""

    slack: int = 0


@dataclass(frozen=True, slots=True)
class ExpectMemory:
    """The server's memory has not grown by more than this at any time since `CountResources`; only on plain TCP.

    Attributes:
        most: bytes, of all its processes together.
    """

    most: int


@dataclass(frozen=True, slots=True)
class ExpectExit:
    """All processes of the server have ended within the time that it is given for stopping; only in family W."""


@dataclass(frozen=True, slots=True)
class ExpectNotes:
    """The views of this clause have ended, and have written down at least these notes; only in family A.

    A view that lets an exception through notes it as "raised", and one that does not notes `"raised": None`.

    Attributes:
        within: seconds, before scaling; None: as long as for anything else.
    """

    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    within: float | None = None


@dataclass(frozen=True, slots=True)
class On:
    """A step on another connection; the first one is number 1."""

    connection: int
    step: Action | Expectation


Action = (
    Request
    | Send
    | SendFragment
    | SendNumbered
    | SendRaw
    | Flood
    | Ping
    | Pong
    | Close
    | Disconnect
    | Crowd
    | CountResources
    | Terminate
)
Expectation = (
    ExpectUpgrade
    | ExpectResponse
    | ExpectPersistence
    | ExpectMessage
    | ExpectEchoes
    | ExpectJson
    | ExpectNumbered
    | ExpectPong
    | ExpectClose
    | ExpectSilence
    | ExpectEnd
    | ExpectGoodbye
    | ExpectRelease
    | ExpectSameResources
    | ExpectMemory
    | ExpectExit
    | ExpectNotes
)
Step = Action | Expectation | On


def placed(step: Step) -> tuple[int, Action | Expectation]:
    """The number of the connection that a step is on, and the step itself."""
    return (step.connection, step.step) if isinstance(step, On) else (1, step)


def is_action(step: Step) -> bool:
    """Whether a step does something; otherwise it expects something."""
    return isinstance(placed(step)[1], Action)


def on(connection: int, *taken: Step) -> tuple[Step, ...]:
    """Put steps on another connection."""
    return tuple(On(connection, placed(step)[1]) for step in taken)
