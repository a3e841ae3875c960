"""How connections ended: our verdict with reason and clause, and Autobahn's grades."""

import pytest

from conformance.tests.support.judgements import (
    DEAF,
    FAIL,
    NON_STRICT,
    OVERDUE,
    STUCK,
    UNANSWERED,
    Expected,
    Given,
    check,
)
from conformance.tests.support.values import answered, ended, failed, seen
from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.transcript import TcpEnd

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
        Expected(NON_STRICT, "closed with 1000, as if there had been no violation", "7.1.7-2", close="WRONG CODE"),
    ),
    "failed with another code": (
        Given("3.1", failed(1007)),
        Expected(NON_STRICT, "closed with 1007 instead of 1002", "7.1.7-2", close="WRONG CODE"),
    ),
    "failed without a code": (
        Given("3.1", failed(None)),
        Expected(NON_STRICT, "closed with no code instead of 1002", "7.1.7-2"),
    ),
    "failed and reset": (Given("3.1", failed(tcp=TcpEnd.RST)), Expected()),
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
        Expected(NON_STRICT, "answered with 1001 instead of 1000", "5.5.1-16", close="WRONG CODE"),
    ),
    "answered and reset": (Given("1.1.2", answered(tcp=TcpEnd.RST)), Expected()),
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
        Expected(FAIL, "closed TCP although there was no violation", "7.1.2-1", close="FAILED"),
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
        Expected(NON_STRICT, "answered with 1000 instead of 1002", "7.1.7-2", behavior="FAILED", close="WRONG CODE"),
    ),
    "unassigned code, odd answer": (
        Given("7.9.3", answered(1011)),
        Expected(NON_STRICT, "answered with 1011 instead of 1002", "7.1.7-2", behavior="FAILED", close="WRONG CODE"),
    ),
    "forbidden code, normal answer": (
        Given("7.9.1", answered(1000)),
        Expected(NON_STRICT, "answered with 1000 instead of 1002", "7.1.7-2", behavior="FAILED", close="WRONG CODE"),
    ),
    # Octets that belong to nothing
    "octets after the Close": (
        Given("1.1.2", answered(stray=b"\x81\x00", stray_size=2)),
        Expected(FAIL, "the server sent 2 bytes after its Close frame", "5.5.1-6"),
    ),
}


@pytest.mark.parametrize(("given", "expected"), ENDINGS.values(), ids=ENDINGS)
def test_endings(given, expected):
    case = WEBSOCKET_CASES[given.case]
    check(case, seen(*case.expect, ending=given.ending), expected)
