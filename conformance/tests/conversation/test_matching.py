"""Events of a transcript held against the expected ones: our verdict with reason and clause, and Autobahn's grades."""

import pytest

from conformance.tests.support.judgements import FAIL, INFO, NON_STRICT, OVERDUE, PASS, Expected, Given, check
from conformance.tests.support.values import answered, ended, failed, seen
from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.model import Echoes, StillOpen
from wsconform.model import Fill, Message, Pong

STARS = b"*" * 125  # what 1.1.2 sends
HELLO = Message(b"Hello, world!")  # what 3.2 sends before it errs
WHOLE = Message(b"fragment1fragment2")  # what 5.6 and 5.15 send in fragments
PING = Pong(b"ping payload")  # what 5.6 sends between them
PONGS = [Pong(b"payload-%d" % n) for n in range(10)]  # the answers of 2.10
PART = Fill(b"BAsd7&jh23", 65536)  # what 9.1.1 sends
A, B = StillOpen("A"), StillOpen("B")

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
        Expected(FAIL, "pong 2 of 3 did not arrive within 1 s", "5.5.2-2", behavior="FAILED"),
    ),
    "twice": (
        Given("1.1.2", answered(), events=[Message(STARS)] * 2),
        Expected(FAIL, "1 unexpected event, the first a message", "5.2-7", behavior="FAILED"),
    ),
    "other pong": (
        Given("2.2", answered(**OVERDUE), events=[Pong(b"Hello, World!")]),
        Expected(FAIL, "no pong arrived within 1 s; 1 pong with another payload came", "5.5.2-2", behavior="FAILED"),
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
        Expected(FAIL, "event 1: a message came instead of a pong", "5.5.2-2", behavior="FAILED"),
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
        Expected(FAIL, "pong 5 of 10 did not arrive within 1 s", "5.5.2-2", behavior="FAILED"),
    ),
    "no pong": (
        Given("2.10", answered(None, **OVERDUE), events=[]),
        Expected(FAIL, "no pong arrived within 1 s", "5.5.2-2", behavior="FAILED"),
    ),
    "newest pong twice": (
        Given("2.10", answered(None, **OVERDUE), events=PONGS[-1:] * 2),
        Expected(PASS, "only the most recent of the waiting pings was answered", behavior="FAILED"),
    ),
    "pongs out of order": (
        Given("2.10", answered(None, **OVERDUE), events=[PONGS[4], PONGS[3], PONGS[9]]),
        Expected(FAIL, "event 1: the pong does not repeat the payload of the ping", "5.5.3-1", behavior="FAILED"),
    ),
    "an unsolicited pong and the newest": (
        Given("2.10", answered(None, **OVERDUE), events=[Pong(b"payload"), PONGS[9]]),
        Expected(PASS, "only the most recent of the waiting pings was answered", behavior="FAILED"),
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
        Expected(FAIL, "no message arrived", "6.1-2", behavior="FAILED"),
    ),
    "all round trips": (Given("9.7.1", answered(), events=[Echoes(1000)]), Expected()),
    "too few round trips": (
        Given("9.7.1", answered(None, **OVERDUE), events=[Echoes(37)]),
        Expected(FAIL, "event 1: only 37 of 1000 round trips were completed within 1 s", "6.1-2", behavior="FAILED"),
    ),
    "round trips with other octets": (
        Given("9.7.2", answered(), events=[Echoes(1000, exact=False)]),
        Expected(FAIL, "event 1: an echo has the right length but wrong bytes", "6.1-2"),
    ),
    "a round trip with another length": (
        Given("9.7.2", answered(), events=[Message(b"*")]),
        Expected(FAIL, "event 1: an echo has the wrong type or length", "6.1-2", behavior="FAILED"),
    ),
    "an unsolicited pong in round trips": (
        Given("9.7.2", answered(), events=[Pong(b""), Echoes(1000)]),
        Expected(behavior="FAILED"),
    ),
    "no round trips": (
        Given("9.7.2", ended(), events=[]),
        Expected(
            FAIL,
            "the round trips did not finish; the server closed TCP without a Close frame",
            "7.1.2-1",
            behavior="FAILED",
            close="FAILED",
        ),
    ),
}


@pytest.mark.parametrize(("given", "expected"), EVENTS.values(), ids=EVENTS)
def test_events(given, expected):
    check(WEBSOCKET_CASES[given.case], seen(*given.events, ending=given.ending), expected)
