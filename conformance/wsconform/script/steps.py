"""The steps of a conversation: actions of a client, and expectations about the next event.

A case is a tuple of steps. Actions do something on a connection or to the server; each expectation names the only
event that may come next. `On` moves a step to another connection than the first.

Two clients play them: plain TCP for families W and R (`wsconform.script.playing`), websocket-client and http.client
for family A (`wsconform.contract.playing`). The docstrings mark steps and fields that only one of them supports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from wsconform.model import Frame, Verdict

__all__ = [
    "ANY_END",
    "Action",
    "AwaitEnd",
    "Close",
    "CountResources",
    "Crowd",
    "Disconnect",
    "End",
    "ExpectClose",
    "ExpectDecision",
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
    "RawRequests",
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
    """How the server closed a connection."""

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
        path: of the view, with its query; empty: the path of the URL under test.
        websocket: it is an opening handshake (RFC 6455 section 4.1).
        headers: additional fields, which replace fields with the same name; None as a value omits the field.
        subprotocols: the offered subprotocols.
        origin: the Origin field; "" omits it. None: websocket-client sends the origin of the site, plain TCP none.
        http: 1.1 or 1.0; 1.0 only with http.client.
        trailing: frames or bytes in the same segment as the head; only on plain TCP.
        byte_by_byte: send each byte of the head in its own segment; only on plain TCP.
        mute: leave all pings on this connection unanswered; only on plain TCP.
        receive_buffer: approximate size of the connection's receive buffer in bytes; 0: the default of the system.
        only: number of bytes of the request to send; None: all. Only on plain TCP.
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
class RawRequests:
    """Send requests as they are written, legal or not; only on plain TCP.

    Each is text in Latin-1. In it, ``{target}``, ``{host}`` and ``{key}`` stand for the request target of the echo, the
    value of Host, and a fresh Sec-WebSocket-Key; ``{additions}`` for the field lines that the server wants to see,
    each with its end; ``{more}`` for the character that adds a parameter to the target.

    Attributes:
        requests: at least one; their responses are expected one after the other.
        what: describes what is special, after "opening handshake".
        trailing: frames or bytes in the same segment.
        segment: the size of TCP segments in bytes; 0: all in one.
        keys: the values to which Sec-WebSocket-Accept may belong, with ``{}`` for the fresh key; empty: only that.
        subprotocols: the offered subprotocols, if the text offers some.
    """

    requests: tuple[str, ...]
    what: str = ""
    trailing: Raw = ()
    segment: int = 0
    keys: tuple[str, ...] = ()
    subprotocols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message: str as text, bytes as binary.

    Attributes:
        fragments: number of frames to split it into.
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
    """Send one frame of a message; other steps send its other frames, so that something can happen in between.

    Attributes:
        part: str for a text message, bytes for a binary one.
        first: this is the first frame of the message.
        last: this is the last frame of the message.
    """

    part: str | bytes
    first: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class SendNumbered:
    """Send the text messages "0", "1" and so on during the next steps; only with websocket-client.

    Attributes:
        pings: send pings with these payloads instead.
    """

    count: int
    pings: bool = False


@dataclass(frozen=True, slots=True)
class SendRaw:
    """Send frames and raw bytes in one segment; only on plain TCP."""

    what: Raw


@dataclass(frozen=True, slots=True)
class Flood:
    """Send the same frames repeatedly during the next steps, as fast as the server reads them.

    It ends with the connection, which is then reset.

    Attributes:
        what: the frames of each round.
        count: number of rounds.
        last: the frames after the last round.
        drain: also receive and discard data; only on plain TCP. Otherwise only other steps receive.
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
    """Send an unsolicited pong."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Close:
    """Send a Close frame; a code of None omits the code."""

    code: int | None = 1000
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """End the connection without a Close frame.

    Attributes:
        how: FIN or RST; a machine that has lost the connection sends RST.
        unread: first wait until data has arrived, and leave it unread; only on plain TCP.
    """

    how: End = End.FIN
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Crowd:
    """Hold many conversations, several at a time, in alternating ways; only on plain TCP.

    In cases that need a server of ours, the server must release the connections of each group before the next one.

    Attributes:
        count: total number.
        at_once: number of simultaneous conversations, if the server can hold as many.
        ways: the steps of each way; all of them start with a request and its response.
        within: seconds for all of them, before scaling.
    """

    count: int
    at_once: int
    ways: tuple[tuple[Step, ...], ...]
    within: float = 60.0


@dataclass(frozen=True, slots=True)
class CountResources:
    """Count the server's threads, descriptors, greenlets and memory; only on plain TCP.

    `ExpectSameResources` and `ExpectMemory` compare with this count.
    """


@dataclass(frozen=True, slots=True)
class Terminate:
    """Send SIGTERM to the server's main process; only in family W."""


# Expectations


@dataclass(frozen=True, slots=True)
class ExpectUpgrade:
    """101 with the right accept value (RFC 6455 section 4.2.2) and this subprotocol.

    Attributes:
        subprotocol: None: no subprotocol, or one of those that the user of the suite has asked for.
        extension: the server must also accept this extension; otherwise the case ends as declined. Only on plain TCP.
    """

    subprotocol: str | None = None
    extension: str = ""


@dataclass(frozen=True, slots=True)
class ExpectDecision:
    """The server accepts or refuses an opening handshake; after a refusal, the case ends. Only on plain TCP.

    An answer that is neither is a failure: a wrong 101, a malformed response, silence.

    Attributes:
        accepted: the verdict on a 101 that is right.
        refused: on a complete response with 4xx.
        other: on a complete response with 2xx or 3xx: the upgrade was ignored.
        error: on a complete response with 5xx, except 501 and 505, which count as refusals.
        dropped: on the end of TCP without a response.
        unclear: on a malformed response, such as one of HTTP/0.9, or on none in time, since the server may wait for the
            rest of a request that it cannot read.
        version: a refusal must name the version 13 in Sec-WebSocket-Version; otherwise it is non-strict.
    """

    accepted: Verdict = Verdict.PASS
    refused: Verdict = Verdict.PASS
    other: Verdict = Verdict.PASS
    error: Verdict = Verdict.NON_STRICT
    dropped: Verdict = Verdict.NON_STRICT
    unclear: Verdict = Verdict.FAIL
    version: bool = False


@dataclass(frozen=True, slots=True)
class ExpectResponse:
    """A complete HTTP response, to a plain request or to an opening handshake, and no data after it.

    Attributes:
        statuses: the allowed status codes.
        headers: required fields, and text that their values must contain, ignoring case.
        contains: text that its body must contain, ignoring case.
        body: the exact body; None for any.
    """

    statuses: tuple[int, ...] | range = (200,)
    headers: tuple[tuple[str, str], ...] = ()
    contains: tuple[str, ...] = ()
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class ExpectPersistence:
    """The connection is open or, as announced by the response, closed, which ends the case; only on plain TCP."""


@dataclass(frozen=True, slots=True)
class ExpectMessage:
    """A message: str is text, bytes is binary.

    Attributes:
        within: seconds, before scaling; None: the usual limit.
        pause: seconds to wait after each 256 KiB of it; only with websocket-client.
    """

    message: str | bytes
    within: float | None = None
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class ExpectEchoes:
    """Consecutive round trips of a short message; the slowest is recorded. Only on plain TCP.

    Attributes:
        count: the maximum number.
        within: seconds for each of them, before scaling.
        apart: seconds between them.
        lasting: seconds after which no further one is started.
    """

    count: int = 20
    within: float = 2.0
    apart: float = 0.01
    lasting: float = 1.0


@dataclass(frozen=True, slots=True)
class ExpectJson:
    """A text message that is this value in JSON; an object may have further fields."""

    value: object


@dataclass(frozen=True, slots=True)
class ExpectNumbered:
    """Messages "name:number" from several senders, each counting from 0 in order; only in family A.

    Pongs may come between them.

    Attributes:
        count: number of messages from each sender.
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
    """A Close frame. websocket-client answers it if we have sent none; on plain TCP the answer is a separate step.

    Attributes:
        codes: the allowed codes; None is a Close without a code. Empty: any code or none.
        reason: None for any.
    """

    codes: tuple[int | None, ...] = (1000,)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectSilence:
    """No data for this time except pings, which are answered."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ExpectEnd:
    """The end of TCP, and no bytes before it.

    Attributes:
        how: the allowed ends.
        within: seconds, before scaling.
        frames: whole frames may come before the end; only on plain TCP.
        notified: under TLS, close_notify must come first; only on plain TCP.
    """

    how: tuple[End, ...] = _ORDERLY
    within: float = 3.0
    frames: bool = False
    notified: bool = False


@dataclass(frozen=True, slots=True)
class AwaitEnd:
    """The server ends the connection, or does not within this time: any outcome will do. Only on plain TCP.

    After it, whatever the server does about what was sent before has had its effect on other connections. A Close is
    answered.

    Attributes:
        within: seconds, before scaling.
    """

    within: float = 0.5


@dataclass(frozen=True, slots=True)
class ExpectGoodbye:
    """The end of a connection when the server stops: after Close 1001 if it lets views finish; only in family W."""


@dataclass(frozen=True, slots=True)
class ExpectRelease:
    """The server has released the connection, although our end of it is open; only in family W.

    Attributes:
        within: seconds, before scaling.
    """

    within: float = 5.0


@dataclass(frozen=True, slots=True)
class ExpectSameResources:
    """No more threads, descriptors and greenlets than were counted, plus a slack; only in family W."""

    slack: int = 0


@dataclass(frozen=True, slots=True)
class ExpectMemory:
    """The server's memory has not grown by more than this at any time since `CountResources`; only on plain TCP.

    Attributes:
        most: bytes, for all its processes together.
    """

    most: int


@dataclass(frozen=True, slots=True)
class ExpectExit:
    """All processes of the server have ended within the time that it has to stop; only in family W."""


@dataclass(frozen=True, slots=True)
class ExpectNotes:
    """The views of this clause have ended and written at least these notes; only in family A.

    A view notes an exception that ends it as "raised", and `"raised": None` otherwise.

    Attributes:
        within: seconds, before scaling; None: the usual limit.
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
    | RawRequests
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
    | ExpectDecision
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
    | AwaitEnd
    | ExpectGoodbye
    | ExpectRelease
    | ExpectSameResources
    | ExpectMemory
    | ExpectExit
    | ExpectNotes
)
Step = Action | Expectation | On


def placed(step: Step) -> tuple[int, Action | Expectation]:
    """Return the number of the connection of a step, and the step itself."""
    return (step.connection, step.step) if isinstance(step, On) else (1, step)


def is_action(step: Step) -> bool:
    """Whether a step is an action; otherwise it is an expectation."""
    return isinstance(placed(step)[1], Action)


def on(connection: int, *taken: Step) -> tuple[Step, ...]:
    """Move steps to another connection."""
    return tuple(On(connection, placed(step)[1]) for step in taken)
