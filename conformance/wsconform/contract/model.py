"""The vocabulary of a clause of the API contract: a sentence, where it is written, and a conversation with a view.

Pure values. The view is in the site (`wsconform_site.contract`); a clause names it by its path. Actions do something
as a client; awaited steps name the one thing that must come next. `On` plays a step on another connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from wsconform.model import Level

__all__ = [
    "ANY",
    "Answer",
    "ApiClause",
    "ApiStep",
    "Ask",
    "Basis",
    "Close",
    "Closed",
    "Document",
    "Ended",
    "Fragment",
    "Hear",
    "HearJson",
    "HearNumbered",
    "HearPong",
    "Notes",
    "On",
    "Opened",
    "Ping",
    "Pong",
    "Quiet",
    "Say",
    "Stream",
    "Strength",
    "Vanish",
]


class Strength(Enum):
    """How a sentence binds an implementation whose users read the document."""

    PROMISED = "promised"  # its own documentation says so
    IMPLIED = "implied"  # people were told so by others, or their programs count on it
    OURS = "ours"  # the reference says so


@dataclass(frozen=True, slots=True)
class _Written:
    title: str
    strength: Strength


class Document(Enum):
    """Where a sentence is written, and how far that binds."""

    DWEBSOCKET = _Written("README of dwebsocket", Strength.PROMISED)
    DJANGO_WEBSOCKET = _Written("README of django-websocket", Strength.PROMISED)
    HOWTO = _Written("How to use Websockets in Django (dwebsocket2)", Strength.IMPLIED)
    TUTORIAL = _Written("tutorial on dwebsocket with a chat", Strength.IMPLIED)
    WILD = _Written("how public projects use it", Strength.IMPLIED)
    RULING = _Written("ruling on how public projects use it", Strength.OURS)
    OURS = _Written("README of the reference", Strength.OURS)

    @property
    def title(self) -> str:
        """What a reader would look for."""
        return self.value.title

    @property
    def strength(self) -> Strength:
        """How it binds those of whom it speaks."""
        return self.value.strength


@dataclass(frozen=True, slots=True)
class Basis:
    """A place where the sentence is written.

    Attributes:
        place: a heading, or "row 9" of how public projects use it.
    """

    document: Document
    place: str


class _Any(Enum):
    ANY = "any"


#: Whatever comes.
ANY = _Any.ANY


# Actions


@dataclass(frozen=True, slots=True)
class Ask:
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
class Say:
    """Send a message: str as text, bytes as binary.

    Attributes:
        fragments: frames to cut it into.
    """

    message: str | bytes
    fragments: int = 1


@dataclass(frozen=True, slots=True)
class Fragment:
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
class Vanish:
    """End the connection without a Close frame.

    Attributes:
        reset: by RST, as a machine does that has forgotten the connection; else by FIN.
    """

    reset: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """Send so many text messages, "0", "1" and so on, while the next steps are taken.

    Attributes:
        pings: they are the payloads of Pings, and no messages.
    """

    count: int
    pings: bool = False


# Awaited


@dataclass(frozen=True, slots=True)
class Opened:
    """The opening handshake is answered with 101, and with this subprotocol."""

    subprotocol: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
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
class Hear:
    """A message: str is text, bytes is binary."""

    message: str | bytes


@dataclass(frozen=True, slots=True)
class HearJson:
    """A text message that is this value in JSON; of an object, at least these fields."""

    value: object


@dataclass(frozen=True, slots=True)
class HearPong:
    """A Pong."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class HearNumbered:
    """Messages "name:number" from several senders of the view: of each all numbers from 0 on, in order.

    Pongs may come between them.

    Attributes:
        count: messages of each sender.
    """

    senders: tuple[str, ...]
    count: int
    within: float = 120.0


@dataclass(frozen=True, slots=True)
class Closed:
    """A Close frame; it is answered if we have sent none.

    Attributes:
        codes: any of these; None is one without a code. Empty: whatever comes.
        reason: None for any.
    """

    codes: tuple[int | None, ...] = (1000,)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of the connection, and nothing before it."""

    within: float | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Notes:
    """The views of this clause have ended, and have written down at least these notes.

    A view that lets an exception through notes it as "raised"; that it did not is `"raised": None`.
    """

    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    within: float | None = None


@dataclass(frozen=True, slots=True)
class On:
    """A step on another connection; the first one is number 1."""

    connection: int
    step: ApiStep


Action = Ask | Say | Fragment | Ping | Pong | Close | Vanish | Stream
Awaited = Opened | Answer | Hear | HearJson | HearPong | HearNumbered | Closed | Ended | Quiet | Notes
ApiStep = Action | Awaited | On


@dataclass(frozen=True, slots=True)
class ApiClause:
    """A sentence of the contract, and the conversation that shows whether it is kept.

    Attributes:
        id: family and numbers, such as ``A.4.1``.
        title: the sentence.
        bases: where it is written; without any it is only in the README of the reference.
        site: the settings that it is played under, one of `wsconform.contract.sites.SITES`.
        slow: takes seconds; such clauses have an instance of the server to themselves, beside the others.
        alone: nothing else may happen on that instance meanwhile.
        silent: the server's log may not complain; such a clause is played alone.
    """

    id: str
    title: str
    steps: tuple[ApiStep, ...]
    bases: tuple[Basis, ...] = ()
    site: str = "decorators"
    slow: bool = False
    alone: bool = False
    silent: bool = False

    level = Level.MUST
    informational = False

    @property
    def family(self) -> str:
        """The group the id starts with."""
        return self.id.partition(".")[0]

    @property
    def needs(self) -> int:
        """Connections that are open at the same time, that of a plain request included."""
        return max(1, *self._open_connections())

    def _open_connections(self) -> Iterator[int]:
        sockets: set[int] = set()
        for number, step in map(_placed, self.steps):
            match step:
                case Ask(websocket=True):
                    sockets.add(number)
                case Ask() | Notes():
                    yield len(sockets) + 1
                case Answer() | Closed() | Ended() | Vanish():
                    sockets.discard(number)
            yield len(sockets)


def _placed(step: ApiStep) -> tuple[int, ApiStep]:
    return (step.connection, step.step) if isinstance(step, On) else (1, step)
