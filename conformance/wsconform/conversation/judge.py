"""Judge a transcript against its case, by RFC 6455 and RFC 7692.

Events, Close frame and the end of TCP are judged in turn, content is always compared, and silence is never a pass.
`wsconform.conversation.parity` gives the grade of Autobahn, even where Autobahn is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from wsconform.conversation import charges
from wsconform.conversation.endings import describe_wait, judge_ending, judge_stray
from wsconform.conversation.matching import all_same, first_difference, same_in_streams
from wsconform.conversation.model import Answer, Case, Closing, Event
from wsconform.conversation.parity import parity
from wsconform.conversation.pongs import solicited
from wsconform.conversation.transcript import Ending, Limit, Transcript
from wsconform.model import Judgement, Side, Verdict, same
from wsconform.wire.head import HeadFault, HeadRule, head_faults, opening_faults

__all__ = ["judge", "parity"]

SWITCHING = 101


def judge(case: Case, seen: Transcript) -> Judgement:
    """Return our verdict on a transcript."""
    if not seen.opened:
        return _not_opened(case, seen)
    if seen.ending.limit is Limit.CEILING:
        reason = f"timeout: {Limit.CEILING.value} ({seen.seconds:.0f} s)"
        return charges.TCP_AFTER_CLOSE.against(case, reason)
    if case.informational:
        return Judgement(Verdict.INFO, "no clause defines the right behaviour for this case")
    answer = _answer(case, seen)
    if answer is not None and answer.verdict is Verdict.DECLINED and not seen.faults:
        return answer
    told = solicited(case.send, (s.event for s in seen.events))
    events = _events(case, seen, told)
    closing = judge_ending(_closing_due(case, seen.ending, told), case, seen.ending)
    # An ignored violation explains more than the echo or pong that resulted from it.
    order = (closing, events) if case.closing.by is Side.PEER else (events, closing)
    # Bytes after the Close frame come last, since some servers send them in every case.
    behind = judge_stray(case, seen.ending)
    found = [one for one in (_head(case, seen), _faults(case, seen), answer, *order, behind) if one is not None]
    for verdict in (Verdict.FAIL, Verdict.NON_STRICT, Verdict.INFO):
        for one in found:
            if one.verdict is verdict:
                return one
    return events or answer or Judgement(Verdict.PASS)


# The answer to our opening handshake


def _head(case: Case, seen: Transcript) -> Judgement | None:
    """Judge the head of the 101; None if it follows the rules of the case."""
    broken = (fault for fault in _head_faults(seen) if fault.rule in case.head)
    first = next(broken, None)
    if first is None:
        return None
    return Judgement(Verdict.FAIL, f"the head of the 101 response has {first.what}", (first.clause,), certain=True)


def _head_faults(seen: Transcript) -> tuple[HeadFault, ...]:
    return (*head_faults(seen.head), *opening_faults(seen.head, seen.asked))


def _not_opened(case: Case, seen: Transcript) -> Judgement:
    if case.head and seen.status is not None:
        return _unopened_head(case, seen)
    failed = f"the opening handshake failed: {seen.refusal}"
    if not case.offers:
        return charges.NOT_OPENED.against(case, failed)
    if case.answer is Answer.NONE_OR_REFUSED:
        return _malformed_refused(case, seen, failed)
    if seen.status is not None and 400 <= seen.status < 500:
        reason = f"the opening handshake was refused with {seen.status} instead of declining the offer"
        return charges.OFFER_REFUSED.against(case, reason)
    return charges.OFFER_NOT_DECLINED.against(case, failed)


def _malformed_refused(case: Case, seen: Transcript, failed: str) -> Judgement:
    """Judge the refusal of a malformed field: an HTTP error or the end of TCP, at once (section 9.1)."""
    if seen.status is None:
        ended = seen.lost and not seen.head and seen.ending.limit is Limit.NONE
        return Judgement(Verdict.PASS) if ended else charges.MALFORMED_OFFER_NOT_ANSWERED.against(case, failed)
    if 400 <= seen.status < 500:
        return Judgement(Verdict.PASS)
    reason = f"the malformed field was answered with {seen.status}, which does not blame the client"
    return charges.MALFORMED_OFFER_ANSWERED_BADLY.against(case, reason)


def _unopened_head(case: Case, seen: Transcript) -> Judgement:
    """Judge an answer that does not open a connection by the rules of the case, if they can be applied to it."""
    if seen.status == SWITCHING and seen.head:
        return _head(case, seen) or Judgement(Verdict.PASS)
    if HeadRule.STATUS in case.head:
        return charges.NOT_OPENED.against(case, f"the opening handshake failed: {seen.refusal}")
    return Judgement(Verdict.NOT_RUN, f"there is no 101 response: {seen.refusal}")


def _answer(case: Case, seen: Transcript) -> Judgement | None:
    """Judge the agreement; None if the case can be judged with it."""
    agreed = seen.agreement
    if case.answer is Answer.NONE_OR_REFUSED and agreed is None:
        lenient = "the malformed field was ignored, which is accepted, although the connection should fail"
        return Judgement(Verdict.PASS, lenient)
    if case.answer in (Answer.NONE, Answer.NONE_OR_REFUSED):
        wrong = charges.OFFER_WRONGLY_ACCEPTED.against(case, "the server accepted an offer that it must decline")
        return None if agreed is None else wrong
    if case.answer is Answer.FREE:
        return None
    if agreed is None:
        return Judgement(Verdict.DECLINED, f"the server did not accept {' or '.join(case.offers)}")
    if case.answer is Answer.KEPT and not agreed.client_takeover:
        return Judgement(Verdict.DECLINED, "the server requires us to start each message with an empty window")
    if case.answer is Answer.FIRST and agreed.offer > agreed.preferred:
        if agreed.offer > agreed.firm:
            return charges.LATER_OFFER.against(case, "the server accepted a later offer than the first acceptable one")
        return Judgement(Verdict.INFO, "the server accepted a later offer: not every server can limit its window")
    return None


# Violations of the peer that need no case to be seen


def _faults(case: Case, seen: Transcript) -> Judgement | None:
    if not seen.faults:
        return None
    worst = min(seen.faults, key=lambda fault: fault.verdict is not Verdict.FAIL)
    verdict, what = worst.verdict, f"the server sent {worst.what}"
    if worst.close_code in case.closing.acceptable:
        verdict, what = Verdict.NON_STRICT, f"the server answered with the unassigned code {worst.close_code}"
    return Judgement(verdict, what, (worst.clause,), certain=True)


# Events


def _events(case: Case, seen: Transcript, told: Sequence[Event]) -> Judgement | None:
    """Judge the events; None if they are exactly as expected.

    Args:
        case: the case.
        seen: the transcript.
        told: its events without unsolicited Pongs.
    """
    if all_same(case.expect, told):
        return None
    if _is_tolerated_outcome(case, seen.ending, told):
        assert case.tolerate is not None
        if case.tolerate.verdict is Verdict.NON_STRICT:
            return charges.SECOND_BEST.against(case, case.tolerate.why)
        why = case.tolerate.why
        return Judgement(case.tolerate.verdict, why + (_left(case, seen.ending) if case.tolerate.limit else ""))
    if same_in_streams(case.expect, told):
        return charges.LATE_PONG.against(case, "a pong came after the echo of a later message")
    reason, charge = first_difference(case.expect, told, seen.more_events)
    others = len(seen.events) - len(told) if charge is charges.NO_PONG else 0
    more = f"; {others} pong{'s' * (others != 1)} with another payload came" if others else ""
    if seen.ending.overdue:
        return charge.against(case, f"{reason} within {describe_wait(seen.ending)}{more}")
    if not charge.certain and case.closing.by is Side.US and seen.lost and not seen.ending.sent:
        return charges.DROPPED.against(case, f"{reason}; the server closed TCP without a Close frame")
    return charge.against(case, reason + more + _left(case, seen.ending))


def _left(case: Case, ending: Ending) -> str:
    """Describe the peer's Close, if it closed when it should not have."""
    if case.closing.by is Side.PEER or ending.started_by is not Side.PEER:
        return ""
    code = "without a code" if ending.code is None else f"with {ending.code}"
    reason = ending.reason.decode(errors="replace")
    return f"; the server closed {code}" + (f' "{reason}"' if reason and reason.isprintable() else "")


def _is_tolerated_outcome(case: Case, ending: Ending, told: Sequence[Event]) -> bool:
    """Whether the tolerated outcome occurred, and not the expected one; a timeout has no closing of its own."""
    other = case.tolerate
    if other is None or all_same(case.expect, told) or not _tolerated(case, told):
        return False
    if other.limit:
        return ending.started_by is Side.PEER and other.closing is not None and ending.code in other.closing.codes
    return other.closing is None or not ending.overdue


def _tolerated(case: Case, events: Sequence[Event]) -> bool:
    """Whether these are the tolerated events, or some of the expected events and then the tolerated ones.

    A connection that fails may do so after any number of the expected events.
    """
    assert case.tolerate is not None
    tolerated = case.tolerate.events
    if all_same(tolerated, events):
        return True
    closing = case.tolerate.closing or case.closing
    if not tolerated:
        return closing.by is Side.PEER and all_same(case.expect[: len(events)], events)
    if not all_same(tolerated, events[-len(tolerated) :]):
        return False
    rest = iter(case.expect)
    return all(any(same(e, s) for e in rest) for s in events)


def _closing_due(case: Case, ending: Ending, told: Sequence[Event]) -> Closing:
    """Return how the connection must end, by the tolerated outcome if that is the one that occurred."""
    other = case.tolerate
    if other is None or other.closing is None or not _is_tolerated_outcome(case, ending, told):
        return case.closing
    return other.closing
