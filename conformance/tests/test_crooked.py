"""The suite must notice the faults of crooked servers, and give them the grades that Autobahn gives.

Autobahn's grades were recorded with its own fuzzing client against scripted servers that break the same rules.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from twisted.python.failure import Failure

from conformance.tests.support.processes import crooked_process
from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.judge import judge, parity
from wsconform.conversation.model import Answer, Case
from wsconform.conversation.playing.player import Player, Timing
from wsconform.conversation.playing.pool import Pool
from wsconform.conversation.playing.reactor import in_reactor
from wsconform.conversation.playing.reactor import reactor as the_reactor
from wsconform.conversation.transcript import TcpEnd, Transcript
from wsconform.model import Judgement, Side, Verdict
from wsconform.selection import select, with_profile

pytestmark = pytest.mark.usefixtures("reactor")

GRADES = json.loads(Path(__file__).with_name("data").joinpath("autobahn_grades.json").read_text())
ALL = list(WEBSOCKET_CASES.values())
#: The cases that were played against the scripted servers: families 1 to 7 and 10.
LIGHT = [case for case in ALL if case.is_autobahns and case.family not in ("9", "12", "13")]
#: The cases in which the peer must fail the connection.
VIOLATIONS = [case.id for case in LIGHT if case.closing.by is Side.PEER]
COMPRESSED_VIOLATIONS = [
    case.id for case in ALL if case.family == "P" and case.closing.by is Side.PEER and not case.informational
]
#: `lenient` answers any Close, and would take half a minute for the 1 GiB of each of the last two.
IGNORED = "P.2.4", "P.22.1", "P.22.2"
#: Data that end too early: RFC 7692 does not say what becomes of them.
CUT_SHORT = "P.17.5", "P.17.6", "P.17.7"
FINE = Verdict.PASS, Verdict.INFO

#: Servers with which every case reaches its deadline, and the part of it that suffices.
SLOW = {"mute": 0.5, "close-only": 0.5, "never-ends-tcp": 0.5}
#: Where no case should reach its deadline, a longer one costs nothing and is not reached on a busy machine.
PATIENT = 20.0

#: Grades that differ because our crooked server differs from the scripted one, or Autobahn failed.
DIFFERENT = {
    ("lenient", "2.5"): "Autobahn's engine raised an exception",
    **{("never-ends-tcp", id_): "Autobahn hangs forever" for id_ in ("6.4.1", "6.4.2", "6.4.3", "6.4.4")},
    # The scripted server also holds back the pong between fragments; ours sends it at once.
    **{("newest-pong", f"5.{n}"): "other timing" for n in (6, 7, 8, 19, 20)},
    ("newest-pong", "2.11"): "bytes that arrive one by one may be read one by one, so that no Ping waits with another",
}


def play(name: str, cases: list[Case], *, scale: float) -> dict[str, Transcript]:
    """Play cases against a crooked server; return the transcripts by case."""
    seen: dict[str, Transcript] = {}

    def done(case: Case, outcome: Transcript | Failure) -> None:
        assert isinstance(outcome, Transcript), outcome
        seen[case.id] = outcome

    with crooked_process(name) as server:
        player = Player(server.url, reactor=the_reactor, timing=Timing(scale=scale))
        in_reactor(Pool(player, 64).play, cases, done)
    return seen


def verdicts(name: str, cases: list[Case], scale: float = PATIENT) -> dict[str, Judgement]:
    played = {case.id: case for case in cases}
    return {id_: judge(played[id_], seen) for id_, seen in play(name, cases, scale=scale).items()}


def scale_for(name: str, verdict: Verdict) -> float:
    """A failure may be that a deadline passed; nothing else may."""
    return SLOW.get(name, 1.0) if verdict is Verdict.FAIL else PATIENT


@pytest.mark.parametrize("name", GRADES)
def test_grades_like_autobahn(name: str) -> None:
    """Our parity grades of crooked servers are those that Autobahn's own tool gave.

    Load may decide which comes first, our Close or the server's end of TCP. So a case that differs is replayed alone,
    as in a run, and with time.
    """
    scale = SLOW.get(name, 1.0)
    differences = different(name, LIGHT, play(name, LIGHT, scale=scale))
    for id_ in list(differences):
        case = [WEBSOCKET_CASES[id_]]
        differences |= {id_: None} | different(name, case, play(name, case, scale=PATIENT))
    assert {id_: words for id_, words in differences.items() if words} == {}


def different(name: str, cases: list[Case], seen: dict[str, Transcript]) -> dict[str, str | None]:
    """Return the cases whose grades differ from Autobahn's without an explanation."""
    found: dict[str, str | None] = {}
    for case in cases:
        ours = parity(case, seen[case.id])
        theirs = GRADES[name].get(case.id, "OK/OK")
        if f"{ours.behavior}/{ours.close}" != theirs and (name, case.id) not in DIFFERENT:
            found[case.id] = f"ours {ours.behavior}/{ours.close}, Autobahn's {theirs}"
    return found


@pytest.mark.parametrize(
    ("patterns", "profile"),
    [("1,2,3,4,5,6,7,10,H,P,X", "full"), ("12,13", "fast"), ("12.1,13.7", "standard")],
)
def test_honest_passes_everything(patterns: str, profile: str) -> None:
    """And it ends every connection by FIN, except where we drop TCP ourselves."""
    cases = with_profile(select(WEBSOCKET_CASES, [patterns]), profile)
    seen = play("honest", cases, scale=PATIENT)
    judgements = {case.id: judge(case, seen[case.id]) for case in cases}
    assert {id_: j.reason for id_, j in judgements.items() if j.verdict not in FINE} == {}
    assert {id_ for id_, one in seen.items() if one.opened and one.ending.tcp is not TcpEnd.FIN} == set()


@pytest.mark.parametrize("name", ["drops-at-once", "mute"])
def test_silent_or_vanishing_server_passes_nothing(name: str) -> None:
    """A server that never answers or drops TCP at the first byte passes no case that requires a handshake."""
    short = [case for case in ALL if case.within <= 10 and case.answer is not Answer.NONE_OR_REFUSED]
    judgements = verdicts(name, short, scale=0.3)
    assert len(judgements) == len(short)
    assert {id_ for id_, j in judgements.items() if j.verdict is Verdict.PASS} == set()
    informational = {case.id for case in short if case.informational}
    assert {id_ for id_, j in judgements.items() if j.verdict is Verdict.INFO} == informational


@pytest.mark.parametrize(
    ("name", "verdict", "ids"),
    [
        ("lenient", Verdict.FAIL, [id_ for id_ in VIOLATIONS if id_ != "3.7"]),
        ("lenient", Verdict.FAIL, [id_ for id_ in COMPRESSED_VIOLATIONS if id_ not in (*IGNORED, *CUT_SHORT)]),
        ("drops-on-error", Verdict.NON_STRICT, VIOLATIONS + COMPRESSED_VIOLATIONS),
        ("always-1011", Verdict.NON_STRICT, VIOLATIONS + COMPRESSED_VIOLATIONS),
        ("never-ends-tcp", Verdict.FAIL, [c.id for c in LIGHT if not c.informational]),
        ("masks", Verdict.FAIL, [c.id for c in LIGHT if not c.informational]),
        ("stray-http", Verdict.FAIL, [c.id for c in LIGHT if not c.informational]),
        ("wrong-octets", Verdict.FAIL, ["1.1.2", "1.2.5", "5.3", "6.2.2", "7.1.1", "9.1.1", "9.7.3", "10.1.1"]),
        ("resets", Verdict.PASS, ["1.1.1", "2.1", "7.1.1"]),  # which is said once for the server
        ("any-close-code", Verdict.FAIL, ["7.9.1", "7.9.2", "7.9.4", "7.9.5", "7.5.1"]),
    ],
)
def test_fault_is_noticed(name: str, verdict: Verdict, ids: list[str]) -> None:
    """Each fault gets its verdict in the cases about it."""
    judgements = verdicts(name, [WEBSOCKET_CASES[id_] for id_ in ids], scale_for(name, verdict))
    assert {id_: (j.verdict, j.reason) for id_, j in judgements.items() if j.verdict is not verdict} == {}


#: The servers with a malformed head, with the case that must fail and a part of the reason.
HEADS = {
    "nul-in-value": ("H.1.1", "a control character in a field value, 'Server: a\\x00b'"),
    "control-in-value": ("H.1.1", "a control character in a field value"),
    "no-colon": ("H.1.1", "a line without a colon"),
    "blank-before-colon": ("H.1.1", "a space before the colon"),
    "blank-in-name": ("H.1.1", "a field name that is not a token"),
    "empty-name": ("H.1.1", "a field name that is not a token"),
    "latin-1-in-name": ("H.1.1", "a field name that is not a token"),
    "bare-lf": ("H.1.1", "a line that ends with LF"),
    "one-bare-lf": ("H.1.1", "a line that ends with LF"),
    "bare-cr": ("H.1.1", "a CR without LF"),
    "folded": ("H.1.1", "a folded line, ' b'"),
    "starts-folded": ("H.1.1", "a folded line"),
    "no-blank-in-status": ("H.1.1", "a malformed status line, 'HTTP/1.1 101'"),
    "nul-in-status": ("H.1.1", "a malformed status line"),
    "content-length": ("H.1.2", "Content-Length"),
    "chunked": ("H.1.2", "Transfer-Encoding"),
    "accepts-twice": ("H.1.3", "Sec-WebSocket-Accept 2 times"),
}

#: The servers whose 101 opens no connection, with the case that must fail and a part of the reason.
ANSWERS = {
    "says-200": ("H.1.4", "the opening handshake failed: HTTP 200 OK"),
    "no-upgrade": ("H.1.5", "no Upgrade field"),
    "upgrade-h2c": ("H.1.5", "the Upgrade value 'h2c'"),
    "no-connection": ("H.1.6", "no Connection field"),
    "connection-close": ("H.1.6", "the Connection value 'close', without Upgrade"),
    "no-accept": ("H.1.7", "no Sec-WebSocket-Accept field"),
    "wrong-accept": ("H.1.7", "the Sec-WebSocket-Accept value 'x' instead of"),
    "unasked-subprotocol": ("H.1.8", "the subprotocol 'x', although none was offered"),
    "empty-subprotocol": ("H.1.8", "the subprotocol '', although none was offered"),
    "refuses": ("H.1.4", "the opening handshake failed: HTTP 403 Ferm\\xe9"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_wrong_answer_fails_its_case_and_no_other_about_the_answer(name: str) -> None:
    judgements = verdicts(name, select(WEBSOCKET_CASES, ["H"]))
    failed = {id_: j for id_, j in judgements.items() if j.verdict is Verdict.FAIL}
    case, reason = ANSWERS[name]
    assert list(failed) == [case]
    assert reason in failed[case].reason
    assert failed[case].clauses[0] in WEBSOCKET_CASES[case].clauses
    others = Verdict.NOT_RUN if case == "H.1.4" else Verdict.PASS
    assert {j.verdict for id_, j in judgements.items() if id_ != case} == {others}


@pytest.mark.parametrize("name", HEADS)
def test_fault_in_the_head_fails_its_case_and_no_other(name: str) -> None:
    """What can be played on such a connection is played."""
    judgements = verdicts(name, select(WEBSOCKET_CASES, ["H,1.1.1,2.1,3.1,P.4.1"]))
    failed = {id_: j for id_, j in judgements.items() if j.verdict is not Verdict.PASS}
    case, reason = HEADS[name]
    assert list(failed) == [case]
    assert failed[case].verdict is Verdict.FAIL
    assert reason in failed[case].reason
    assert failed[case].clauses[0] in WEBSOCKET_CASES[case].clauses


UNUSUAL_HEADS = ["latin-1", "no-reason", "latin-1-reason", "bare-head", "wide-head"]
UNUSUAL_HEADS += ["interim-100", "interim-103", "connection-list", "upgrade-case"]


@pytest.mark.parametrize("name", UNUSUAL_HEADS)
def test_unusual_head_is_not_accused(name: str) -> None:
    judgements = verdicts(name, select(WEBSOCKET_CASES, ["H,1.1.1,2.1,3.1,P.4.1,X.7"]))
    assert {id_: j.reason for id_, j in judgements.items() if j.verdict not in FINE} == {}


USELESS_HEADS = {"refuses": r"HTTP 403 Ferm\xe9", "endless-head": "longer than 65,536 bytes"}


@pytest.mark.parametrize("name", USELESS_HEADS)
def test_handshake_without_a_usable_head_fails_with_a_reason(name: str) -> None:
    (judgement,) = verdicts(name, [WEBSOCKET_CASES["1.1.1"]]).values()
    assert judgement.verdict is Verdict.FAIL
    assert USELESS_HEADS[name] in judgement.reason


def test_never_compressing_is_reported() -> None:
    (judgement,) = verdicts("never-compresses", select(WEBSOCKET_CASES, ["P.16.7"])).values()
    assert judgement.verdict is Verdict.INFO
    assert "uncompressed" in judgement.reason
