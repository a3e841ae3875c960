"""Limits on the data that is accepted and kept from a peer, by case.

A peer can send anything, so every amount is limited to the largest right answer, with some room for wrong ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from wsconform.conversation.model import Case, CompressedTrips, RoundTrips, Step
from wsconform.model import Frame, Message, MiB, OpenFrame, Pong, Split

__all__ = ["Bounds", "bounds_of"]

#: Bytes beyond the largest right answer.
ROOM = 1 * MiB
#: Bytes of a frame whose payload is sent in pieces; some cases announce more than they send.
LARGEST_OPEN = 16 * MiB
#: Events beyond the expected ones.
MORE_EVENTS = 200
#: Maximum bytes of a character in UTF-8.
CHARACTER = 4


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits on the data that is accepted and kept in one play.

    Attributes:
        message: bytes of a frame or message; a larger one fails the connection.
        events: number of events to keep; further ones are only counted.
        kept: total payload bytes of events that are kept whole; of further events, only the start is kept.
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
    """Return the size of the message that is sent and may come back; 0 for a step that sends none."""
    match step:
        case Frame() | Split() | RoundTrips():
            return len(step.payload)
        case OpenFrame():
            return min(step.size, LARGEST_OPEN)
        case CompressedTrips():
            return step.sample.size * CHARACTER
    return 0
