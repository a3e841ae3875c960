"""How much of what a peer sends is taken in and kept, by case.

A peer decides what it sends, so every amount is bounded by what the case can lead to, with room for what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from wsconform.conversation.model import Case, CompressedTrips, RoundTrips, Step
from wsconform.model import Frame, Message, MiB, OpenFrame, Pong, Split

__all__ = ["Bounds", "bounds_of"]

#: Octets beyond what a case can lead to.
ROOM = 1 * MiB
#: Events beyond the expected ones.
MORE_EVENTS = 200
#: Octets of a character in UTF-8, at most.
CHARACTER = 4


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is taken in and kept of one play.

    Attributes:
        message: octets of a frame or message; a larger one fails the connection.
        events: how many are kept; the others are only counted.
        kept: octets of the payloads of events that are kept whole; of further ones only the start is.
    """

    message: int
    events: int
    kept: int


def bounds_of(case: Case) -> Bounds:
    """Return the bounds of a play of a case."""
    accepted = (*case.expect, *(case.tolerate.events if case.tolerate else ()))
    expected = [len(event.payload) for event in accepted if isinstance(event, Message | Pong)]
    largest = max((*expected, *map(_payload_size, case.send)), default=0)
    return Bounds(largest + ROOM, len(accepted) + MORE_EVENTS, sum(expected) + ROOM)


def _payload_size(step: Step) -> int:
    """Return the octets of the message that is sent, and may come back; 0 for a step that sends none."""
    match step:
        case Frame() | Split() | RoundTrips():
            return len(step.payload)
        case OpenFrame():
            return step.size
        case CompressedTrips():
            return step.sample.size * CHARACTER
    return 0
