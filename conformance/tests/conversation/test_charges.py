"""Everything that the judge can charge: each charge occurs, and cites the clause that was broken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.tests.support.judgements import DEAF, OVERDUE, STUCK
from conformance.tests.support.values import KNOWN_CLAUSES, agreed, answered, ended, failed, right, seen
from wsconform.cases import WEBSOCKET_CASES
from wsconform.clauses import CLAUSES
from wsconform.conversation.charges import CHARGES
from wsconform.conversation.judge import judge
from wsconform.conversation.model import Answer, Echoes
from wsconform.conversation.transcript import Limit, Transcript
from wsconform.model import Message, Pong, Verdict
from wsconform.wire.negotiation import Agreement


def unopened(status: int | None, **rest: object) -> Transcript:
    return Transcript(False, "refused", status=status, ending=ended(**rest))


def left(*events: object, ending: object = answered(), **rest: object) -> Transcript:
    return seen(*events, ending=ending, **rest)


BEHIND = {"a": b"\x81\x00", "close": b"\x88\x00", "pong": b"\x8a\x00"}

#: For each charge a case and a transcript. `DIED` is not the judge's, see playing/test_runner.py.
CHARGED = {
    "NOT_OPENED": ("1.1.2", unopened(404)),
    "OFFER_REFUSED": ("X.4.1", unopened(400)),
    "OFFER_NOT_DECLINED": ("X.4.1", unopened(500)),
    "MALFORMED_OFFER_NOT_ANSWERED": ("X.9.3", unopened(None, limit=Limit.OPENING)),
    "MALFORMED_OFFER_ANSWERED_BADLY": ("X.9.3", unopened(500)),
    "OFFER_WRONGLY_ACCEPTED": ("X.1.1", replace(right(WEBSOCKET_CASES["X.1.1"]), agreement=Agreement(0, 0))),
    "LATER_OFFER": ("X.5.4", replace(right(WEBSOCKET_CASES["X.5.4"]), agreement=Agreement(1, 0))),
    "WRONG_EVENT": ("5.3", left(Message(b"fragment2fragment1"))),
    "MISSING_EVENT": ("9.7.1", left(Echoes(3), ending=answered(**OVERDUE))),
    "REFUSED_MESSAGE": ("5.3", left(*WEBSOCKET_CASES["5.3"].expect, ending=failed(1002))),
    "DROPPED": ("9.3.1", left(ending=ended())),
    "NO_PONG": ("5.6", left(Message(b"fragment1fragment2"), ending=answered(**OVERDUE))),
    "WRONG_PONG": ("2.10", left(Pong(b"payload-1"), Pong(b"payload-0"))),
    "LATE_PONG": ("5.6", left(Message(b"fragment1fragment2"), Pong(b"ping payload"))),
    "SECOND_BEST": ("L.1.1", left(*WEBSOCKET_CASES["L.1.1"].tolerate.events)),
    "IGNORED": ("3.1", left(ending=answered(**OVERDUE))),
    "NO_CLOSE": ("3.1", left(ending=ended())),
    "WRONG_CODE": ("3.1", left(ending=failed(1011))),
    "CLOSE_ACCEPTED": ("7.5.1", left(ending=answered(1000))),
    "CODE_REFUSED": ("7.7.2", left(ending=answered(1002))),
    "OTHER_CODE": ("7.7.2", left(ending=answered(1011))),
    "UNANSWERED": ("7.1.5", left(ending=answered(**DEAF))),
    "TCP_AFTER_CLOSE": ("7.1.5", left(ending=answered(**STUCK))),
    "TCP_AFTER_FAILURE": ("3.1", left(ending=failed(**STUCK))),
    "DATA_BEHIND_CLOSE": ("7.1.5", left(ending=answered(stray=BEHIND["a"], stray_size=2))),
    "CONTROL_BEHIND_CLOSE": ("7.1.5", left(ending=answered(stray=BEHIND["close"], stray_size=2))),
    "ANSWER_BEHIND_CLOSE": ("7.1.3", left(ending=answered(stray=BEHIND["pong"], stray_size=2))),
}
#: The charges whose clause is the subject of the case.
SUBJECTS = {
    "WRONG_EVENT",
    "MISSING_EVENT",
    "REFUSED_MESSAGE",
    "SECOND_BEST",
    "IGNORED",
    "CLOSE_ACCEPTED",
    "CODE_REFUSED",
}


@pytest.mark.parametrize("name", CHARGES)
def test_charge_cites_its_clause(name: str) -> None:
    charge = CHARGES[name]
    if name in SUBJECTS:
        assert not charge.clause
    else:
        assert charge.clause in KNOWN_CLAUSES


@pytest.mark.parametrize("name", sorted(set(CHARGES) - {"DIED"}))
def test_judge_makes_the_charge(name: str) -> None:
    charge, (id_, transcript) = CHARGES[name], CHARGED[name]
    case = WEBSOCKET_CASES[id_]
    if case.answer in (Answer.FIRST, Answer.AGREED) and transcript.opened and transcript.agreement is None:
        transcript = replace(transcript, agreement=agreed(case))
    judgement = judge(case, transcript)
    assert judgement == charge.against(case, judgement.reason), judgement
    assert judgement.reason


def test_failures_stand_on_mandatory_clauses_and_non_strict_on_others_or_second_best() -> None:
    """A SHOULD that is broken is never a failure."""
    failing = {name: CLAUSES[charge.clause].level for name, charge in CHARGES.items() if charge.clause}
    advice = {name for name, level in failing.items() if level in ("SHOULD", "RECOMMENDED", "MAY", "example")}
    assert {name for name in advice if CHARGES[name].verdict is not Verdict.NON_STRICT} == set()


def test_load_is_no_excuse_for_content_order_and_codes() -> None:
    certain = {name for name, charge in CHARGES.items() if charge.certain}
    assert {"WRONG_EVENT", "WRONG_PONG", "WRONG_CODE", "OTHER_CODE", "DATA_BEHIND_CLOSE"} <= certain
    assert certain.isdisjoint({"MISSING_EVENT", "NO_PONG", "DROPPED", "IGNORED", "UNANSWERED", "NO_CLOSE"})
