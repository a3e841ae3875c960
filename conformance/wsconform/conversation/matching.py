"""Compare the events of a transcript with the expected ones, and find the first difference."""

from __future__ import annotations

from collections.abc import Sequence

from wsconform.conversation import charges
from wsconform.conversation.charges import Charge
from wsconform.conversation.model import Echoes, Event, StillOpen
from wsconform.model import Message, Pong, same

__all__ = ["all_same", "first_difference", "same_in_streams"]


def all_same(expected: Sequence[Event], seen: Sequence[Event]) -> bool:
    """Whether the events are the expected ones, in their order."""
    return len(expected) == len(seen) and all(map(same, expected, seen))


def same_in_streams(expected: Sequence[Event], seen: Sequence[Event]) -> bool:
    """Whether messages and pongs are each in order; RFC 6455 does not order messages against pongs.

    An event from before a pause does not count after it.
    """
    if any(isinstance(event, StillOpen) for event in (*expected, *seen)):
        return False
    return all(
        all_same([e for e in expected if isinstance(e, kind)], [s for s in seen if isinstance(s, kind)])
        for kind in (Message, Pong, Echoes)
    )


def first_difference(expected: Sequence[Event], seen: Sequence[Event], more: int) -> tuple[str, Charge]:
    """Describe the first difference, and return what it charges the server with.

    Args:
        expected: the expected events.
        seen: the events that came, which differ from them.
        more: the number of further events that are not in ``seen``.
    """
    for n, (e, s) in enumerate(zip(expected, seen, strict=False), 1):
        if not same(e, s):
            return f"event {n}: {_how_they_differ(e, s)}", _charge(expected, e, s)
    if len(seen) < len(expected):
        missing = expected[len(seen)]
        charge = charges.NO_PONG if isinstance(missing, Pong) else charges.MISSING_EVENT
        return _what_is_missing(expected, len(seen)), charge
    extra = seen[len(expected)]
    if isinstance(extra, StillOpen):
        return f"the connection was still open after pause {extra.tag}", charges.MISSING_EVENT
    count = len(seen) + more - len(expected)
    return f"{count} unexpected event{'s' * (count != 1)}, the first {_name(extra)}", charges.WRONG_EVENT


def _charge(expected: Sequence[Event], wanted: Event, came: Event) -> Charge:
    """Return the charge of an event that came instead of another one."""
    if isinstance(came, Message) and not any(same(event, came) for event in expected):
        return charges.WRONG_EVENT
    match wanted, came:
        case (Message(), Message()):
            return charges.WRONG_EVENT
        case (Pong(), Pong()):
            return charges.WRONG_PONG
        case (Pong(), _):
            return charges.NO_PONG
        case (Echoes(), Echoes(_, exact)) if not exact:
            return charges.WRONG_EVENT
    return charges.MISSING_EVENT


def _what_is_missing(expected: Sequence[Event], came: int) -> str:
    match expected[came]:
        case StillOpen() as pause:
            return f"the connection ended before {_name(pause)}"
        case Echoes():
            return "the round trips did not finish"
        case event:
            word = type(event).__name__.lower()
            return f"{word} {came + 1} of {len(expected)} did not arrive" if came else f"no {word} arrived"


def _how_they_differ(expected: Event, seen: Event) -> str:
    match expected, seen:
        case (Message(a, x), Message(b, y)):
            if x is not y:
                return "the echo has the wrong type"
            if len(a) != len(b):
                return f"the echo has {len(b)} bytes instead of {len(a)}"
            one, two = bytes(a), bytes(b)
            if one == two:
                return "the echo is right, but not compressed"
            differs = (i for i, (mine, theirs) in enumerate(zip(one, two, strict=False)) if mine != theirs)
            return f"the echo differs from byte {next(differs, len(two))} on"
        case (Pong(), Pong()):
            return "the pong does not repeat the payload of the ping"
        case (Echoes(n, _), Echoes(m, exact)):
            return (
                f"only {m} of {n} round trips were completed"
                if exact
                else "an echo has the right length but wrong bytes"
            )
        case (Echoes(), Message()):
            return "an echo has the wrong type or length"
    return f"{_name(seen)} came instead of {_name(expected)}"


def _name(event: Event) -> str:
    match event:
        case StillOpen(tag):
            return f"the end of pause {tag}"
        case Echoes():
            return "a count of round trips"
    return f"a {type(event).__name__.lower()}"
