"""Transcripts and what the judge makes of them: our verdict with reason and clause, and Autobahn's two grades."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from conformance.tests.support.values import KNOWN_CLAUSES, abrupt, answered, ended, failed, right, seen, silence
from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.judge import judge, parity
from wsconform.conversation.model import PROTOCOL_ERROR, Answer, Echoes, Event, StillOpen, Tolerance
from wsconform.conversation.transcript import Ending, Limit, TcpEnd, Transcript
from wsconform.model import Fault, Fill, Judgement, Message, Parity, Pong, Side, Verdict
from wsconform.wire.negotiation import Agreement

PASS, NON_STRICT, FAIL, INFO, DECLINED = map(Verdict, ("pass", "non-strict", "fail", "info", "declined"))

STARS = b"*" * 125  # what 1.1.2 sends
HELLO = Message(b"Hello, world!")  # what 3.2 sends before it errs
WHOLE = Message(b"fragment1fragment2")  # what 5.6 and 5.15 send in fragments
PING = Pong(b"ping payload")  # what 5.6 sends between them
PONGS = [Pong(b"payload-%d" % n) for n in range(10)]  # the answers of 2.10
PART = Fill(b"BAsd7&jh23", 65536)  # what 9.1.1 sends
A, B = StillOpen("A"), StillOpen("B")
MASKED = Fault(1002, "a masked frame", "6455-5.1-5")

OVERDUE = {"overdue": True}
UNANSWERED = {"received": False, "code": None}
STUCK = {"limit": Limit.TCP, "tcp": TcpEnd.OURS}  # both Closes were exchanged, TCP was not ended
DEAF = {"limit": Limit.CLOSE, "tcp": TcpEnd.OURS, **UNANSWERED}


@dataclass(frozen=True)
class Given:
    """What a peer left behind in a case; by default the expected events."""

    case: str
    ending: Ending
    events: Sequence[Event] | None = None


@dataclass(frozen=True)
class Expected:
    """Our verdict, part of its reason and its first clause; and Autobahn's two grades."""

    verdict: Verdict = PASS
    reason: str = ""
    clause: str = ""
    behavior: str = "OK"
    close: str = "OK"


#: What was seen, and what is said of it.
EVENTS = {
    "right": (Given("1.1.2", answered(), events=[Message(STARS)]), Expected()),
    "other type": (
        Given("1.1.2", answered(), events=[Message(STARS, binary=True)]),
        Expected(FAIL, "event 1: the echo has the wrong type", "5.2-7", behavior="FAILED"),
    ),
    "other length, and octets behind the Close": (
        Given("1.1.2", answered(stray=b"HTTP/1.1 500"), events=[Message(b"***")]),
        Expected(
            FAIL,
            "event 1: the echo has 3 bytes instead of 125",
            "5.2-7",
            behavior="FAILED",
            close="FAILED BY CLIENT",
        ),
    ),
    "nothing, and closed": (
        Given("1.1.2", failed(1009, reason=b"too many fragments"), events=[]),
        Expected(
            FAIL,
            'no message arrived; the server closed with 1009 "too many fragments"',
            "5.2-7",
            behavior="FAILED",
            close="FAILED",
        ),
    ),
    "nothing, and closed for a reason that nobody may see": (
        Given("1.1.2", failed(None, reason=b"\x1b[2J"), events=[]),
        Expected(
            FAIL, "no message arrived; the server closed without a code", "5.2-7", behavior="FAILED", close="FAILED"
        ),
    ),
    "other length": (
        Given("1.1.2", answered(), events=[Message(b"***")]),
        Expected(FAIL, "event 1: the echo has 3 bytes instead of 125", "5.2-7", behavior="FAILED"),
    ),
    "other octets": (
        Given("1.1.2", answered(), events=[Message(STARS[:7] + b"?" + STARS[8:])]),
        Expected(FAIL, "event 1: the echo differs from byte 7 on", "5.2-7", behavior="FAILED"),
    ),
    "missing": (
        Given("1.1.2", answered(1001, **OVERDUE), events=[]),
        Expected(FAIL, "no message arrived within 1 s", "5.2-7", behavior="FAILED", close="WRONG CODE"),
    ),
    "missing in the end": (
        Given("5.19", answered(**OVERDUE), events=[Pong(b"pongme 1!")]),
        Expected(FAIL, "pong 2 of 3 did not arrive within 1 s", "5.4-7", behavior="FAILED"),
    ),
    "twice": (
        Given("1.1.2", answered(), events=[Message(STARS)] * 2),
        Expected(FAIL, "1 unexpected event, the first a message", "5.2-7", behavior="FAILED"),
    ),
    "other pong": (
        Given("2.2", answered(**OVERDUE), events=[Pong(b"Hello, World!")]),
        Expected(
            FAIL, "event 1: the pong does not repeat the payload of the ping within 1 s", "5.5.2-2", behavior="FAILED"
        ),
    ),
    "message for a pong": (
        Given("2.2", answered(), events=[HELLO]),
        Expected(FAIL, "event 1: a message came instead of a pong", "5.5.2-2", behavior="FAILED"),
    ),
    # Pongs
    "late pong": (
        Given("5.6", answered(**OVERDUE), events=[WHOLE, PING]),
        Expected(NON_STRICT, "a pong came after the echo of a later message", "5.5.2-3", behavior="FAILED"),
    ),
    "pong lost": (
        Given("5.6", answered(), events=[WHOLE]),
        Expected(FAIL, "event 1: a message came instead of a pong", "5.4-7", behavior="FAILED"),
    ),
    "all pongs": (Given("2.10", answered(), events=PONGS), Expected()),
    "newest pong": (
        Given("2.10", answered(None, **OVERDUE), events=PONGS[-1:]),
        Expected(PASS, "only the most recent of the waiting pings was answered", behavior="FAILED"),
    ),
    "some pongs and the newest": (
        Given("2.10", answered(None, **OVERDUE), events=[PONGS[2], PONGS[5], PONGS[9]]),
        Expected(PASS, "only the most recent of the waiting pings was answered", behavior="FAILED"),
    ),
    "some pongs": (
        Given("2.10", answered(None, **OVERDUE), events=PONGS[:4]),
        Expected(FAIL, "pong 5 of 10 did not arrive within 3 s", "5.5.2-2", behavior="FAILED"),
    ),
    "no pong": (
        Given("2.10", answered(None, **OVERDUE), events=[]),
        Expected(FAIL, "no pong arrived within 3 s", "5.5.2-2", behavior="FAILED"),
    ),
    "newest pong twice": (
        Given("2.10", answered(None, **OVERDUE), events=PONGS[-1:] * 2),
        Expected(FAIL, "event 1: the pong does not repeat the payload of the ping", "5.5.2-2", behavior="FAILED"),
    ),
    "pongs out of order": (
        Given("2.10", answered(None, **OVERDUE), events=[PONGS[4], PONGS[3], PONGS[9]]),
        Expected(FAIL, "event 1: the pong does not repeat the payload of the ping", "5.5.2-2", behavior="FAILED"),
    ),
    "a pong of nothing and the newest": (
        Given("2.10", answered(None, **OVERDUE), events=[Pong(b"payload"), PONGS[9]]),
        Expected(FAIL, "event 1: the pong does not repeat the payload of the ping", "5.5.2-2", behavior="FAILED"),
    ),
    # Good messages before a violation
    "echoed": (Given("3.2", failed(), events=[HELLO]), Expected()),
    "not echoed": (
        Given("3.2", failed(), events=[]),
        Expected(PASS, "before the valid message was echoed", behavior="NON-STRICT"),
    ),
    "echoed twice": (
        Given("3.2", failed(), events=[HELLO] * 2),
        Expected(FAIL, "1 unexpected event, the first a message", "5.2-2", behavior="FAILED"),
    ),
    "answered in spite of all": (
        Given("3.2", answered(1001, **OVERDUE), events=[HELLO, Pong()]),
        Expected(
            FAIL,
            "the server ignored the violation: the connection was still open after 1 s",
            "5.2-2",
            behavior="FAILED",
            close="FAILED",
        ),
    ),
    "other message": (
        Given("3.2", failed(), events=[Message(b"Hello, World?")]),
        Expected(FAIL, "event 1: the echo differs from byte 7 on", "5.2-2", behavior="FAILED"),
    ),
    # Failing fast
    "at once": (Given("6.4.1", failed(1007), events=[A]), Expected()),
    "at the end": (
        Given("6.4.1", failed(1007), events=[A, B]),
        Expected(INFO, "failed only at the end of the message", behavior="NON-STRICT"),
    ),
    "at the end with the wrong code": (
        Given("6.4.1", failed(1002), events=[A, B]),
        Expected(NON_STRICT, "closed with 1002 instead of 1007", "7.1.7-2", behavior="NON-STRICT", close="WRONG CODE"),
    ),
    "too early": (
        Given("6.4.1", failed(1007), events=[]),
        Expected(FAIL, "the connection ended before the end of pause A", "8.1-1", behavior="FAILED"),
    ),
    "a message in a pause": (
        Given("6.4.1", failed(1007), events=[Message(b""), A]),
        Expected(FAIL, "event 1: a message came instead of the end of pause A", "8.1-1", behavior="FAILED"),
    ),
    "a message after the pauses": (
        Given("6.4.1", failed(1007), events=[A, B, Message(b"")]),
        Expected(FAIL, "still open after pause B", "8.1-1", behavior="FAILED"),
    ),
    # Limits: Autobahn looks at type and length only
    "large": (Given("9.1.1", answered(), events=[Message(bytes(PART))]), Expected()),
    "large with other octets": (
        Given("9.1.1", answered(), events=[Message(b"?" * len(PART))]),
        Expected(FAIL, "event 1: the echo differs from byte 0 on", "6.1-2"),
    ),
    "large and cut": (
        Given("9.1.1", answered(), events=[Message(bytes(PART)[:-1])]),
        Expected(FAIL, "event 1: the echo has 65535 bytes instead of 65536", "6.1-2", behavior="FAILED"),
    ),
    "large of the other type": (
        Given("9.1.1", answered(), events=[Message(bytes(PART), binary=True)]),
        Expected(FAIL, "event 1: the echo has the wrong type", "6.1-2", behavior="FAILED"),
    ),
    "large twice": (
        Given("9.1.1", answered(), events=[Message(bytes(PART))] * 2),
        Expected(FAIL, "1 unexpected event, the first a message", "6.1-2", behavior="FAILED"),
    ),
    "pong for a large one": (
        Given("9.1.1", answered(), events=[Pong(b"")]),
        Expected(FAIL, "event 1: a pong came instead of a message", "6.1-2", behavior="FAILED"),
    ),
    "all round trips": (Given("9.7.1", answered(), events=[Echoes(1000)]), Expected()),
    "too few round trips": (
        Given("9.7.1", answered(None, **OVERDUE), events=[Echoes(37)]),
        Expected(FAIL, "event 1: only 37 of 1000 round trips were completed within 60 s", "6.1-2", behavior="FAILED"),
    ),
    "round trips with other octets": (
        Given("9.7.2", answered(), events=[Echoes(1000, exact=False)]),
        Expected(FAIL, "event 1: an echo has the right length but wrong bytes", "6.1-2"),
    ),
    "a round trip with another length": (
        Given("9.7.2", answered(), events=[Message(b"*")]),
        Expected(FAIL, "event 1: an echo has the wrong type or length", "6.1-2", behavior="FAILED"),
    ),
    "a pong in round trips": (
        Given("9.7.2", answered(), events=[Pong(b""), Echoes(1000)]),
        Expected(FAIL, "event 1: a pong came instead of a count of round trips", "6.1-2", behavior="FAILED"),
    ),
    "no round trips": (
        Given("9.7.2", ended(), events=[]),
        Expected(FAIL, "the round trips did not finish", "6.1-2", behavior="FAILED", close="FAILED"),
    ),
}

#: How connections ended on which the expected events were seen.
ENDINGS = {
    # The peer must fail the connection
    "failed": (Given("3.1", failed()), Expected()),
    "ignored": (
        Given("3.1", answered(1001, **OVERDUE)),
        Expected(
            FAIL, "the server ignored the violation: the connection was still open after 1 s", "5.2-2", close="FAILED"
        ),
    ),
    "closed by us": (
        Given("3.1", answered()),
        Expected(FAIL, "the server ignored the violation", "5.2-2", close="FAILED"),
    ),
    "failed after our deadline": (
        Given("3.1", failed(**OVERDUE)),
        Expected(FAIL, "the server ignored the violation", "5.2-2"),
    ),
    "dropped": (Given("3.1", ended()), Expected(NON_STRICT, "closed TCP without a Close frame", "7.1.7-2")),
    "failed with 1000": (
        Given("3.1", failed(1000)),
        Expected(FAIL, "closed with 1000, as if there had been no violation", "5.2-2", close="WRONG CODE"),
    ),
    "failed with another code": (
        Given("3.1", failed(1007)),
        Expected(NON_STRICT, "closed with 1007 instead of 1002", "7.1.7-2", close="WRONG CODE"),
    ),
    "failed without a code": (
        Given("3.1", failed(None)),
        Expected(NON_STRICT, "closed with no code instead of 1002", "7.1.7-2"),
    ),
    "failed and reset": (Given("3.1", failed(tcp=TcpEnd.RST)), Expected(NON_STRICT, "reset TCP", "7.1.1-3")),
    "failed and stayed": (
        Given("3.1", failed(**STUCK)),
        Expected(FAIL, "did not close TCP", "7.1.7-1", close="FAILED BY CLIENT"),
    ),
    # Autobahn's second look at the side
    "invalid text ignored": (
        Given("6.3.1", answered(1001, **OVERDUE)),
        Expected(FAIL, "ignored", "8.1-1", behavior="FAILED", close="FAILED"),
    ),
    "invalid text with 1002": (
        Given("6.3.1", failed(1002)),
        Expected(NON_STRICT, "closed with 1002 instead of 1007", "7.1.7-2", close="WRONG CODE"),
    ),
    # We close
    "answered": (Given("1.1.2", answered()), Expected()),
    "answered without a code": (Given("1.1.2", answered(None)), Expected()),
    "answered with another code": (
        Given("1.1.2", answered(1001)),
        Expected(NON_STRICT, "answered with 1001 instead of 1000", "5.2-7", close="WRONG CODE"),
    ),
    "answered and reset": (Given("1.1.2", answered(tcp=TcpEnd.RST)), Expected(NON_STRICT, "reset TCP", "7.1.1-3")),
    "not answered": (
        Given("1.1.2", answered(**DEAF)),
        Expected(FAIL, "our Close was not answered in time", "5.5.1-7", close="UNCLEAN"),
    ),
    "dropped for an answer": (
        Given("1.1.2", answered(**UNANSWERED)),
        Expected(FAIL, "closed TCP instead of answering our Close", "5.5.1-7", close="UNCLEAN"),
    ),
    "closed too early": (
        Given("1.1.2", failed(1001)),
        Expected(FAIL, "closed the connection although there was no violation (code 1001)", "5.2-7", close="FAILED"),
    ),
    "dropped too early": (
        Given("1.1.2", ended()),
        Expected(FAIL, "closed TCP although there was no violation", "5.2-7", close="FAILED"),
    ),
    # Autobahn's kill timer of a second hides a TCP that is not ended
    "stayed": (
        Given("1.1.2", answered(**STUCK)),
        Expected(FAIL, "did not close TCP", "5.5.1-11", close="FAILED BY CLIENT"),
    ),
    "stayed, other deadline": (
        Given("2.1", answered(**STUCK)),
        Expected(FAIL, "did not close TCP", "5.5.1-11", close="UNCLEAN"),
    ),
    "stayed, long deadline": (
        Given("1.1.7", answered(**STUCK)),
        Expected(FAIL, "did not close TCP", "5.5.1-11", close="UNCLEAN"),
    ),
    # Closes with something in them
    "own code": (Given("7.7.2", answered(1001)), Expected()),
    "normal code": (Given("7.7.2", answered(1000)), Expected()),
    "third code": (
        Given("7.7.2", answered(1002)),
        Expected(
            NON_STRICT, "answered with 1002 instead of 1000 or 1001", "7.4.1-1", behavior="FAILED", close="WRONG CODE"
        ),
    ),
    "illegal Close refused": (Given("7.3.2", answered(1002)), Expected()),
    "illegal Close accepted": (
        Given("7.3.2", answered(1000)),
        Expected(FAIL, "answered with 1000 instead of 1002", "5.5.1-2", behavior="FAILED", close="WRONG CODE"),
    ),
    "illegal Close answered without a code": (
        Given("7.3.2", answered(None)),
        Expected(NON_STRICT, "answered an illegal Close with a Close without a code", "7.1.7-2"),
    ),
    "illegal Close, dropped": (
        Given("7.3.2", answered(**UNANSWERED)),
        Expected(NON_STRICT, "closed TCP without a Close frame", "7.1.7-2"),
    ),
    "illegal Close, not answered": (
        Given("7.3.2", answered(**DEAF)),
        Expected(FAIL, "our Close was not answered in time", "5.5.1-7", close="FAILED BY CLIENT"),
    ),
    "either refusal": (Given("7.5.1", answered(1007)), Expected()),
    "neither refusal": (
        Given("7.5.1", answered(1000)),
        Expected(FAIL, "answered with 1000 instead of 1002 or 1007", "8.1-4", behavior="FAILED", close="WRONG CODE"),
    ),
    "unassigned code, normal answer": (
        Given("7.9.3", answered(1000)),
        Expected(NON_STRICT, "answered with 1000 instead of 1002", "7.4.1-5", behavior="FAILED", close="WRONG CODE"),
    ),
    "unassigned code, odd answer": (
        Given("7.9.3", answered(1011)),
        Expected(FAIL, "answered with 1011 instead of 1002", "7.4.1-5", behavior="FAILED", close="WRONG CODE"),
    ),
    "forbidden code, normal answer": (
        Given("7.9.1", answered(1000)),
        Expected(FAIL, "answered with 1000 instead of 1002", "7.4.2-1", behavior="FAILED", close="WRONG CODE"),
    ),
    # Octets that belong to nothing
    "octets after the Close": (
        Given("1.1.2", answered(stray=b"\x81\x00", stray_size=2)),
        Expected(FAIL, "the server sent 2 bytes after its Close frame", "5.5.1-6"),
    ),
}


def check(case, transcript, expected):
    judgement = judge(case, transcript)
    assert (judgement.verdict, expected.reason in judgement.reason) == (expected.verdict, True), judgement
    assert judgement.clauses[:1] == ((f"6455-{expected.clause}",) if expected.clause else ())
    assert bool(judgement.reason) is bool(expected.reason)
    assert set(judgement.clauses) <= KNOWN_CLAUSES
    assert parity(case, transcript) == Parity(expected.behavior, expected.close)


@pytest.mark.parametrize(("given", "expected"), EVENTS.values(), ids=EVENTS)
def test_events(given, expected):
    check(WEBSOCKET_CASES[given.case], seen(*given.events, ending=given.ending), expected)


@pytest.mark.parametrize(("given", "expected"), ENDINGS.values(), ids=ENDINGS)
def test_endings(given, expected):
    case = WEBSOCKET_CASES[given.case]
    check(case, seen(*case.expect, ending=given.ending), expected)


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
        ("3.1", failed(1000), WEBSOCKET_CASES["3.1"].clauses),
        ("3.1", ended(), ("6455-7.1.7-2",)),
        ("1.1.2", ended(), ("6455-5.2-7",)),
        ("1.1.2", failed(), ("6455-5.2-7",)),
        ("1.1.2", answered(1001), ("6455-5.2-7",)),
        ("1.1.2", answered(**DEAF), ("6455-5.5.1-7",)),
        ("7.3.2", answered(1000), WEBSOCKET_CASES["7.3.2"].clauses),
    ],
)
def test_only_broken_clauses_are_cited(id_, ending, clauses):
    """What ignores a violation breaks all that the case stands on; a wrong ending only what is about it."""
    case = WEBSOCKET_CASES[id_]
    assert judge(case, seen(*case.expect, ending=ending)).clauses == clauses


@pytest.mark.parametrize("ending", [answered(), ended()], ids=["all in order", "dropped"])
def test_rule_that_the_peer_broke_comes_first(ending):
    case = WEBSOCKET_CASES["1.1.2"]
    judgement = judge(case, seen(ending=ending, faults=(MASKED, Fault(1002, "something else", "6455-5.2-2"))))
    assert judgement == Judgement(FAIL, "the server sent a masked frame", ("6455-5.1-5",))


def test_fault_outweighs_octets_after_the_close():
    judgement = judge(WEBSOCKET_CASES["3.1"], seen(ending=failed(stray=b"x"), faults=(MASKED,)))
    assert judgement.clauses == ("6455-5.1-5",)


def test_events_are_judged_before_the_ending():
    judgement = judge(WEBSOCKET_CASES["1.1.2"], seen(ending=ended()))
    assert judgement == Judgement(FAIL, "no message arrived", WEBSOCKET_CASES["1.1.2"].clauses[:2])


def test_wrong_ending_outweighs_accepted_events():
    judgement = judge(WEBSOCKET_CASES["3.2"], seen(ending=ended()))
    assert (judgement.verdict, judgement.clauses) == (NON_STRICT, ("6455-7.1.7-2",))


@pytest.mark.parametrize("id_", ["1.1.2", "3.1", "7.1.6"])
def test_failed_opening_handshake_fails_every_case(id_):
    case = WEBSOCKET_CASES[id_]
    transcript = seen(opened=False, refusal="404 Not Found", ending=ended())
    judgement = judge(case, transcript)
    assert judgement == Judgement(FAIL, "the opening handshake failed: 404 Not Found", case.clauses[:1])
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
        assert judge(case, right(case)) == Judgement(PASS), case.id
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
    assert (judgement.verdict, judgement.reason) == (case.tolerate.verdict, case.tolerate.why)
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
        (Answer.FREE, 400, FAIL),
        (Answer.AGREED, 400, FAIL),
        (Answer.NONE_OR_REFUSED, 500, FAIL),
        (Answer.NONE, 500, FAIL),
        (Answer.NONE, None, FAIL),
    ],
)
def test_refused_handshake(answer, status, verdict):
    assert judge(replace(OFFERED, answer=answer), replace(REFUSED, status=status)).verdict is verdict


def test_answer_that_breaks_a_rule_fails_and_is_not_declined():
    fault = Fault(1010, "a response with the same parameter twice", "7692-5-3")
    judgement = played(Answer.AGREED, None, faults=(fault,))
    assert judgement == Judgement(FAIL, "the server sent a response with the same parameter twice", ("7692-5-3",))


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


@pytest.mark.parametrize(
    ("stray", "close"), [(b"HTTP/1.1 500", "FAILED BY CLIENT"), (b"\x81\x03abc", "OK"), (b"H", "OK"), (b"", "OK")]
)
def test_autobahn_reads_on_after_the_close(stray, close):
    """A frame there it overlooks; what is none makes it drop TCP, and it says so."""
    case = WEBSOCKET_CASES["1.1.2"]
    assert parity(case, replace(right(case), ending=answered(stray=stray))) == Parity("OK", close)
