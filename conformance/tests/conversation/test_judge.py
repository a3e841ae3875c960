"""Transcripts and our verdict on them, with its reason and clause."""

from dataclasses import replace

import pytest

from conformance.tests.support.judgements import DEAF, DECLINED, FAIL, INFO, NON_STRICT, PASS, Expected, check
from conformance.tests.support.values import KNOWN_CLAUSES, abrupt, answered, ended, failed, right, seen, silence
from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.judge import judge, parity
from wsconform.conversation.model import PROTOCOL_ERROR, Answer, Tolerance
from wsconform.conversation.transcript import Transcript
from wsconform.model import Fault, Judgement, Parity, Side
from wsconform.wire.negotiation import Agreement

MASKED = Fault(1002, "a masked frame", "6455-5.1-5")


def test_unassigned_code_may_be_returned():
    """Nobody has assigned 1004, but nothing says either that a receiver must refuse it."""
    fault = Fault(1002, "close code 1004, which must not be sent", "6455-7.4.1-5", close_code=1004)
    returned = seen(faults=[fault], ending=answered(1004, received=False))
    expected = Expected(
        NON_STRICT, "answered with the unassigned code 1004", "7.4.1-5", behavior="FAILED", close="WRONG CODE"
    )
    check(WEBSOCKET_CASES["7.9.3"], returned, expected)
    assert judge(WEBSOCKET_CASES["7.9.4"], returned).verdict is FAIL


@pytest.mark.parametrize(
    ("id_", "ending", "clauses"),
    [
        ("3.1", answered(), WEBSOCKET_CASES["3.1"].clauses),
        ("3.1", failed(1000), ("6455-7.1.7-2",)),
        ("3.1", ended(), ("6455-7.1.7-2",)),
        ("1.1.2", ended(), ("6455-7.1.2-1",)),
        ("1.1.2", failed(), ("6455-5.2-7",)),
        ("1.1.2", answered(1001), ("6455-5.5.1-16",)),
        ("1.1.2", answered(**DEAF), ("6455-5.5.1-7",)),
        ("7.3.2", answered(1000), ("6455-5.5.1-2",)),
        ("7.9.1", answered(1000), ("6455-7.1.7-2",)),
    ],
)
def test_only_broken_clauses_are_cited(id_, ending, clauses):
    """A server that ignores a violation breaks all clauses of the case; a wrong ending breaks the clause about it."""
    case = WEBSOCKET_CASES[id_]
    assert judge(case, seen(*case.expect, ending=ending)).clauses == clauses


@pytest.mark.parametrize("ending", [answered(), ended()], ids=["all in order", "dropped"])
def test_rule_that_the_peer_broke_comes_first(ending):
    case = WEBSOCKET_CASES["1.1.2"]
    judgement = judge(case, seen(ending=ending, faults=(MASKED, Fault(1002, "something else", "6455-5.2-2"))))
    assert judgement == Judgement(FAIL, "the server sent a masked frame", ("6455-5.1-5",), certain=True)


def test_fault_outweighs_octets_after_the_close():
    judgement = judge(WEBSOCKET_CASES["3.1"], seen(ending=failed(stray=b"x"), faults=(MASKED,)))
    assert judgement.clauses == ("6455-5.1-5",)


def test_events_are_judged_before_the_ending():
    judgement = judge(WEBSOCKET_CASES["1.1.2"], seen(ending=ended()))
    reason = "no message arrived; the server closed TCP without a Close frame"
    assert judgement == Judgement(FAIL, reason, ("6455-7.1.2-1",))


def test_wrong_ending_outweighs_accepted_events():
    judgement = judge(WEBSOCKET_CASES["3.2"], seen(ending=ended()))
    assert (judgement.verdict, judgement.clauses) == (NON_STRICT, ("6455-7.1.7-2",))


@pytest.mark.parametrize("id_", ["1.1.2", "3.1", "7.1.6"])
def test_failed_opening_handshake_fails_every_case(id_):
    case = WEBSOCKET_CASES[id_]
    transcript = seen(opened=False, refusal="404 Not Found", ending=ended())
    judgement = judge(case, transcript)
    assert judgement == Judgement(FAIL, "the opening handshake failed: 404 Not Found", ("6455-4.2.2-14",))
    grade = "INFORMATIONAL" if case.informational else "FAILED"
    assert parity(case, transcript) == Parity(grade, grade)


INFORMATIONAL = [id_ for id_, case in WEBSOCKET_CASES.items() if case.informational]


@pytest.mark.parametrize("left", [right, silence, abrupt])
@pytest.mark.parametrize("id_", INFORMATIONAL)
def test_informational_case_is_info_whatever_happens(id_, left):
    case = WEBSOCKET_CASES[id_]
    assert judge(case, left(case)) == Judgement(INFO, "no clause defines the right behaviour for this case")
    assert parity(case, left(case)) == (Parity("INFORMATIONAL", "INFORMATIONAL") if case.is_autobahns else None)


#: Cases about the head of the response have tests of their own.
JUDGED = [case for case in WEBSOCKET_CASES.values() if not case.informational and not case.head]


def test_right_peer_passes_every_case():
    for case in JUDGED:
        judgement = judge(case, right(case))
        assert (judgement.verdict, judgement.clauses) == (PASS, ()), case.id
        assert bool(judgement.reason) is (case.answer is Answer.NONE_OR_REFUSED), case.id
        assert parity(case, right(case)) == (Parity("OK", "OK") if case.is_autobahns else None), case.id


@pytest.mark.parametrize("left", [silence, abrupt])
def test_peer_that_does_nothing_passes_no_case(left):
    """Silence is never a pass, and neither is leaving."""
    for case in JUDGED:
        judgement = judge(case, left(case))
        waits = judgement.verdict is case.closing.still_open
        assert judgement.verdict is FAIL or waits or (judgement.verdict is NON_STRICT and left is abrupt), case.id
        assert judgement.clauses, case.id
        assert set(judgement.clauses) <= KNOWN_CLAUSES, case.id


@pytest.mark.parametrize("case", [c for c in JUDGED if c.tolerate], ids=lambda case: case.id)
def test_tolerated_outcome_has_its_verdict_and_reason(case):
    other = replace(right(case), events=seen(*case.tolerate.events, ending=ended()).events)
    if case.tolerate.closing is not None:
        end = failed if case.tolerate.closing.by is Side.PEER else answered
        other = replace(other, ending=end(case.tolerate.closing.codes[0]))
    judgement = judge(case, other)
    assert judgement.verdict is case.tolerate.verdict
    closed = f"; the server closed with {case.tolerate.closing.codes[0]}" if case.tolerate.limit else ""
    assert judgement.reason == case.tolerate.why + closed
    assert bool(judgement.clauses) is (judgement.verdict is NON_STRICT)


def test_closing_by_the_wrong_side_fails():
    for case in JUDGED:
        wrong = failed(case.closing.codes[0]) if case.closing.by is Side.US else answered(case.closing.codes[0])
        left = replace(right(case), ending=wrong)
        assert judge(case, left).verdict is case.closing.still_open, case.id
        assert not case.is_autobahns or parity(case, left).close == "FAILED", case.id


# What came of our offers

OFFERED = replace(WEBSOCKET_CASES["1.1.2"], id="X.0", offers=("permessage-deflate",))
REFUSED = Transcript(False, "400 Bad Request", status=400)


def played(answer, agreement=None, **rest):
    case = replace(OFFERED, answer=answer)
    return judge(case, replace(right(case), agreement=agreement, **rest))


@pytest.mark.parametrize(
    ("answer", "agreement", "verdict", "why"),
    [
        (Answer.FREE, None, PASS, ""),
        (Answer.FREE, Agreement(0, 0), PASS, ""),
        (Answer.AGREED, Agreement(0, 0), PASS, ""),
        (Answer.AGREED, Agreement(1, 0, client_takeover=False), PASS, ""),
        (Answer.AGREED, None, DECLINED, "did not accept permessage-deflate"),
        (Answer.FIRST, Agreement(1, 1), PASS, ""),
        (Answer.FIRST, Agreement(1, 0), NON_STRICT, "a later offer"),
        (Answer.FIRST, None, DECLINED, "did not accept"),
        (Answer.KEPT, Agreement(0, 0), PASS, ""),
        (Answer.KEPT, Agreement(0, 0, client_takeover=False), DECLINED, "with an empty window"),
        (Answer.KEPT, None, DECLINED, "did not accept"),
        (Answer.NONE, None, PASS, ""),
        (Answer.NONE, Agreement(0, 0), FAIL, "accepted an offer that it must decline"),
        (Answer.NONE_OR_REFUSED, None, PASS, ""),
        (Answer.NONE_OR_REFUSED, Agreement(0, 0), FAIL, "accepted an offer that it must decline"),
    ],
)
def test_answer_to_an_offer(answer, agreement, verdict, why):
    judgement = played(answer, agreement)
    assert judgement.verdict is verdict
    assert why in judgement.reason


@pytest.mark.parametrize(
    ("answer", "status", "verdict"),
    [
        (Answer.NONE_OR_REFUSED, 400, PASS),
        (Answer.NONE, 400, NON_STRICT),
        (Answer.FREE, 400, NON_STRICT),
        (Answer.AGREED, 400, NON_STRICT),
        (Answer.FIRST, 400, NON_STRICT),
        (Answer.AGREED, 500, FAIL),
        (Answer.NONE_OR_REFUSED, 500, NON_STRICT),
        (Answer.NONE, 500, FAIL),
        (Answer.NONE, None, FAIL),
    ],
)
def test_refused_handshake(answer, status, verdict):
    assert judge(replace(OFFERED, answer=answer), replace(REFUSED, status=status)).verdict is verdict


def test_answer_that_breaks_a_rule_fails_and_is_not_declined():
    fault = Fault(1010, "a response with the same parameter twice", "7692-5-3")
    judgement = played(Answer.AGREED, None, faults=(fault,))
    what = "the server sent a response with the same parameter twice"
    assert judgement == Judgement(FAIL, what, ("7692-5-3",), certain=True)


def test_declined_compression_is_unimplemented_for_autobahn():
    case = WEBSOCKET_CASES["12.1.1"]
    assert parity(case, seen(ending=answered())) == Parity("UNIMPLEMENTED", "OK")
    assert judge(case, seen(ending=answered())).verdict is DECLINED


OTHERWISE = Tolerance((), NON_STRICT, "it is refused", closing=PROTOCOL_ERROR)


@pytest.mark.parametrize(
    ("events", "ending", "verdict"),
    [
        (OFFERED.expect, answered(), PASS),
        ((), failed(1002), NON_STRICT),
        ((), failed(1011), NON_STRICT),
        ((), answered(), FAIL),  # nothing came, and it was not refused either
        (OFFERED.expect, failed(1002), FAIL),  # both at once
    ],
)
def test_tolerated_outcome_may_have_its_own_ending(events, ending, verdict):
    case = replace(OFFERED, tolerate=OTHERWISE)
    assert judge(case, seen(*events, ending=ending)).verdict is verdict
