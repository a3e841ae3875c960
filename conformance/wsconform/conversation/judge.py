"""Judge a transcript against its case. There are two verdicts.

*Ours* follows the RFC: events, Close frame and the end of TCP are judged in turn, content is always compared, and
silence is never a pass. *Parity* is the grade that Autobahn 25.10.1 gives the same transcript, even where Autobahn is
wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from wsconform.conversation.model import Answer, Case, Closing, Deadline, Echoes, Event, StillOpen
from wsconform.conversation.transcript import Ending, Limit, TcpEnd, Transcript
from wsconform.model import Judgement, Message, Parity, Pong, Side, Verdict, same
from wsconform.wire.head import HeadFault, HeadRule, head_faults, opening_faults
from wsconform.wire.reader import starts_wrong

__all__ = ["judge", "parity"]

ANSWER = "6455-5.5.1-7"  # a Close is answered with a Close
END_TCP = "6455-5.5.1-11"  # then the server ends TCP immediately
FAIL_TCP = "6455-7.1.7-1"  # failing means ending TCP
FAIL_CLOSE = "6455-7.1.7-2"  # with a fitting Close before
PONG_SOON = "6455-5.5.2-3"
NOTHING_AFTER = "6455-5.5.1-6"
DECLINE = "7692-5-4"
PREFER = "7692-5-2"
NORMAL, SWITCHING = 1000, 101


def judge(case: Case, seen: Transcript) -> Judgement:
    """Return our verdict on a transcript."""
    if not seen.opened:
        return _not_opened(case, seen)
    if seen.ending.limit is Limit.CEILING:
        return _fail(f"timeout: {Limit.CEILING.value} ({seen.seconds:.0f} s)", *case.clauses[:1])
    if case.informational:
        return Judgement(Verdict.INFO, "no clause defines the right behaviour for this case")
    answer = _answer(case, seen)
    if answer is not None and answer.verdict is Verdict.DECLINED and not seen.faults:
        return answer
    events, closing = _events(case, seen), _closing(_closing_due(case, seen), case, seen.ending)
    # An ignored violation explains more than the echo or pong that resulted from it.
    order = (closing, events) if case.closing.by is Side.PEER else (events, closing)
    # Bytes after the Close frame come last, since some servers send them in every case.
    found = [one for one in (_head(case, seen), _faults(case, seen), answer, *order, _stray(seen)) if one is not None]
    for verdict in (Verdict.FAIL, Verdict.NON_STRICT, Verdict.INFO):
        for one in found:
            if one.verdict is verdict:
                return one
    return events or Judgement(Verdict.PASS)


def _fail(reason: str, *clauses: str) -> Judgement:
    return Judgement(Verdict.FAIL, reason, clauses)


def _non_strict(reason: str, *clauses: str) -> Judgement:
    return Judgement(Verdict.NON_STRICT, reason, clauses)


# The answer to our opening handshake


def _head(case: Case, seen: Transcript) -> Judgement | None:
    """Judge the head of the 101; None if it follows the rules of the case."""
    broken = (fault for fault in _head_faults(seen) if fault.rule in case.head)
    first = next(broken, None)
    return _fail(f"the head of the 101 response has {first.what}", first.clause) if first else None


def _head_faults(seen: Transcript) -> tuple[HeadFault, ...]:
    return (*head_faults(seen.head), *opening_faults(seen.head, seen.asked))


def _not_opened(case: Case, seen: Transcript) -> Judgement:
    if case.head and seen.status is not None:
        return _unopened_head(case, seen)
    refused = seen.status is not None and 400 <= seen.status < 500
    if refused and case.answer is Answer.NONE_OR_REFUSED:
        return Judgement(Verdict.PASS)
    if refused and case.answer is Answer.NONE:
        return _non_strict(
            f"the opening handshake was refused with {seen.status} instead of declining the offer", DECLINE
        )
    return _fail(f"the opening handshake failed: {seen.refusal}", *case.clauses[:1])


def _unopened_head(case: Case, seen: Transcript) -> Judgement:
    """Judge an answer that does not open a connection by the rules of the case, if they can be applied to it."""
    if seen.status == SWITCHING and seen.head:
        return _head(case, seen) or Judgement(Verdict.PASS)
    if HeadRule.STATUS in case.head:
        return _fail(f"the opening handshake failed: {seen.refusal}", *case.clauses[:1])
    return Judgement(Verdict.NOT_RUN, f"there is no 101 response: {seen.refusal}")


def _answer(case: Case, seen: Transcript) -> Judgement | None:
    """Judge the agreement; None if the case can be judged with it."""
    agreed = seen.agreement
    if case.answer in (Answer.NONE, Answer.NONE_OR_REFUSED):
        return None if agreed is None else _fail("the server accepted an offer that it must decline", *case.clauses[:1])
    if case.answer is Answer.FREE:
        return None
    if agreed is None:
        return Judgement(Verdict.DECLINED, f"the server did not accept {' or '.join(case.offers)}")
    if case.answer is Answer.KEPT and not agreed.client_takeover:
        return Judgement(Verdict.DECLINED, "the server requires us to start each message with an empty window")
    if case.answer is Answer.FIRST and agreed.offer > agreed.preferred:
        return _non_strict("the server accepted a later offer than the first acceptable one", PREFER)
    return None


# Violations of the peer that need no case to be seen


def _faults(case: Case, seen: Transcript) -> Judgement | None:
    if seen.faults:
        first = seen.faults[0]
        if first.close_code in case.closing.acceptable:
            return _non_strict(f"the server answered with the unassigned code {first.close_code}", first.clause)
        return _fail(f"the server sent {first.what}", first.clause)
    return None


def _stray(seen: Transcript) -> Judgement | None:
    if not seen.ending.stray:
        return None
    return _fail(f"the server sent {seen.ending.stray_size} bytes after its Close frame", NOTHING_AFTER)


# Events


def _events(case: Case, seen: Transcript) -> Judgement | None:
    """Judge the events; None if they are exactly as expected."""
    events = [s.event for s in seen.events]
    if _equal(case.expect, events):
        return None
    if _is_tolerated_outcome(case, seen):
        assert case.tolerate is not None
        broken = case.clauses[:1] if case.tolerate.verdict is Verdict.NON_STRICT else ()
        return Judgement(case.tolerate.verdict, case.tolerate.why, broken)
    if _equal_in_streams(case.expect, events):
        return _non_strict("a pong came after the echo of a later message", PONG_SOON)
    late = f" within {case.within:g} s" if seen.ending.overdue else _left(case, seen.ending)
    return _fail(_difference(case.expect, events, seen.more_events) + late, *case.clauses[:2])


def _left(case: Case, ending: Ending) -> str:
    """Describe the peer's Close, if it closed when it should not have."""
    if case.closing.by is Side.PEER or ending.started_by is not Side.PEER:
        return ""
    code = "without a code" if ending.code is None else f"with {ending.code}"
    reason = ending.reason.decode(errors="replace")
    return f"; the server closed {code}" + (f' "{reason}"' if reason and reason.isprintable() else "")


def _equal(expected: Sequence[Event], seen: Sequence[Event]) -> bool:
    return len(expected) == len(seen) and all(map(same, expected, seen))


def _is_tolerated_outcome(case: Case, seen: Transcript) -> bool:
    """Whether the tolerated outcome occurred, and not the expected one; a timeout has no closing of its own."""
    other, events = case.tolerate, [s.event for s in seen.events]
    if other is None or _equal(case.expect, events) or not _tolerated(case, events):
        return False
    return other.closing is None or not seen.ending.overdue


def _tolerated(case: Case, events: Sequence[Event]) -> bool:
    """Whether these are the tolerated events, or some of the expected events and then the tolerated ones."""
    assert case.tolerate is not None
    tolerated = case.tolerate.events
    if _equal(tolerated, events):
        return True
    if not tolerated or not _equal(tolerated, events[-len(tolerated) :]):
        return False
    rest = iter(case.expect)
    return all(any(same(e, s) for e in rest) for s in events)


def _equal_in_streams(expected: Sequence[Event], seen: Sequence[Event]) -> bool:
    """Whether messages and pongs are each in order; RFC 6455 does not order messages against pongs.

    An event from before a pause does not count after it.
    """
    if any(isinstance(event, StillOpen) for event in (*expected, *seen)):
        return False
    return all(
        _equal([e for e in expected if isinstance(e, kind)], [s for s in seen if isinstance(s, kind)])
        for kind in (Message, Pong, Echoes)
    )


def _difference(expected: Sequence[Event], seen: Sequence[Event], more: int) -> str:
    """Describe the first difference; ``more`` events came than are in ``seen``."""
    for n, (e, s) in enumerate(zip(expected, seen, strict=False), 1):
        if not same(e, s):
            return f"event {n}: {_how_they_differ(e, s)}"
    if len(seen) < len(expected):
        return _what_is_missing(expected, len(seen))
    extra = seen[len(expected)]
    if isinstance(extra, StillOpen):
        return f"the connection was still open after pause {extra.tag}"
    count = len(seen) + more - len(expected)
    return f"{count} unexpected event{'s' * (count != 1)}, the first {_name(extra)}"


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


# Closing


def _closing_due(case: Case, seen: Transcript) -> Closing:
    """Return how the connection must end, by the tolerated outcome if that is the one that occurred."""
    other = case.tolerate
    if other is None or other.closing is None or not _is_tolerated_outcome(case, seen):
        return case.closing
    return other.closing


def _closing(closing: Closing, case: Case, ending: Ending) -> Judgement | None:
    """Judge the ending; None if the connection ended as required."""
    if closing.by is Side.PEER:
        return _failed_by_peer(closing, case, ending) or _tcp_end(ending, FAIL_TCP)
    return _closed_by_us(closing, case, ending) or _tcp_end(ending, END_TCP)


def _failed_by_peer(closing: Closing, case: Case, ending: Ending) -> Judgement | None:
    if ending.overdue or ending.started_by is Side.US:
        why = f"the server ignored the violation: the connection was still open after {case.within:g} s"
        return Judgement(closing.still_open, why, case.clauses)
    if not ending.received:
        return _non_strict("the server closed TCP without a Close frame", FAIL_CLOSE)
    codes = closing.codes
    if ending.code == NORMAL:
        return _fail("the server closed with 1000, as if there had been no violation", *case.clauses)
    if ending.code not in codes:
        code = "no code" if ending.code is None else str(ending.code)
        return _non_strict(f"the server closed with {code} instead of {_or(codes)}", FAIL_CLOSE)
    return None


def _closed_by_us(closing: Closing, case: Case, ending: Ending) -> Judgement | None:
    if ending.started_by is Side.PEER:
        return _fail(
            f"the server closed the connection although there was no violation (code {ending.code})", *case.clauses[:1]
        )
    if not ending.sent:
        return _fail("the server closed TCP although there was no violation", *case.clauses[:1])
    if ending.limit is Limit.CLOSE:
        return _fail(Limit.CLOSE.value, ANSWER)
    if not ending.received:
        if closing.clean:
            return _fail("the server closed TCP instead of answering our Close", ANSWER)
        return _non_strict("the server closed TCP without a Close frame", FAIL_CLOSE)
    if ending.code is None:
        return (
            None
            if closing.clean
            else _non_strict("the server answered an illegal Close with a Close without a code", FAIL_CLOSE)
        )
    if ending.code in closing.codes:
        return None
    wrong = f"the server answered with {ending.code} instead of {_or(closing.codes)}"
    if closing.clean or ending.code in closing.acceptable:
        return _non_strict(wrong, *case.clauses[:1])
    return _fail(wrong, *case.clauses)


def _tcp_end(ending: Ending, clause: str) -> Judgement | None:
    if ending.tcp is TcpEnd.RST:
        return _non_strict("the server reset TCP, which can destroy its own Close frame in transit", "6455-7.1.1-3")
    if ending.tcp is TcpEnd.OURS:
        return _fail("the server did not close TCP", clause)
    return None


def _or(codes: Sequence[int]) -> str:
    return " or ".join(map(str, dict.fromkeys(codes)))


# Parity


def parity(case: Case, seen: Transcript) -> Parity | None:
    """Return the grades of Autobahn 25.10.1, with its order of tests, its exact lists and its blind spots.

    None for a case that Autobahn does not have.
    """
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
        return "OK" if len(events) == 1 and _counts_equal(case.expect[0], events[0]) else "FAILED"
    if _equal(case.expect, events):
        return "OK"
    if case.tolerate is not None and case.tolerate.parity and _equal(case.tolerate.events, events):
        return "NON-STRICT"
    return "FAILED"


def _counts_equal(expected: Event, seen: Event) -> bool:
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
