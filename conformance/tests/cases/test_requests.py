"""Each case of family H about requests fails on a crooked server that breaks its rule, and passes on a right one."""

from __future__ import annotations

from functools import cache

from wsconform.cases import CATALOGUE, SCRIPT_CASES
from wsconform.cases.requests import UNDECIDED, UNDECIDED_LINE
from wsconform.crooked import CROOKED, MUTANTS, serving
from wsconform.kind import Calibration, CellContext, Settings
from wsconform.matrix.serving import ExternalServer
from wsconform.model import Judgement, Verdict
from wsconform.script.kind import KIND
from wsconform.selection import select

CASES = {id_: case for id_, case in SCRIPT_CASES.items() if case.family == "H"}
FINE = Verdict.PASS, Verdict.INFO

#: Cases with a right answer for everything that a server may do, except failing in another way; and H.9.4 and H.9.5,
#: whose segments a busy server reads all at once.
OPEN = (
    "H.2.9,H.2.10,H.2.21,H.3.5,H.4.14,H.4.32,H.5.11,H.7.9,H.7.10,H.7.11,H.7.12,H.7.27,H.7.28,H.7.29,H.9.3,H.9.4,H.9.5,"
    "H.10.5"
)


@cache
def judgements(name: str) -> dict[str, Judgement]:
    """Play all cases against a crooked server."""
    found: dict[str, Judgement] = {}
    with serving(CROOKED[name]) as url:
        context = CellContext(
            ExternalServer(url),
            Settings(replays=False, timeout_scale=0.2),
            Calibration(reached=True, answered=True, concurrency=8),
            lambda outcome: found.__setitem__(outcome.case.id, outcome.final.judgement),
        )
        KIND.play(context, list(CASES.values()))
    return found


def test_right_server_passes() -> None:
    found = judgements("honest")
    assert len(found) == len(CASES)
    assert {id_: j.reason for id_, j in found.items() if j.verdict not in FINE} == {}


def test_every_case_is_failed_by_some_server() -> None:
    """That each server is caught by the cases that its row names is tested in crooked/test_faults.py."""
    named = {case.id for one in MUTANTS.values() if one.caught for case in select(CATALOGUE, [one.caught])}
    assert set(CASES) - named == {case.id for case in select(CASES, [OPEN])}


def test_undecided_case_is_info_whatever_the_server_does() -> None:
    undecided = [id_ for id_, case in CASES.items() if {UNDECIDED, UNDECIDED_LINE} & {*case.steps[1:2]}]
    assert len(undecided) == 9
    for name in ("honest", "drops-requests", "any-version"):
        assert {judgements(name)[id_].verdict for id_ in undecided} == {Verdict.INFO}


def test_titles_tell_cases_apart() -> None:
    assert len({case.title for case in CASES.values()}) == len(CASES)
