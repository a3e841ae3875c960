"""Autobahn's two grades of a transcript (25.10.1), with its order of tests, its exact lists and its blind spots."""

from __future__ import annotations

from wsconform.conversation.matching import all_same
from wsconform.conversation.model import Answer, Case, Deadline, Echoes, Event
from wsconform.conversation.transcript import Ending, Limit, TcpEnd, Transcript
from wsconform.model import Message, Parity, Side
from wsconform.wire.reader import starts_wrong

__all__ = ["parity"]


def parity(case: Case, seen: Transcript) -> Parity | None:
    """Return Autobahn's grades; None for a case that Autobahn does not have."""
    if not case.is_autobahns:
        return None
    if case.informational:
        return Parity("INFORMATIONAL", "INFORMATIONAL")
    if not seen.opened:
        return Parity("FAILED", "FAILED")
    behavior, close = _behavior(case, seen), _behavior_close(case, seen.ending)
    closing = case.closing
    wrong_side = (seen.ending.started_by is Side.US) is not (closing.by is Side.US)
    if (closing.wrong_side_fails and wrong_side) or (closing.wrong_code_fails and close == "WRONG CODE"):
        behavior = "FAILED"
    return Parity(behavior, close)


def _behavior(case: Case, seen: Transcript) -> str:
    if case.answer is Answer.AGREED and seen.agreement is None and not seen.faults:
        return "UNIMPLEMENTED"
    events = [s.event for s in seen.events]
    if case.counts_only:
        return "OK" if len(events) == 1 and _same_counts(case.expect[0], events[0]) else "FAILED"
    if all_same(case.expect, events):
        return "OK"
    if case.tolerate is not None and case.tolerate.parity and all_same(case.tolerate.events, events):
        return "NON-STRICT"
    return "FAILED"


def _same_counts(expected: Event, seen: Event) -> bool:
    match expected, seen:
        case (Message(a, x), Message(b, y)):
            return x is y and len(a) == len(b)
        case (Echoes(n, _), Echoes(m, _)):
            return n == m
    return False


def _behavior_close(case: Case, ending: Ending) -> str:
    if (ending.started_by is Side.US) is not (case.closing.by is Side.US):
        return "FAILED"
    if case.closing.clean and not _was_clean(case, ending):
        return "UNCLEAN"
    if ending.code is not None and ending.code not in case.closing.codes:
        return "WRONG CODE"
    # Autobahn reads on after the Close, and drops TCP itself if what follows is not a frame.
    dropped = ending.tcp is TcpEnd.OURS or starts_wrong(ending.stray)
    return "FAILED BY CLIENT" if dropped else "OK"


def _was_clean(case: Case, ending: Ending) -> bool:
    """Whether both Closes were exchanged and TCP ended in time.

    If Autobahn's kill timer fires first, it hides that TCP did not end.
    """
    hidden = case.deadline is Deadline.KILL and case.within <= 1.0
    late = ending.limit is Limit.TCP and ending.started_by is Side.US
    return ending.received and not (late and not hidden)
