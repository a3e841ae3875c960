"""The suite against servers that are wrong on purpose: what it must notice, and what Autobahn says of them.

Autobahn's grades come from runs of its own fuzzing client against scripted servers that break the same rules.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from twisted.python.failure import Failure

from conformance.cases import WEBSOCKET_CASES
from conformance.crooked import CROOKED
from conformance.engine.judge import Judgement, judge, parity
from conformance.engine.player import Player, Timing
from conformance.engine.pool import Pool
from conformance.engine.reactor import in_reactor
from conformance.engine.reactor import reactor as the_reactor
from conformance.engine.transcript import Transcript
from conformance.model import Case, Side, Verdict

from .processes import crooked_process

pytestmark = pytest.mark.usefixtures("reactor")

GRADES = json.loads(Path(__file__).with_name("data").joinpath("autobahn_grades.json").read_text())
LIGHT = [case for case in WEBSOCKET_CASES.values() if case.family != "9"]
FINE = Verdict.PASS, Verdict.INFO

#: Where our crooked server is not crooked in the way the scripted one was, or Autobahn broke down.
DIFFERENT = {
    # Ours looks at whole frames, so that it does not see bad text in a frame that has not ended.
    **{(name, id_): "reads whole frames" for name in GRADES for id_ in ("6.4.3", "6.4.4")},
    ("lenient", "2.5"): "Autobahn's engine raised an exception",
    **{("never-ends-tcp", id_): "Autobahn hangs for ever" for id_ in ("6.4.1", "6.4.2")},
    # The scripted server holds back the pong between fragments, too; ours answers it at once.
    **{("newest-pong", f"5.{n}"): "other timing" for n in (6, 7, 8, 19, 20)},
}


def play(name: str, cases: list[Case], *, scale: float = 1.0, capacity: int = 64) -> dict[str, Transcript]:
    """What a crooked server leaves behind, by case."""
    seen: dict[str, Transcript] = {}

    def done(case: Case, outcome: Transcript | Failure) -> None:
        assert isinstance(outcome, Transcript), outcome
        seen[case.id] = outcome

    with crooked_process(name) as server:
        player = Player(server.url, reactor=the_reactor, timing=Timing(scale=scale))
        in_reactor(Pool(player, capacity).play, cases, done)
    return seen


def verdicts(name: str, cases: list[Case], **how: float) -> dict[str, Judgement]:
    return {id_: judge(WEBSOCKET_CASES[id_], seen) for id_, seen in play(name, cases, **how).items()}


#: Servers with which every case runs into a deadline; half of each is enough to know.
SLOW = {"mute": 0.5, "close-only": 0.5, "never-ends-tcp": 0.5}


@pytest.mark.parametrize("name", GRADES)
def test_grades_like_autobahn(name: str) -> None:
    """Our parity grades of wrong servers are those that Autobahn's own tool gave."""
    seen = play(name, LIGHT, scale=SLOW.get(name, 1.0))
    differences = {}
    for case in LIGHT:
        ours = parity(case, seen[case.id])
        theirs = GRADES[name].get(case.id, "OK/OK")
        if f"{ours.behavior}/{ours.close}" != theirs and (name, case.id) not in DIFFERENT:
            differences[case.id] = f"ours {ours.behavior}/{ours.close}, Autobahn's {theirs}"
    assert not differences


def test_honest_passes_everything() -> None:
    said = verdicts("honest", LIGHT)
    assert {id_: j.reason for id_, j in said.items() if j.verdict not in FINE} == {}


@pytest.mark.parametrize("name", ["drops-at-once", "mute"])
def test_silence_and_flight_pass_nothing(name: str) -> None:
    """A server that drops TCP at the first octet or never answers gets no pass in any case, family 9 included."""
    short = [case for case in WEBSOCKET_CASES.values() if case.family != "9" or case.within <= 10]
    said = verdicts(name, short, scale=0.3)
    assert len(said) == len(short)
    assert {id_ for id_, j in said.items() if j.verdict is Verdict.PASS} == set()
    informational = {case.id for case in short if case.informational}
    assert {id_ for id_, j in said.items() if j.verdict is Verdict.INFO} == informational


@pytest.mark.parametrize(
    ("name", "verdict", "ids"),
    [
        ("lenient", Verdict.FAIL, [c.id for c in LIGHT if c.closing.by is Side.PEER and c.id != "3.7"]),
        ("drops-on-error", Verdict.NON_STRICT, [c.id for c in LIGHT if c.closing.by is Side.PEER]),
        ("always-1011", Verdict.NON_STRICT, [c.id for c in LIGHT if c.closing.by is Side.PEER]),
        ("never-ends-tcp", Verdict.FAIL, [c.id for c in LIGHT if not c.informational]),
        ("masks", Verdict.FAIL, [c.id for c in LIGHT if not c.informational]),
        ("stray-http", Verdict.FAIL, [c.id for c in LIGHT if not c.informational]),
        ("wrong-octets", Verdict.FAIL, ["1.1.2", "1.2.5", "5.3", "6.2.2", "7.1.1", "9.1.1", "9.7.3", "10.1.1"]),
        ("resets", Verdict.NON_STRICT, ["1.1.1", "2.1", "7.1.1"]),
        ("any-close-code", Verdict.FAIL, ["7.9.1", "7.9.2", "7.9.4", "7.9.5", "7.5.1"]),
    ],
)
def test_fault_is_noticed(name: str, verdict: Verdict, ids: list[str]) -> None:
    """Each fault gets its verdict in the cases that are about it."""
    said = verdicts(name, [WEBSOCKET_CASES[id_] for id_ in ids], scale=SLOW.get(name, 1.0))
    assert {id_: (j.verdict, j.reason) for id_, j in said.items() if j.verdict is not verdict} == {}


def test_every_crooked_server_is_used() -> None:
    """A crooked server that no test plays against proves nothing."""
    elsewhere = {"wrong-once", "dies"}  # test_runner
    here = {"lenient", "wrong-octets", "stray-http", "resets", "mute", "drops-at-once"}
    assert set(CROOKED) == set(GRADES) | here | elsewhere
