"""What a raw play leaves behind: one event for each step, the wire, the log, the server's resources. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wsconform.model import Fault, Message, Pong
from wsconform.script import steps
from wsconform.wire.log import WireRecord
from wsconform.wire.reader import CloseSeen

__all__ = [
    "Answered",
    "Counted",
    "Crowded",
    "Dropped",
    "EndSeen",
    "Garbled",
    "Gone",
    "Kept",
    "Left",
    "Observation",
    "Released",
    "Resources",
    "ScriptEvent",
    "ScriptTranscript",
    "Silence",
    "Switched",
    "Unreachable",
]


@dataclass(frozen=True, slots=True)
class Switched:
    """101 came: the key that was sent and the fields of the answer, names in small letters."""

    key: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """A complete HTTP answer came.

    Attributes:
        headers: names in small letters.
        behind: octets that came behind it at once.
        closes: it announced that the server ends the connection.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    behind: bytes = b""
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Garbled:
    """What came is no HTTP answer, or none that is framed right."""

    why: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """The connection is open after the answer."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The server ended the connection after its answer; ``said``: it had announced that."""

    said: bool
    end: steps.End


@dataclass(frozen=True, slots=True)
class EndSeen:
    """The other side ended the connection, or did not in the time that it had.

    Attributes:
        stray: octets that came before and belong to no frame.
        frames: the frames that came before, in words.
        notified: close_notify came first; None where there is no TLS.
    """

    how: steps.End
    stray: bytes = b""
    frames: tuple[str, ...] = ()
    notified: bool | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """How the server left a client when it stopped."""

    close: CloseSeen | None
    end: EndSeen


@dataclass(frozen=True, slots=True)
class Silence:
    """What is awaited did not come in so many seconds; ``octets`` of it did."""

    seconds: float
    octets: bytes = b""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No connection could be made."""

    why: str


@dataclass(frozen=True, slots=True)
class Released:
    """Whether the server let go of the connection; None where that cannot be seen."""

    done: bool | None


@dataclass(frozen=True, slots=True)
class Gone:
    """Whether all processes of the server had gone, after so many seconds."""

    done: bool
    seconds: float


#: The resources that are counted one by one.
COUNTED = "threads", "descriptors", "greenlets"


@dataclass(frozen=True, slots=True)
class Resources:
    """What the server has in use; None for what cannot be counted."""

    processes: tuple[int, ...] | None = None
    threads: int | None = None
    descriptors: int | None = None
    greenlets: int | None = None

    def growth(self, before: Resources) -> dict[str, int]:
        """By how much each is more than before; what cannot be counted is left out."""
        pairs = {name: (getattr(self, name), getattr(before, name)) for name in COUNTED}
        return {name: now - was for name, (now, was) in pairs.items() if now is not None and was is not None}


@dataclass(frozen=True, slots=True)
class Counted:
    """The resources as counted, now and before."""

    now: Resources
    before: Resources


@dataclass(frozen=True, slots=True)
class Crowded:
    """Many conversations were held, as many as there was time for.

    Attributes:
        count: how many.
        wrong: the event that was not of the awaited kind, if there was one; it was the last.
        held: connections that the server did not let go.
    """

    count: int
    wrong: ScriptEvent | None = None
    held: int = 0


ScriptEvent = (
    Switched
    | Answered
    | Garbled
    | Kept
    | Dropped
    | EndSeen
    | Left
    | Silence
    | Unreachable
    | Released
    | Gone
    | Counted
    | Crowded
    | Message
    | Pong
    | CloseSeen
    | Fault
)


@dataclass(frozen=True, slots=True)
class Observation:
    """What a step saw, ``at`` seconds after the play began."""

    step: int
    at: float
    event: ScriptEvent


@dataclass(frozen=True, slots=True)
class ScriptTranscript:
    """All that one play of a raw case left behind.

    Attributes:
        observations: of the steps that await something, in order, up to the first that saw something else.
        before: the server's resources when the play began.
        after: the same when it was over.
        held: ports of ours whose connections the server had not let go in time after we had.
        alive: the server's process was there at the end.
        serves: it answered a plain request at the end; None when nobody asked.
        log: what it printed meanwhile.
        goodbye: it lets views end when it is stopped.
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
    goodbye: bool = False
    tls: bool = False
    wire: tuple[WireRecord, ...] = ()
    local_port: int | None = None
    seconds: float = 0.0
    failure: str = ""
