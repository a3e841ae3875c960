"""What a client sees: an event for each expectation, and all that one play of a case of family W leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from wsconform.model import Fault, Message, Pong
from wsconform.script.steps import End
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


@dataclass(frozen=True, slots=True)
class UpgradeSeen:
    """101 came.

    Attributes:
        subprotocol: the one that the server has chosen.
        key: the key that was sent, for the accept value to be checked; empty if the client has checked it itself.
        accept: the accept value that came.
        extensions: the field Sec-WebSocket-Extensions; empty if there is none.
    """

    subprotocol: str | None = None
    key: str = ""
    accept: str | None = None
    extensions: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """The server has not agreed to an extension that was offered, which ends the case."""

    extension: str


@dataclass(frozen=True, slots=True)
class ResponseSeen:
    """A complete HTTP response came.

    Attributes:
        headers: names in small letters.
        behind: bytes that came behind it at once.
        closes: it announced that the server ends the connection.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""
    reason: str = ""
    behind: bytes = b""
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Garbled:
    """What came is no HTTP response, or one that is framed wrong."""

    why: str
    octets: bytes = b""


@dataclass(frozen=True, slots=True)
class Kept:
    """The connection is open after the response."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The server ended the connection after its response, which ends the case.

    Attributes:
        announced: the response had said so.
    """

    announced: bool
    end: End


@dataclass(frozen=True, slots=True)
class EndSeen:
    """The other side ended the connection, or did not in the time that it had.

    Attributes:
        stray: bytes that came before and belong to no frame.
        frames: the kinds of frames that came before.
        notified: close_notify came first; None where there is no TLS.
    """

    how: End = End.FIN
    stray: bytes = b""
    frames: tuple[str, ...] = ()
    notified: bool | None = None


@dataclass(frozen=True, slots=True)
class Goodbye:
    """How the server ended a connection when it was stopped.

    Attributes:
        due: this server lets views end, so that a Close 1001 is due.
    """

    close: CloseSeen | None
    end: EndSeen
    due: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing whole came in this time; ``octets`` are what came of it."""

    seconds: float
    octets: bytes = b""


@dataclass(frozen=True, slots=True)
class NotConnected:
    """There is no connection."""

    why: str


@dataclass(frozen=True, slots=True)
class Released:
    """Whether the server let go of the connection; None where that cannot be seen."""

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
    """What the server has in use; None for what cannot be counted.

    Attributes:
        memory: bytes.
    """

    processes: tuple[int, ...] | None = None
    threads: int | None = None
    descriptors: int | None = None
    greenlets: int | None = None
    memory: int | None = None

    def growth(self, before: Resources) -> dict[str, int]:
        """By how much each is more than before; what cannot be counted is left out."""
        pairs = {name: (getattr(self, name), getattr(before, name)) for name in COUNTED}
        return {name: now - was for name, (now, was) in pairs.items() if now is not None and was is not None}


@dataclass(frozen=True, slots=True)
class ResourcesCounted:
    """The resources as counted, now and before."""

    now: Resources
    before: Resources


@dataclass(frozen=True, slots=True)
class MemoryUsed:
    """By how many bytes the server's memory had grown when it was largest; None where that cannot be seen."""

    growth: int | None


@dataclass(frozen=True, slots=True)
class EchoesSeen:
    """Round trips were made, as many as were expected, or until something else came than an echo.

    Attributes:
        count: how many.
        slowest: seconds that the slowest of them took.
        instead: what came in the place of the next echo.
    """

    count: int
    slowest: float
    instead: Event | None = None


@dataclass(frozen=True, slots=True)
class CrowdServed:
    """Many conversations were held, as many as there was time for.

    Attributes:
        count: how many.
        wrong: the event that was not as expected, if there was one; it was the last.
        held: connections that the server did not let go.
    """

    count: int
    wrong: Event | None = None
    held: int = 0


@dataclass(frozen=True, slots=True)
class NumbersSeen:
    """How many numbers came in order from each sender, and what came instead of the next one."""

    counts: Mapping[str, int]
    instead: str = ""


@dataclass(frozen=True, slots=True)
class NotesRead:
    """What the views have written down.

    Attributes:
        ended: all of them have ended.
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
    """What came where a step expected something: the step's index, seconds since the play began."""

    step: int
    at: float
    event: Event


@dataclass(frozen=True, slots=True)
class ScriptTranscript:
    """All that one play of a case of family W left behind.

    Attributes:
        observations: one for each expectation, in order, up to the first that was not met.
        before: the server's resources when the play began.
        after: the same when it was over.
        held: ports of ours whose connections the server had not let go in time after we had.
        alive: the server's process was there at the end.
        serves: it answered a plain request at the end; None if it was not asked.
        log: what it printed meanwhile.
        tls: the connections were TLS.
        failure: why the suite itself could not play to the end.
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
