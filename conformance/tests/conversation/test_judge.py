"""What is said of a transcript: our verdict with its reason and clause, and Autobahn's two grades."""

from dataclasses import replace

import pytest

from conformance.tests.support.values import KNOWN_CLAUSES, abrupt, answered, ended, failed, right, seen, silence
from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.judge import judge, parity
from wsconform.conversation.model import PROTOCOL_ERROR, Answer, Echoes, StillOpen, Tolerance
from wsconform.conversation.transcript import Limit, TcpEnd, Transcript
from wsconform.model import Fault, Fill, Judgement, Message, Parity, Pong, Side, Verdict
from wsconform.wire.negotiation import Agreement

PASS, NON_STRICT, FAIL, INFO = Verdict.PASS, Verdict.NON_STRICT, Verdict.FAIL, Verdict.INFO
DECLINED = Verdict.DECLINED

STARS = b"*" * 125  # what 1.1.2 sends
HELLO = Message(b"Hello, world!")  # what 3.2 sends before it errs
WHOLE = Message(b"fragment1fragment2")  # what 5.6 and 5.15 send in fragments
PING = Pong(b"ping payload")  # what 5.6 sends between them
PONGS = [Pong(b"payload-%d" % n) for n in range(10)]  # the answers of 2.10
PART = Fill(b"BAsd7&jh23", 65536)  # what 9.1.1 sends
A, B = StillOpen("A"), StillOpen("B")
MASKED = Fault(1002, "a masked frame from a server", "6455-5.1-5")

OVERDUE = {"overdue": True}
UNANSWERED = {"received": False, "code": None}
STUCK = {"limit": Limit.TCP, "tcp": TcpEnd.OURS}  # both Closes were exchanged, TCP was not ended
DEAF = {"limit": Limit.CLOSE, "tcp": TcpEnd.OURS, **UNANSWERED}

#: id; events; how it ended; verdict, reason, first clause; Autobahn's behavior and close.
EVENTS = {
    "right": ("1.1.2", [Message(STARS)], answered(), PASS, "", "", "OK", "OK"),
    "other type": (
        *("1.1.2", [Message(STARS, binary=True)], answered()),
        *(FAIL, "event 1: the message came back with the other type", "5.2-7", "FAILED", "OK"),
    ),
    "other length, and octets behind the Close": (
        *("1.1.2", [Message(b"***")], answered(stray=b"HTTP/1.1 500")),
        *(FAIL, "event 1: the message came back with 3 octets instead of 125", "5.2-7", "FAILED", "FAILED BY CLIENT"),
    ),
    "nothing, and closed": (
        *("1.1.2", [], failed(1009, reason=b"too many fragments")),
        *(FAIL, 'no message came; the peer closed with 1009 "too many fragments"', "5.2-7", "FAILED", "FAILED"),
    ),
    "nothing, and closed for a reason that nobody may see": (
        *("1.1.2", [], failed(None, reason=b"\x1b[2J")),
        *(FAIL, "no message came; the peer closed without a code", "5.2-7", "FAILED", "FAILED"),
    ),
    "other length": (
        *("1.1.2", [Message(b"***")], answered()),
        *(FAIL, "event 1: the message came back with 3 octets instead of 125", "5.2-7", "FAILED", "OK"),
    ),
    "other octets": (
        *("1.1.2", [Message(STARS[:7] + b"?" + STARS[8:])], answered()),
        *(FAIL, "event 1: the message differs from octet 7 on", "5.2-7", "FAILED", "OK"),
    ),
    "missing": (
        *("1.1.2", [], answered(1001, **OVERDUE)),
        *(FAIL, "no message came within 1 s", "5.2-7", "FAILED", "WRONG CODE"),
    ),
    "missing in the end": (
        *("5.19", [Pong(b"pongme 1!")], answered(**OVERDUE)),
        *(FAIL, "pong 2 of 3 did not come within 1 s", "5.4-7", "FAILED", "OK"),
    ),
    "twice": (
        *("1.1.2", [Message(STARS)] * 2, answered()),
        *(FAIL, "1 more than expected came, first a message", "5.2-7", "FAILED", "OK"),
    ),
    "other pong": (
        *("2.2", [Pong(b"Hello, World!")], answered(**OVERDUE)),
        *(FAIL, "event 1: the pong carries another payload than the ping within 1 s", "5.5.2-2", "FAILED", "OK"),
    ),
    "message for a pong": (
        *("2.2", [HELLO], answered()),
        *(FAIL, "event 1: a message came instead of a pong", "5.5.2-2", "FAILED", "OK"),
    ),
    # Pongs
    "late pong": (
        *("5.6", [WHOLE, PING], answered(**OVERDUE)),
        *(NON_STRICT, "a pong came later than the message after it", "5.5.2-3", "FAILED", "OK"),
    ),
    "pong lost": (
        *("5.6", [WHOLE], answered()),
        *(FAIL, "event 1: a message came instead of a pong", "5.4-7", "FAILED", "OK"),
    ),
    "all pongs": ("2.10", PONGS, answered(), PASS, "", "", "OK", "OK"),
    "newest pong": (
        *("2.10", PONGS[-1:], answered(None, **OVERDUE)),
        *(PASS, "answered the newest of the waiting pings only", "", "FAILED", "OK"),
    ),
    "some pongs and the newest": (
        *("2.10", [PONGS[2], PONGS[5], PONGS[9]], answered(None, **OVERDUE)),
        *(PASS, "answered the newest of the waiting pings only", "", "FAILED", "OK"),
    ),
    "some pongs": (
        *("2.10", PONGS[:4], answered(None, **OVERDUE)),
        *(FAIL, "pong 5 of 10 did not come within 3 s", "5.5.2-2", "FAILED", "OK"),
    ),
    "no pong": (
        *("2.10", [], answered(None, **OVERDUE)),
        *(FAIL, "no pong came within 3 s", "5.5.2-2", "FAILED", "OK"),
    ),
    "newest pong twice": (
        *("2.10", PONGS[-1:] * 2, answered(None, **OVERDUE)),
        *(FAIL, "event 1: the pong carries another payload than the ping", "5.5.2-2", "FAILED", "OK"),
    ),
    "pongs out of order": (
        *("2.10", [PONGS[4], PONGS[3], PONGS[9]], answered(None, **OVERDUE)),
        *(FAIL, "event 1: the pong carries another payload than the ping", "5.5.2-2", "FAILED", "OK"),
    ),
    "a pong of nothing and the newest": (
        *("2.10", [Pong(b"payload"), PONGS[9]], answered(None, **OVERDUE)),
        *(FAIL, "event 1: the pong carries another payload than the ping", "5.5.2-2", "FAILED", "OK"),
    ),
    # Good messages before a violation
    "echoed": ("3.2", [HELLO], failed(), PASS, "", "", "OK", "OK"),
    "not echoed": ("3.2", [], failed(), PASS, "before it echoed the good message", "", "NON-STRICT", "OK"),
    "echoed twice": (
        *("3.2", [HELLO] * 2, failed()),
        *(FAIL, "1 more than expected came, first a message", "5.2-2", "FAILED", "OK"),
    ),
    "answered in spite of all": (
        *("3.2", [HELLO, Pong()], answered(1001, **OVERDUE)),
        *(FAIL, "the violation was ignored: still open after 1 s", "5.2-2", "FAILED", "FAILED"),
    ),
    "other message": (
        *("3.2", [Message(b"Hello, World?")], failed()),
        *(FAIL, "event 1: the message differs from octet 7 on", "5.2-2", "FAILED", "OK"),
    ),
    # Failing fast
    "at once": ("6.4.1", [A], failed(1007), PASS, "", "", "OK", "OK"),
    "at the end": (
        *("6.4.1", [A, B], failed(1007)),
        *(INFO, "failed only at the end of the message", "", "NON-STRICT", "OK"),
    ),
    "at the end with the wrong code": (
        *("6.4.1", [A, B], failed(1002)),
        *(NON_STRICT, "closed with 1002 rather than 1007", "7.1.7-2", "NON-STRICT", "WRONG CODE"),
    ),
    "too early": (
        *("6.4.1", [], failed(1007)),
        *(FAIL, "the connection was over before the end of pause A", "8.1-1", "FAILED", "OK"),
    ),
    "a message in a pause": (
        *("6.4.1", [Message(b""), A], failed(1007)),
        *(FAIL, "event 1: a message came instead of the end of pause A", "8.1-1", "FAILED", "OK"),
    ),
    "a message after the pauses": (
        *("6.4.1", [A, B, Message(b"")], failed(1007)),
        *(FAIL, "still open after pause B", "8.1-1", "FAILED", "OK"),
    ),
    # Limits: Autobahn looks at type and length only
    "large": ("9.1.1", [Message(bytes(PART))], answered(), PASS, "", "", "OK", "OK"),
    "large with other octets": (
        *("9.1.1", [Message(b"?" * len(PART))], answered()),
        *(FAIL, "event 1: the message differs from octet 0 on", "6.1-2", "OK", "OK"),
    ),
    "large and cut": (
        *("9.1.1", [Message(bytes(PART)[:-1])], answered()),
        *(FAIL, "event 1: the message came back with 65535 octets", "6.1-2", "FAILED", "OK"),
    ),
    "large of the other type": (
        *("9.1.1", [Message(bytes(PART), binary=True)], answered()),
        *(FAIL, "event 1: the message came back with the other type", "6.1-2", "FAILED", "OK"),
    ),
    "large twice": (
        *("9.1.1", [Message(bytes(PART))] * 2, answered()),
        *(FAIL, "1 more than expected came", "6.1-2", "FAILED", "OK"),
    ),
    "pong for a large one": (
        *("9.1.1", [Pong(b"")], answered()),
        *(FAIL, "event 1: a pong came instead of a message", "6.1-2", "FAILED", "OK"),
    ),
    "all round trips": ("9.7.1", [Echoes(1000)], answered(), PASS, "", "", "OK", "OK"),
    "too few round trips": (
        *("9.7.1", [Echoes(37)], answered(None, **OVERDUE)),
        *(FAIL, "event 1: 37 of 1000 round trips were made within 60 s", "6.1-2", "FAILED", "OK"),
    ),
    "round trips with other octets": (
        *("9.7.2", [Echoes(1000, exact=False)], answered()),
        *(FAIL, "event 1: an echo carries other octets than were sent", "6.1-2", "OK", "OK"),
    ),
    "a round trip with another length": (
        *("9.7.2", [Message(b"*")], answered()),
        *(FAIL, "event 1: an echo came back with another type or length", "6.1-2", "FAILED", "OK"),
    ),
    "a pong in round trips": (
        *("9.7.2", [Pong(b""), Echoes(1000)], answered()),
        *(FAIL, "event 1: a pong came instead of a count of round trips", "6.1-2", "FAILED", "OK"),
    ),
    "no round trips": (
        *("9.7.2", [], ended()),
        *(FAIL, "the round trips did not come to an end", "6.1-2", "FAILED", "FAILED"),
    ),
}

#: The same, of cases whose events were right.
ENDINGS = {
    # The peer must fail the connection
    "failed": ("3.1", failed(), PASS, "", "", "OK", "OK"),
    "ignored": (
        *("3.1", answered(1001, **OVERDUE), FAIL, "the violation was ignored: still open after 1 s", "5.2-2"),
        *("OK", "FAILED"),
    ),
    "closed by us": ("3.1", answered(), FAIL, "the violation was ignored", "5.2-2", "OK", "FAILED"),
    "failed after our deadline": ("3.1", failed(**OVERDUE), FAIL, "the violation was ignored", "5.2-2", "OK", "OK"),
    "dropped": ("3.1", ended(), NON_STRICT, "dropped TCP without a Close frame", "7.1.7-2", "OK", "OK"),
    "failed with 1000": (
        *("3.1", failed(1000), FAIL, "closed with 1000, as if nothing had been wrong", "5.2-2"),
        *("OK", "WRONG CODE"),
    ),
    "failed with another code": (
        *("3.1", failed(1007), NON_STRICT, "closed with 1007 rather than 1002", "7.1.7-2"),
        *("OK", "WRONG CODE"),
    ),
    "failed without a code": (
        *("3.1", failed(None), NON_STRICT, "closed with no code rather than 1002", "7.1.7-2"),
        *("OK", "OK"),
    ),
    "failed and reset": ("3.1", failed(tcp=TcpEnd.RST), NON_STRICT, "reset TCP", "7.1.1-3", "OK", "OK"),
    "failed and stayed": (
        *("3.1", failed(**STUCK), FAIL, "did not end TCP", "7.1.7-1"),
        *("OK", "FAILED BY CLIENT"),
    ),
    # Autobahn's second look at the side
    "invalid text ignored": ("6.3.1", answered(1001, **OVERDUE), FAIL, "ignored", "8.1-1", "FAILED", "FAILED"),
    "invalid text with 1002": (
        *("6.3.1", failed(1002), NON_STRICT, "closed with 1002 rather than 1007", "7.1.7-2"),
        *("OK", "WRONG CODE"),
    ),
    # We close
    "answered": ("1.1.2", answered(), PASS, "", "", "OK", "OK"),
    "answered without a code": ("1.1.2", answered(None), PASS, "", "", "OK", "OK"),
    "answered with another code": (
        *("1.1.2", answered(1001), NON_STRICT, "answered with 1001 rather than 1000", "5.2-7"),
        *("OK", "WRONG CODE"),
    ),
    "answered and reset": ("1.1.2", answered(tcp=TcpEnd.RST), NON_STRICT, "reset TCP", "7.1.1-3", "OK", "OK"),
    "not answered": ("1.1.2", answered(**DEAF), FAIL, "our Close was not answered in time", "5.5.1-7", "OK", "UNCLEAN"),
    "dropped for an answer": (
        *("1.1.2", answered(**UNANSWERED), FAIL, "dropped TCP instead of answering our Close", "5.5.1-7"),
        *("OK", "UNCLEAN"),
    ),
    "closed too early": (
        *("1.1.2", failed(1001), FAIL, "closed a connection that was in order (code 1001)", "5.2-7"),
        *("OK", "FAILED"),
    ),
    "dropped too early": (
        *("1.1.2", ended(), FAIL, "dropped TCP although nothing was wrong", "5.2-7"),
        *("OK", "FAILED"),
    ),
    # Autobahn's kill timer of a second hides a TCP that is not ended
    "stayed": ("1.1.2", answered(**STUCK), FAIL, "did not end TCP", "5.5.1-11", "OK", "FAILED BY CLIENT"),
    "stayed, other deadline": ("2.1", answered(**STUCK), FAIL, "did not end TCP", "5.5.1-11", "OK", "UNCLEAN"),
    "stayed, long deadline": ("1.1.7", answered(**STUCK), FAIL, "did not end TCP", "5.5.1-11", "OK", "UNCLEAN"),
    # Closes with something in them
    "own code": ("7.7.2", answered(1001), PASS, "", "", "OK", "OK"),
    "normal code": ("7.7.2", answered(1000), PASS, "", "", "OK", "OK"),
    "third code": (
        *("7.7.2", answered(1002), NON_STRICT, "answered with 1002 rather than 1000 or 1001", "7.4.1-1"),
        *("FAILED", "WRONG CODE"),
    ),
    "illegal Close refused": ("7.3.2", answered(1002), PASS, "", "", "OK", "OK"),
    "illegal Close accepted": (
        *("7.3.2", answered(1000), FAIL, "answered with 1000 rather than 1002", "5.5.1-2"),
        *("FAILED", "WRONG CODE"),
    ),
    "illegal Close answered without a code": (
        *("7.3.2", answered(None), NON_STRICT, "answered an illegal Close without a code", "7.1.7-2"),
        *("OK", "OK"),
    ),
    "illegal Close, dropped": (
        *("7.3.2", answered(**UNANSWERED), NON_STRICT, "dropped TCP without a Close frame", "7.1.7-2"),
        *("OK", "OK"),
    ),
    "illegal Close, not answered": (
        *("7.3.2", answered(**DEAF), FAIL, "our Close was not answered in time", "5.5.1-7"),
        *("OK", "FAILED BY CLIENT"),
    ),
    "either refusal": ("7.5.1", answered(1007), PASS, "", "", "OK", "OK"),
    "neither refusal": (
        *("7.5.1", answered(1000), FAIL, "answered with 1000 rather than 1002 or 1007", "8.1-4"),
        *("FAILED", "WRONG CODE"),
    ),
    "unassigned code, normal answer": (
        *("7.9.3", answered(1000), NON_STRICT, "answered with 1000 rather than 1002", "7.4.1-5"),
        *("FAILED", "WRONG CODE"),
    ),
    "unassigned code, odd answer": (
        *("7.9.3", answered(1011), FAIL, "answered with 1011 rather than 1002", "7.4.1-5"),
        *("FAILED", "WRONG CODE"),
    ),
    "forbidden code, normal answer": (
        *("7.9.1", answered(1000), FAIL, "answered with 1000 rather than 1002", "7.4.2-1"),
        *("FAILED", "WRONG CODE"),
    ),
    # Octets that belong to nothing
    "octets after the Close": (
        *("1.1.2", answered(stray=b"\x81\x00"), FAIL, "2 octets came after the peer's Close frame", "5.5.1-6"),
        *("OK", "OK"),
    ),
}


def check(id_, transcript, verdict, reason, clause, behavior, close):
    case = WEBSOCKET_CASES[id_]
    said = judge(case, transcript)
    assert (said.verdict, reason in said.reason) == (verdict, True), said
    assert said.clauses[:1] == ((f"6455-{clause}",) if clause else ())
    assert bool(said.reason) is bool(reason)
    assert set(said.clauses) <= KNOWN_CLAUSES
    assert parity(case, transcript) == Parity(behavior, close)


@pytest.mark.parametrize("row", EVENTS.values(), ids=EVENTS)
def test_events(row):
    id_, events, ending, *expected = row
    check(id_, seen(*events, ending=ending), *expected)


@pytest.mark.parametrize("row", ENDINGS.values(), ids=ENDINGS)
def test_endings(row):
    id_, ending, *expected = row
    check(id_, seen(*WEBSOCKET_CASES[id_].expect, ending=ending), *expected)


def test_an_unassigned_code_may_come_back():
    """Nobody has assigned 1004, but nothing says either that a receiver must refuse it."""
    fault = Fault(1002, "close code 1004, which must not be on the wire", "6455-7.4.1-5", close_code=1004)
    returned = seen(faults=[fault], ending=answered(1004, received=False))
    check("7.9.3", returned, NON_STRICT, "answered with 1004", "7.4.1-5", "FAILED", "WRONG CODE")
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
def test_no_more_clauses_are_cited_than_are_broken(id_, ending, clauses):
    """What ignores a violation breaks all that the case stands on; a wrong ending only what is about it."""
    case = WEBSOCKET_CASES[id_]
    assert judge(case, seen(*case.expect, ending=ending)).clauses == clauses


@pytest.mark.parametrize("ending", [answered(), ended()], ids=["all in order", "dropped"])
def test_what_the_peer_itself_broke_comes_first(ending):
    case = WEBSOCKET_CASES["1.1.2"]
    said = judge(case, seen(ending=ending, faults=(MASKED, Fault(1002, "something else", "6455-5.2-2"))))
    assert said == Judgement(FAIL, "the peer sent a masked frame from a server", ("6455-5.1-5",))


def test_a_fault_is_worse_than_octets_after_the_close():
    said = judge(WEBSOCKET_CASES["3.1"], seen(ending=failed(stray=b"x"), faults=(MASKED,)))
    assert said.clauses == ("6455-5.1-5",)


def test_events_are_judged_before_the_ending():
    said = judge(WEBSOCKET_CASES["1.1.2"], seen(ending=ended()))
    assert said == Judgement(FAIL, "no message came", WEBSOCKET_CASES["1.1.2"].clauses[:2])


def test_an_ending_that_is_wrong_outweighs_events_that_are_accepted():
    said = judge(WEBSOCKET_CASES["3.2"], seen(ending=ended()))
    assert (said.verdict, said.clauses) == (NON_STRICT, ("6455-7.1.7-2",))


@pytest.mark.parametrize("id_", ["1.1.2", "3.1", "7.1.6"])
def test_without_an_opening_handshake_every_case_fails(id_):
    case = WEBSOCKET_CASES[id_]
    transcript = seen(opened=False, refusal="404 Not Found", ending=ended())
    said = judge(case, transcript)
    assert said == Judgement(FAIL, "the opening handshake failed: 404 Not Found", case.clauses[:1])
    grade = "INFORMATIONAL" if case.informational else "FAILED"
    assert parity(case, transcript) == Parity(grade, grade)


INFORMATIONAL = [id_ for id_, case in WEBSOCKET_CASES.items() if case.informational]


@pytest.mark.parametrize("left", [right, silence, abrupt])
@pytest.mark.parametrize("id_", INFORMATIONAL)
def test_nothing_decides_an_informational_case(id_, left):
    case = WEBSOCKET_CASES[id_]
    assert judge(case, left(case)) == Judgement(INFO, "no clause decides this case")
    assert parity(case, left(case)) == (Parity("INFORMATIONAL", "INFORMATIONAL") if case.is_autobahns else None)


JUDGED = [case for case in WEBSOCKET_CASES.values() if not case.informational]


def test_a_right_peer_passes_every_case():
    for case in JUDGED:
        assert judge(case, right(case)) == Judgement(PASS), case.id
        assert parity(case, right(case)) == (Parity("OK", "OK") if case.is_autobahns else None), case.id


@pytest.mark.parametrize("left", [silence, abrupt])
def test_a_peer_that_does_nothing_passes_no_case(left):
    """Silence is never a pass, and neither is leaving."""
    for case in JUDGED:
        said = judge(case, left(case))
        assert said.verdict is FAIL or (said.verdict is NON_STRICT and left is abrupt), case.id
        assert said.clauses, case.id
        assert set(said.clauses) <= KNOWN_CLAUSES, case.id


@pytest.mark.parametrize("case", [c for c in JUDGED if c.tolerate], ids=lambda case: case.id)
def test_a_tolerated_outcome_has_its_verdict_and_its_reason(case):
    other = replace(right(case), events=seen(*case.tolerate.events, ending=ended()).events)
    if case.tolerate.closing is not None:
        other = replace(other, ending=failed(case.tolerate.closing.codes[0]))
    said = judge(case, other)
    assert (said.verdict, said.reason) == (case.tolerate.verdict, case.tolerate.why)
    assert bool(said.clauses) is (said.verdict is NON_STRICT)


def test_a_closing_that_the_wrong_side_starts_fails():
    for case in JUDGED:
        wrong = failed(case.closing.codes[0]) if case.closing.by is Side.US else answered(case.closing.codes[0])
        left = replace(right(case), ending=wrong)
        assert judge(case, left).verdict is FAIL, case.id
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
        (Answer.AGREED, None, DECLINED, "did not agree to permessage-deflate"),
        (Answer.FIRST, Agreement(1, 1), PASS, ""),
        (Answer.FIRST, Agreement(1, 0), NON_STRICT, "a later offer"),
        (Answer.FIRST, None, DECLINED, "did not agree"),
        (Answer.KEPT, Agreement(0, 0), PASS, ""),
        (Answer.KEPT, Agreement(0, 0, client_takeover=False), DECLINED, "with an empty window"),
        (Answer.KEPT, None, DECLINED, "did not agree"),
        (Answer.NONE, None, PASS, ""),
        (Answer.NONE, Agreement(0, 0), FAIL, "accepted what it must decline"),
        (Answer.NONE_OR_REFUSED, None, PASS, ""),
        (Answer.NONE_OR_REFUSED, Agreement(0, 0), FAIL, "accepted what it must decline"),
    ],
)
def test_what_must_come_of_an_offer(answer, agreement, verdict, why):
    said = played(answer, agreement)
    assert said.verdict is verdict
    assert why in said.reason


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
def test_a_refusal_of_the_handshake_is_not_always_a_failure(answer, status, verdict):
    assert judge(replace(OFFERED, answer=answer), replace(REFUSED, status=status)).verdict is verdict


def test_an_answer_that_breaks_a_rule_is_a_failure_and_not_a_refusal_of_the_offer():
    fault = Fault(1010, "an answer with the same parameter twice", "7692-5-3")
    said = played(Answer.AGREED, None, faults=(fault,))
    assert said == Judgement(FAIL, "the peer sent an answer with the same parameter twice", ("7692-5-3",))


def test_who_does_not_agree_to_compression_has_not_implemented_it_for_autobahn():
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
def test_a_tolerated_outcome_may_have_an_ending_of_its_own(events, ending, verdict):
    case = replace(OFFERED, tolerate=OTHERWISE)
    assert judge(case, seen(*events, ending=ending)).verdict is verdict


@pytest.mark.parametrize(
    ("stray", "close"), [(b"HTTP/1.1 500", "FAILED BY CLIENT"), (b"\x81\x03abc", "OK"), (b"H", "OK"), (b"", "OK")]
)
def test_autobahn_reads_on_behind_the_close(stray, close):
    """A frame there it overlooks; what is none makes it drop TCP, and it says so."""
    case = WEBSOCKET_CASES["1.1.2"]
    assert parity(case, replace(right(case), ending=answered(stray=stray))) == Parity("OK", close)
