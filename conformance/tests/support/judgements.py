"""What a peer left behind in a case, what is expected of the judge, and a check of both verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.tests.support.values import KNOWN_CLAUSES
from wsconform.conversation.judge import judge, parity
from wsconform.conversation.model import Event
from wsconform.conversation.transcript import Ending, Limit, TcpEnd
from wsconform.model import Parity, Verdict

__all__ = [
    "DEAF",
    "DECLINED",
    "FAIL",
    "INFO",
    "NON_STRICT",
    "OVERDUE",
    "PASS",
    "STUCK",
    "UNANSWERED",
    "Expected",
    "Given",
    "check",
]

PASS, NON_STRICT, FAIL, INFO, DECLINED = map(Verdict, ("pass", "non-strict", "fail", "info", "declined"))

OVERDUE = {"overdue": True, "waited": 1.0}
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


def check(case, transcript, expected):
    judgement = judge(case, transcript)
    assert (judgement.verdict, expected.reason in judgement.reason) == (expected.verdict, True), judgement
    assert judgement.clauses[:1] == ((f"6455-{expected.clause}",) if expected.clause else ())
    assert bool(judgement.reason) is bool(expected.reason)
    assert set(judgement.clauses) <= KNOWN_CLAUSES
    assert parity(case, transcript) == Parity(expected.behavior, expected.close)
