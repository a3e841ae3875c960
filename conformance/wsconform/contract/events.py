"""What a client sees of a clause's conversation, and the whole of it as a value. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = [
    "Answered",
    "ApiEvent",
    "ApiObservation",
    "ApiTranscript",
    "CloseHeard",
    "Counted",
    "EndSeen",
    "Heard",
    "Noted",
    "PongHeard",
    "Silence",
    "Switched",
    "Violated",
]


@dataclass(frozen=True, slots=True)
class Switched:
    """101."""

    subprotocol: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """Any other HTTP answer; names of fields in small letters."""

    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message."""

    message: str | bytes


@dataclass(frozen=True, slots=True)
class PongHeard:
    """A Pong."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class CloseHeard:
    """A Close frame."""

    code: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EndSeen:
    """The end of TCP; `how` is FIN, RST, or what the system says."""

    how: str = "FIN"


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing within so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Violated:
    """What the client calls a violation of the protocol."""

    what: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What the views have written down.

    Attributes:
        ended: all of them have ended.
    """

    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Counted:
    """Of each sender, how many numbers came in order; and what came instead of the next one."""

    counts: Mapping[str, int]
    instead: str = ""


ApiEvent = Switched | Answered | Heard | PongHeard | CloseHeard | EndSeen | Silence | Violated | Noted | Counted


@dataclass(frozen=True, slots=True)
class ApiObservation:
    """What came where a step awaited something: the step's index, seconds since the beginning."""

    step: int
    at: float
    event: ApiEvent


@dataclass(frozen=True, slots=True)
class ApiTranscript:
    """Everything that a play of a clause left behind.

    Attributes:
        noted: what the views had written down in the end, if a step had not come out as awaited.
        log: what the server printed meanwhile; only for a clause that looks at it.
        unstarted: why the server could not even be started with the settings of the site, if it could not.
        failure: why the suite could not go on, if it could not.
    """

    observations: tuple[ApiObservation, ...] = ()
    noted: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    log: str = ""
    alive: bool = True
    seconds: float = 0.0
    unstarted: str = ""
    failure: str = ""
