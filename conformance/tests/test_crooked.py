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
from wsconform.conversation.transcript import Transcript
from wsconform.crooked import CROOKED
from wsconform.crooked.answers import PICKY, READERS
from wsconform.crooked.framing import FRAMING
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
    # Ours checks whole frames, so it does not notice bad text in a frame that has not ended.
    **{(name, id_): "reads whole frames" for name in GRADES for id_ in ("6.4.3", "6.4.4")},
    ("lenient", "2.5"): "Autobahn's engine raised an exception",
    **{("never-ends-tcp", id_): "Autobahn hangs forever" for id_ in ("6.4.1", "6.4.2")},
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
    judgements = verdicts("honest", with_profile(select(WEBSOCKET_CASES, [patterns]), profile))
    assert {id_: j.reason for id_, j in judgements.items() if j.verdict not in FINE} == {}


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


#: The servers that break a rule of RFC 7692, with the verdict and the cases that must give it.
COMPRESSING = {
    "unoffered": (Verdict.FAIL, "P.3.1,X.1.1,X.11.1"),
    "accepts-unknown": (Verdict.FAIL, "P.3.2,X.1.4,X.1.5,X.1.6,X.1.7,X.1.8"),
    "accepts-bad": (Verdict.FAIL, "X.2"),
    "accepts-repeated": (Verdict.FAIL, "X.3"),
    "accepts-all": (Verdict.FAIL, "X.5.4,X.5.5,X.5.8,X.10.3"),
    "prefers-last": (Verdict.NON_STRICT, "X.5.4,X.5.8,X.10.3"),
    "refuses-offers": (Verdict.NON_STRICT, "X.1,X.2,X.3"),
    "crashes-on-8": (Verdict.FAIL, "P.12.1,X.6.1"),
    "drops-parameters": (Verdict.FAIL, "P.12.1,P.16.1,X.6.1,X.7.1,X.7.6,13.2.1,13.3.1"),
    "larger-bits": (Verdict.FAIL, "P.12.1,X.6.7,X.7.1,13.3.1,13.5.1"),
    "unasked-bits": (Verdict.FAIL, "P.11,X.4,X.5,X.7.2"),
    "bare-bits": (Verdict.FAIL, "X.6.9,X.7.1,12.1.1,13.1.1"),
    "keeps-window": (Verdict.FAIL, "P.16.1,P.16.2,P.16.3,P.16.5,X.7.6,13.2.3,13.5.3,13.6.3,13.7.3"),
    "wide-window": (Verdict.FAIL, "P.12.1,P.12.2,P.12.3,P.12.4,P.12.5,P.12.6,P.12.7,13.3.6,13.5.6"),
    "leaves-tail": (Verdict.FAIL, "P.4,P.7.1,P.11,12.1.1,13.2.1"),
    "zlib-header": (Verdict.FAIL, "P.4,P.7.1,P.11,12.1.1,13.2.1"),
    "marks-continuations": (Verdict.FAIL, "P.4,P.7.1,P.11,12.1.1"),
    "marks-pongs": (Verdict.FAIL, "P.4.7,P.5.7,P.15.7"),
    "takes-marked": (Verdict.FAIL, "P.2.1,P.2.2,P.2.3,P.2.5,P.2.6,P.2.7,P.2.8"),
    "takes-other-bits": (Verdict.FAIL, "P.1.1,P.1.2,P.1.3"),
    "inflates-all": (Verdict.FAIL, "P.4.1,P.4.2,P.4.4,P.15.2,X.4"),
    "utf8-first": (Verdict.FAIL, "P.4,P.11,P.21.1,P.21.2,12.1.3"),
    "utf8-never": (Verdict.FAIL, "P.19,P.20"),
    "forgets": (Verdict.FAIL, "P.5.9,P.11.3,P.15"),
    "small-window": (Verdict.FAIL, "P.13.8,P.13.16,P.13.32,P.15.5,12.1.8"),
    "loses-full-window": (Verdict.FAIL, "P.15.5,P.15.6"),
    "echoes-broken": (Verdict.FAIL, "P.17.1,P.17.2,P.17.3,P.17.4,P.17.8,P.17.9,P.17.10,P.17.11,P.18"),
    "takes-cut-short": (Verdict.NON_STRICT, "P.17.5,P.17.6"),
    "ends-at-final": (Verdict.FAIL, "P.10.2,P.10.3,P.10.4,P.10.5,P.10.6,P.10.7,P.10.8"),
    "wrong-from-257": (Verdict.FAIL, "12.1.1,12.2.2,13.3.3,13.7.1"),
    "wrong-after-64k": (Verdict.FAIL, "P.12.8,P.15.5,12.1.3,12.2.5,12.3.10,13.1.12,13.7.18"),
    "truncates": (Verdict.FAIL, "P.10.3,P.12.8,12.1.10,12.5.15,13.7.18"),
    "drops-empty-end": (Verdict.FAIL, "P.5.3,P.5.5,P.6.7"),
    "empty-payload": (Verdict.FAIL, "P.4.6,P.9.1,P.9.2,P.9.3,P.9.4"),
}


@pytest.mark.parametrize("name", COMPRESSING)
def test_fault_of_compression_is_noticed(name: str) -> None:
    """The standard profile suffices for that."""
    verdict, patterns = COMPRESSING[name]
    cases = with_profile(select(WEBSOCKET_CASES, [patterns]), "standard")
    judgements = verdicts(name, cases, scale_for(name, verdict))
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


def test_never_compressing_is_allowed() -> None:
    """The sender decides whether a message is compressed (RFC 7692 section 6)."""
    judgements = verdicts("never-compresses", select(WEBSOCKET_CASES, ["P.4,P.11,P.15,X.5"]))
    assert {id_: j.reason for id_, j in judgements.items() if j.verdict is not Verdict.PASS} == {}


def test_never_compressing_is_reported() -> None:
    (judgement,) = verdicts("never-compresses", select(WEBSOCKET_CASES, ["P.16.7"])).values()
    assert judgement.verdict is Verdict.INFO
    assert "uncompressed" in judgement.reason


def test_every_crooked_server_is_used() -> None:
    """A crooked server that no test uses proves nothing."""
    # conversation/playing/test_runner.py, matrix/test_cell.py
    elsewhere = {"wrong-once", "racy", "dies", "greets"}
    here = {"lenient", "wrong-octets", "stray-http", "resets", "mute", "drops-at-once", "never-compresses"}
    heads = set(HEADS) | set(ANSWERS) | set(UNUSUAL_HEADS) | set(USELESS_HEADS)
    requests = {crooked.name for crooked in (*READERS, *PICKY)}  # cases/test_requests.py, commands/test_run.py
    framing = {crooked.name for crooked in FRAMING}  # crooked/test_framing.py
    assert set(CROOKED) == set(GRADES) | set(COMPRESSING) | heads | requests | here | elsewhere | framing
