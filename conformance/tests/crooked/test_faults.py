"""Each fault is noticed by all cases that its row names, and the honest server by none."""

from __future__ import annotations

import pytest
from twisted.python.failure import Failure

from conformance.tests.support.processes import CrookedProcess, crooked_process
from wsconform.cases import CATALOGUE
from wsconform.conversation.judge import judge
from wsconform.conversation.model import Case
from wsconform.conversation.playing.player import Player, Timing
from wsconform.conversation.playing.pool import Pool
from wsconform.conversation.playing.reactor import in_reactor
from wsconform.conversation.playing.reactor import reactor as the_reactor
from wsconform.conversation.transcript import Transcript
from wsconform.crooked import MUTANTS
from wsconform.kind import AnyCase
from wsconform.matrix.serving import ExternalServer
from wsconform.model import Judgement, Level, Verdict
from wsconform.script.judge import judge_script
from wsconform.script.limits import Limits
from wsconform.script.model import ScriptCase
from wsconform.script.playing.external import ExternalFacts
from wsconform.script.playing.player import ScriptPlayer
from wsconform.selection import select, with_profile

pytestmark = pytest.mark.usefixtures("reactor")

#: Families whose cases need no server of ours.
FAMILIES = "M,L,C,R.8,R.9"
WANTED = {
    Level.MUST: {Verdict.FAIL, Verdict.CRASH},
    Level.SHOULD: {Verdict.NON_STRICT},
}
FAULTS = {name: one for name, one in MUTANTS.items() if one.is_fault and one.caught}
#: A fault of each topic, for the tests that are not slow.
SAMPLE = {one.topic: name for name, one in reversed(FAULTS.items())}.values()


def judged(server: CrookedProcess, cases: list[AnyCase], *, scale: float = 1.0) -> dict[str, Judgement]:
    """Play cases of both kinds against a server; return what is said of them, by case."""
    found: dict[str, Judgement] = {}

    def done(case: Case, outcome: Transcript | Failure) -> None:
        assert isinstance(outcome, Transcript), outcome
        found[case.id] = judge(case, outcome)

    conversations = [case for case in cases if isinstance(case, Case)]
    player = Player(server.url, reactor=the_reactor, timing=Timing(scale=scale))
    in_reactor(Pool(player, 16).play, conversations, done)
    scripts = ScriptPlayer(ExternalFacts(ExternalServer(server.url)), limits=Limits(scale, quiet=0.0))
    for case in cases:
        if isinstance(case, ScriptCase):
            found[case.id] = judge_script(case, scripts.play(case))
    return found


def test_honest_server_passes_all_of_them() -> None:
    cases = [case for case in select(CATALOGUE, [FAMILIES]) if not case.own_server]
    with crooked_process("honest") as server:
        found = judged(server, cases, scale=20.0)
    assert {id_: one.reason for id_, one in found.items() if one.verdict is not Verdict.PASS} == {}


@pytest.mark.parametrize(
    "name", [name if name in SAMPLE else pytest.param(name, marks=pytest.mark.slow) for name in FAULTS]
)
def test_fault_is_noticed_by_the_cases_that_its_row_names(name: str) -> None:
    crooked = MUTANTS[name]
    assert crooked.level is not None
    wanted = WANTED[crooked.level]
    cases = with_profile(select(CATALOGUE, [crooked.caught]), "standard")
    missed: dict[str, Judgement] = {}
    for batch in ([case] for case in cases) if name == "closes-shop" else (cases,):  # it is lost after one case
        with crooked_process(name) as server:
            missed |= {id_: one for id_, one in judged(server, batch).items() if one.verdict not in wanted}
    assert {id_: (one.verdict, one.reason) for id_, one in missed.items()} == {}


#: Cases whose faults other tests of this module do not show: the group catches what each of its members would.
@pytest.mark.parametrize("family", ["M", "L", "C"])
def test_lenient_server_fails_each_violation(family: str) -> None:
    """Each case in which the server must fail the connection fails with one that detects nothing."""
    violations = [
        case
        for case in select(CATALOGUE, [family])
        if isinstance(case, Case) and case.expect == () and case.closing.codes == (1002,) and case.tolerate is None
    ]
    with crooked_process("lenient") as server:
        found = judged(server, list(violations), scale=0.5)
    assert violations
    assert {id_ for id_, one in found.items() if one.verdict is Verdict.PASS} == set()
