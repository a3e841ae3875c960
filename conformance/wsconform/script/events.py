"""Events: a client sees one for each expectation. Also the record of one play of a script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from wsconform.model import Fault, Message, Pong
from wsconform.script.steps import End
from wsconform.wire.head import Asked
from wsconform.wire.log import WireRecord
from wsconform.wire.reader import CloseSeen

__all__ = [
    "CloseSeen",
    "CrowdServed",
    "Declined",
    "Dropped",
    "EchoesSeen",
    "EndSeen",
    "Event",
    "Exited",
    "Garbled",
    "Goodbye",
    "Kept",
    "MemoryUsed",
    "NotConnected",
    "NotesRead",
    "NumbersSeen",
    "Observation",
    "Released",
    "Resources",
    "ResourcesCounted",
    "ResponseSeen",
    "ScriptTranscript",
    "Silence",
    "UpgradeSeen",
]


_NOTHING_ASKED = Asked()


@dataclass(frozen=True, slots=True)
class UpgradeSeen:
    """A 101 arrived.

    Attributes:
        subprotocol: the subprotocol that the server has selected.
        key: the key that was sent, to check the accept value; empty if the client has already checked it.
        accept: the accept value of the response.
        extensions: the Sec-WebSocket-Extensions field; empty if there is none.
        head: the head of the response as it came; empty if the client does not keep it.
        asked: what the request asked for.
    """

    subprotocol: str | None = None
    key: str = ""
    accept: str | None = None
    extensions: str = ""
    head: bytes = b""
    asked: Asked = _NOTHING_ASKED


@dataclass(frozen=True, slots=True)
class Declined:
    """The server has not accepted an offered extension, which ends the case."""

    extension: str


@dataclass(frozen=True, slots=True)
class ResponseSeen:
    """A complete HTTP response arrived.

    Attributes:
        headers: names in lower case.
        behind: bytes that arrived right after it.
        closes: it announced that the server closes the connection.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""
    reason: str = ""
    behind: bytes = b""
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Garbled:
    """The data is not an HTTP response, or its framing is wrong."""

    why: str
    octets: bytes = b""


@dataclass(frozen=True, slots=True)
class Kept:
    """The connection is still open after the response."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The server closed the connection after its response, which ends the case.

    Attributes:
        announced: the response had announced it.
    """

    announced: bool
    end: End


@dataclass(frozen=True, slots=True)
class EndSeen:
    """The server closed the connection, or did not do so in time.

    Attributes:
        stray: earlier bytes that belong to no frame.
        frames: the types of earlier frames.
        notified: close_notify came first; None without TLS.
    """

    how: End = End.FIN
    stray: bytes = b""
    frames: tuple[str, ...] = ()
    notified: bool | None = None


@dataclass(frozen=True, slots=True)
class Goodbye:
    """How the server closed a connection when it was stopped.

    Attributes:
        due: this server lets views finish, so a Close 1001 is required.
    """

    close: CloseSeen | None
    end: EndSeen
    due: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """No complete frame or response arrived in this time; ``octets`` are the bytes of an incomplete one."""

    seconds: float
    octets: bytes = b""


@dataclass(frozen=True, slots=True)
class NotConnected:
    """There is no connection."""

    why: str


@dataclass(frozen=True, slots=True)
class Released:
    """Whether the server released the connection; None if the system cannot show that."""

    done: bool | None


@dataclass(frozen=True, slots=True)
class Exited:
    """Whether all processes of the server had ended after this time."""

    done: bool
    seconds: float


#: The resources that are counted one by one.
COUNTED = "threads", "descriptors", "greenlets"


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources in use by the server; None for resources that cannot be counted.

    Attributes:
        memory: bytes.
    """

    processes: tuple[int, ...] | None = None
    threads: int | None = None
    descriptors: int | None = None
    greenlets: int | None = None
    memory: int | None = None

    def growth(self, before: Resources) -> dict[str, int]:
        """Return the growth of each resource, without the ones that cannot be counted."""
        pairs = {name: (getattr(self, name), getattr(before, name)) for name in COUNTED}
        return {name: now - was for name, (now, was) in pairs.items() if now is not None and was is not None}


@dataclass(frozen=True, slots=True)
class ResourcesCounted:
    """The resources now and before."""

    now: Resources
    before: Resources


@dataclass(frozen=True, slots=True)
class MemoryUsed:
    """The growth of the server's memory at its peak, in bytes; None if it cannot be measured."""

    growth: int | None


@dataclass(frozen=True, slots=True)
class EchoesSeen:
    """Round trips were made, until all were done or another event came instead of an echo.

    Attributes:
        count: number of round trips.
        slowest: seconds of the slowest one.
        instead: the event that came instead of the next echo.
    """

    count: int
    slowest: float
    instead: Event | None = None


@dataclass(frozen=True, slots=True)
class CrowdServed:
    """Many conversations were held, until all were done or the time was up.

    Attributes:
        count: number of conversations.
        wrong: the unexpected event that ended the last one, if any.
        held: number of connections that the server did not release.
    """

    count: int
    wrong: Event | None = None
    held: int = 0


@dataclass(frozen=True, slots=True)
class NumbersSeen:
    """How many numbers came in order from each sender, and the event that came instead of the next one."""

    counts: Mapping[str, int]
    instead: str = ""


@dataclass(frozen=True, slots=True)
class NotesRead:
    """The notes of the views.

    Attributes:
        ended: all views have ended.
    """

    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    ended: bool = True


Event = (
    UpgradeSeen
    | Declined
    | ResponseSeen
    | Garbled
    | Kept
    | Dropped
    | EndSeen
    | Goodbye
    | Silence
    | NotConnected
    | Released
    | Exited
    | ResourcesCounted
    | MemoryUsed
    | EchoesSeen
    | CrowdServed
    | NumbersSeen
    | NotesRead
    | Message
    | Pong
    | CloseSeen
    | Fault
)


@dataclass(frozen=True, slots=True)
class Observation:
    """The event at an expectation: the index of the step, and seconds since the play began."""

    step: int
    at: float
    event: Event


@dataclass(frozen=True, slots=True)
class ScriptTranscript:
    """The record of one play of a script.

    Attributes:
        observations: one for each expectation, in order, up to the first that was not met.
        before: the server's resources when the play began.
        after: the same when it was over.
        held: our ports of the connections that the server did not release in time.
        alive: the server's process was running at the end.
        serves: it answered a plain request at the end; None if none was sent.
        log: the server log of the play.
        tls: the connections used TLS.
        failure: why the suite itself could not play to the end; empty if it did.
    """

    observations: tuple[Observation, ...] = ()
    before: Resources = Resources()
    after: Resources = Resources()
    held: tuple[int, ...] = ()
    alive: bool = True
    serves: bool | None = True
    log: str = ""
    tls: bool = False
    wire: tuple[WireRecord, ...] = ()
    local_port: int | None = None
    seconds: float = 0.0
    failure: str = ""
