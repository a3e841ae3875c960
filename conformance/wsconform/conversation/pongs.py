"""Which Pongs answer a Ping of ours; a server may send others at any time (RFC 6455 section 5.5.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from wsconform.conversation.model import Event, Step
from wsconform.model import Excerpt, Frame, Opcode, Payload, Pong

__all__ = ["PingAnswers", "solicited"]


class PingAnswers:
    """Tells the answers to our Pings from unsolicited Pongs, by their payload.

    Each Ping has one answer. A further Pong with the same payload is unsolicited.

    Args:
        steps: the steps of the case.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        pings = (step for step in steps if isinstance(step, Frame) and step.opcode == Opcode.PING)
        self._waiting = Counter(_key(ping.payload) for ping in pings)

    def takes(self, pong: Pong) -> bool:
        """Return whether a Pong answers a Ping that has no answer yet, and count it as the answer."""
        key = _key(pong.payload)
        if not self._waiting[key]:
            return False
        self._waiting[key] -= 1
        return True


def solicited(steps: Iterable[Step], events: Iterable[Event]) -> list[Event]:
    """Return events without unsolicited Pongs."""
    answers = PingAnswers(steps)
    return [event for event in events if not isinstance(event, Pong) or answers.takes(event)]


def _key(payload: Payload | Excerpt) -> bytes:
    return bytes(payload)
