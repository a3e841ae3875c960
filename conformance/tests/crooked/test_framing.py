"""Each crooked server of `crooked.framing` is caught by the cases about its fault, and the honest one by none."""

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
from wsconform.crooked.framing import FRAMING
from wsconform.matrix.serving import ExternalServer
from wsconform.model import Judgement, Verdict
from wsconform.script.judge import judge_script
from wsconform.script.limits import Limits
from wsconform.script.model import ScriptCase
from wsconform.script.playing.external import ExternalFacts
from wsconform.script.playing.player import ScriptPlayer
from wsconform.selection import select, with_profile

pytestmark = pytest.mark.usefixtures("reactor")

PASS, FAIL, NON_STRICT, DECLINED = Verdict.PASS, Verdict.FAIL, Verdict.NON_STRICT, Verdict.DECLINED
#: Families whose cases need no server of ours.
FAMILIES = "M,L,C,R.8,R.9"

#: The cases of R.9 about what others see of a violation.
AFTER_VIOLATIONS = "R.9.5,R.9.6,R.9.7,R.9.8,R.9.9,R.9.10,R.9.11,R.9.12,R.9.13,R.9.14,R.9.15,R.9.16,R.9.17,R.9.18,R.9.19"

#: The verdict on each server, and all cases that give it; others pass or are given in `ALSO`.
CAUGHT = {
    "takes-unmasked": (FAIL, "M.1.1,M.1.2,M.1.3,M.1.4,M.1.5,M.1.6,M.1.7,M.1.8,M.1.9,M.2.1,M.2.6,M.2.10,M.2.11,M.2.12"),
    "takes-unmasked-control": (FAIL, "M.1.2,M.1.4,M.1.6,M.2.2,M.2.4,M.2.9"),
    "takes-unmasked-binary": (FAIL, "M.1.3,M.1.8,M.1.9,M.2.3"),
    "takes-unmasked-continuation": (FAIL, "M.2.7,M.2.8"),
    "checks-first-mask": (FAIL, "M.2.1,M.2.2,M.2.3,M.2.4,M.2.6,M.2.7,M.2.8,M.2.9,M.2.12"),
    "answers-unmasked": (FAIL, "M.2.11"),
    "refuses-key-zero": (FAIL, "M.3.1,M.3.7,M.3.12"),
    "refuses-key-of-ones": (FAIL, "M.3.2,M.3.12"),
    "keeps-key": (FAIL, "M.3.12"),
    "unmasks-words": (FAIL, "M.3.2,M.3.3,M.3.5,M.3.6,M.3.9,M.3.10,M.3.11,M.3.12"),
    "takes-long-lengths": (NON_STRICT, "L.1"),
    "ignores-top-bit": (FAIL, "L.2.1,L.2.4,L.2.5"),
    "cuts-lengths": (FAIL, "L.2.1,L.3.2"),
    "cuts-lengths-to-31": (FAIL, "L.2.1,L.3.3"),
    "waits-for-all": (NON_STRICT, "L.3"),
    "answers-long-pings": (FAIL, "L.5.1,L.5.2,L.5.3,L.5.4,L.5.5,L.5.6,L.5.7,L.5.8"),
    "wide-125": (FAIL, "L.4.1,L.4.22,L.4.30"),
    "wide-65535": (FAIL, "L.4.2,L.4.3,L.4.8,L.4.18,L.4.22"),
    "short-pongs": (FAIL, "L.4.30"),
    "cuts-at-64k": (FAIL, "L.4.19,L.4.20,L.4.21,L.4.22,L.6.1,L.6.7"),
    "cuts-at-1m": (FAIL, "L.6.1,L.6.2,L.6.4,L.6.5,L.6.6,L.6.7"),
    "swaps-blocks": (FAIL, "L.6.1,L.6.2,L.6.4,L.6.5,L.6.6,L.6.7"),
    "refuses-1m": (DECLINED, "L.6.1,L.6.2,L.6.4,L.6.5,L.6.6"),
    "takes-close-in-fragments": (FAIL, "C.1.1,C.1.3,C.1.5,C.1.6"),
    "takes-1015": (FAIL, "C.3.1"),
    "takes-5000": (FAIL, "C.3.7,C.3.8,C.3.9"),
    "takes-1": (FAIL, "C.3.4,C.3.5,C.3.6"),
    "takes-1005": (FAIL, "C.3.2,C.3.3"),
    "refuses-1012": (NON_STRICT, "C.2.1,C.2.2,C.2.3"),
    "refuses-private-codes": (NON_STRICT, "C.2.13,C.2.14,C.2.15,C.2.16,C.2.17,C.2.18"),
    "takes-any-reason": (FAIL, "C.4.5,C.4.6,C.4.7,C.4.8,C.4.9,C.4.10,C.4.11"),
    "returns-any-reason": (FAIL, "C.4.5,C.4.6,C.4.7,C.4.8,C.4.9,C.4.10,C.4.11"),
    "waits-for-message": (FAIL, "C.5.1,C.5.2,C.5.3,C.5.4,C.5.5,C.5.6"),
    "echoes-half": (FAIL, "C.5.1,C.5.2,C.5.3,C.5.4,C.5.5,C.5.6"),
    "closes-twice": (
        NON_STRICT,
        "C.2.4,C.4.1,C.4.2,C.4.3,C.4.4,C.5.7,C.6.1,C.6.2,C.6.3,C.6.4,C.6.6,C.6.9,C.6.10",
    ),
    "never-silent": (FAIL, "C.6.5,C.6.7,C.6.8,C.6.11"),
    "keeps-half": (NON_STRICT, "C.7.1,C.7.2,C.7.3,C.7.4"),
    "waits-for-close": (NON_STRICT, "C.8.1,C.8.2"),
    "client-first": (FAIL, "C.5.7,C.6.1,C.8.3"),
    "wrong-from-message-257": (FAIL, "R.8.1,R.8.2"),
    "wrong-behind-64k": (FAIL, "R.8.3,R.8.18"),
    "few-fragments": (FAIL, "R.8.4"),
    "mute-after-control": (FAIL, "R.8.5,R.8.6,R.8.7,R.8.8"),
    "one-fragmented": (FAIL, "R.8.11,R.8.17"),
    "splits-text": (FAIL, "R.8.10,R.8.14,R.8.15"),
    "drops-mark": (FAIL, "R.8.21"),
    "forgets-at-control": (FAIL, "R.8.10,R.8.11,R.8.12,R.8.13"),
    "shares-fragments": (FAIL, "R.9.3"),
    "one-at-a-time": (FAIL, "R.9.2"),
    "ends-others": (FAIL, AFTER_VIOLATIONS),
    "closes-shop": (FAIL, AFTER_VIOLATIONS),
}


def judged(server: CrookedProcess, cases: list[Case | ScriptCase], *, scale: float = 1.0) -> dict[str, Judgement]:
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
    assert {id_: one.reason for id_, one in found.items() if one.verdict is not PASS} == {}


@pytest.mark.parametrize("name", CAUGHT)
def test_fault_is_caught(name: str) -> None:
    verdict, patterns = CAUGHT[name]
    cases = with_profile(select(CATALOGUE, [patterns]), "standard")
    missed: dict[str, Judgement] = {}
    for batch in ([case] for case in cases) if name == "closes-shop" else (cases,):  # it is lost after one case
        with crooked_process(name) as server:
            missed |= {id_: one for id_, one in judged(server, batch).items() if one.verdict is not verdict}
    assert missed == {}


def test_every_server_is_used() -> None:
    assert set(CAUGHT) == {crooked.name for crooked in FRAMING}


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
    assert {id_ for id_, one in found.items() if one.verdict is PASS} == set()
