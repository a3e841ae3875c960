"""The steps of a clause's conversation: actions of a client, and what it expects to see next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = [
    "Action",
    "Close",
    "Disconnect",
    "ExpectClose",
    "ExpectEnd",
    "ExpectJson",
    "ExpectMessage",
    "ExpectNotes",
    "ExpectNumbered",
    "ExpectPong",
    "ExpectResponse",
    "ExpectSilence",
    "ExpectUpgrade",
    "Expectation",
    "On",
    "Ping",
    "Pong",
    "Request",
    "Send",
    "SendFragment",
    "SendNumbered",
    "Step",
]

# Actions


@dataclass(frozen=True, slots=True)
class Request:
    """Send a request on a new connection; cookies that were set by earlier answers come along.

    Attributes:
        path: of the view, with its query.
        websocket: it is an opening handshake.
        method: of a plain request.
        headers: more fields.
        subprotocols: those that are offered.
        origin: what the field Origin says; by default the site's own, as from a page of the site, and "" leaves
            it out.
        body: of a plain request.
        http: the version of HTTP of a plain request, 1.1 or 1.0.
    """

    path: str
    websocket: bool = True
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    subprotocols: tuple[str, ...] = ()
    origin: str | None = None
    body: bytes = b""
    http: str = "1.1"


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message: str as text, bytes as binary.

    Attributes:
        fragments: frames to cut it into.
    """

    message: str | bytes
    fragments: int = 1


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
class Ping:
    """Send a Ping."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Pong:
    """Send a Pong that nobody asked for."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Close:
    """Send a Close frame; None is one without a code."""

    code: int | None = 1000
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """End the connection without a Close frame.

    Attributes:
        reset: by RST, as a machine does that has forgotten the connection; else by FIN.
    """

    reset: bool = False


@dataclass(frozen=True, slots=True)
class SendNumbered:
    """Send so many text messages, "0", "1" and so on, while the next steps are taken.

    Attributes:
        pings: they are the payloads of Pings, and no messages.
    """

    count: int
    pings: bool = False


# Expectations


@dataclass(frozen=True, slots=True)
class ExpectUpgrade:
    """The opening handshake is answered with 101, and with this subprotocol."""

    subprotocol: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectResponse:
    """An HTTP answer, be it to a plain request or to an opening handshake that is refused.

    Attributes:
        statuses: any of these.
        headers: fields that it must have.
        contains: what the body must have in it, whatever the case of its letters.
        body: all of the body; None for any.
    """

    statuses: tuple[int, ...] = (200,)
    headers: tuple[tuple[str, str], ...] = ()
    contains: tuple[str, ...] = ()
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class ExpectMessage:
    """A message: str is text, bytes is binary."""

    message: str | bytes


@dataclass(frozen=True, slots=True)
class ExpectJson:
    """A text message that is this value in JSON; of an object, at least these fields."""

    value: object


@dataclass(frozen=True, slots=True)
class ExpectPong:
    """A Pong."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class ExpectNumbered:
    """Messages "name:number" from several senders of the view: of each all numbers from 0 on, in order.

    Pongs may come between them.

    Attributes:
        count: messages of each sender.
    """

    senders: tuple[str, ...]
    count: int
    within: float = 120.0


@dataclass(frozen=True, slots=True)
class ExpectClose:
    """A Close frame; it is answered if we have sent none.

    Attributes:
        codes: any of these; None is one without a code. Empty: whatever comes.
        reason: None for any.
    """

    codes: tuple[int | None, ...] = (1000,)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectEnd:
    """The end of the connection, and nothing before it."""

    within: float | None = None


@dataclass(frozen=True, slots=True)
class ExpectSilence:
    """Nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ExpectNotes:
    """The views of this clause have ended, and have written down at least these notes.

    A view that lets an exception through notes it as "raised"; that it did not is `"raised": None`.
    """

    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    within: float | None = None


@dataclass(frozen=True, slots=True)
class On:
    """A step on another connection; the first one is number 1."""

    connection: int
    step: Step


Action = Request | Send | SendFragment | SendNumbered | Ping | Pong | Close | Disconnect
Expectation = (
    ExpectUpgrade
    | ExpectResponse
    | ExpectMessage
    | ExpectJson
    | ExpectNumbered
    | ExpectPong
    | ExpectClose
    | ExpectEnd
    | ExpectSilence
    | ExpectNotes
)
Step = Action | Expectation | On
