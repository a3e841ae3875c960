"""Each case of family H about requests fails on a crooked server that breaks its rule, and passes on a right one."""

from __future__ import annotations

from functools import cache

import pytest

from wsconform.cases import SCRIPT_CASES
from wsconform.cases.requests import UNDECIDED, UNDECIDED_LINE
from wsconform.crooked import CROOKED, serving
from wsconform.crooked.answers import READERS
from wsconform.kind import Calibration, CellContext, Settings
from wsconform.matrix.serving import ExternalServer
from wsconform.model import Judgement, Verdict
from wsconform.script.kind import KIND
from wsconform.selection import select

CASES = {id_: case for id_, case in SCRIPT_CASES.items() if case.family == "H"}
FINE = Verdict.PASS, Verdict.INFO
FAIL, NON_STRICT = Verdict.FAIL, Verdict.NON_STRICT

#: By crooked server: the verdict and the cases that must have it. Other cases may notice the fault as well.
CAUGHT = {
    "any-method": (FAIL, "H.2.1,H.2.2,H.2.3,H.2.4,H.2.5,H.2.6,H.2.7"),
    "any-http": (FAIL, "H.2.8"),
    "any-request-line": (NON_STRICT, "H.2.11,H.2.15,H.2.16"),
    "any-target": (NON_STRICT, "H.2.13,H.2.14"),
    "path-only": (NON_STRICT, "H.2.12"),
    "short-targets": (NON_STRICT, "H.2.20"),
    "no-host": (FAIL, "H.3.1"),
    "two-hosts": (FAIL, "H.3.2,H.3.3"),
    "bad-host": (FAIL, "H.3.4"),
    "any-upgrade": (FAIL, "H.4.2,H.4.3,H.4.4,H.4.5,H.4.6"),
    "upgrade-substring": (FAIL, "H.4.4,H.4.5,H.4.6"),
    "upgrade-exact": (FAIL, "H.4.7,H.4.8"),
    "upgrade-single": (NON_STRICT, "H.4.9,H.4.10,H.4.11,H.4.12,H.4.13"),
    "any-get": (FAIL, "H.4.1"),
    "any-connection": (FAIL, "H.4.15,H.4.16,H.4.17,H.4.18,H.4.19,H.4.20"),
    "connection-substring": (FAIL, "H.4.18,H.4.19,H.4.20"),
    "connection-exact": (FAIL, "H.4.21,H.4.22,H.4.23,H.4.24,H.4.25,H.4.26,H.4.30,H.4.31"),
    "first-line-only": (FAIL, "H.4.30"),
    "no-empty-elements": (NON_STRICT, "H.4.11,H.4.12,H.4.27,H.4.28,H.4.29"),
    "no-key": (FAIL, "H.5.1,H.5.2"),
    "bad-key": (NON_STRICT, "H.5.3,H.5.4,H.5.5,H.5.6,H.5.7,H.5.8,H.5.9,H.5.10"),
    "two-keys": (NON_STRICT, "H.5.12,H.5.13"),
    "key-case": (FAIL, "H.5.14,H.5.15,H.5.18,H.2.17,H.2.18,H.2.19"),
    "key-alphabet": (FAIL, "H.5.16,H.5.17"),
    "any-version": (FAIL, "H.6.1,H.6.2,H.6.3,H.6.4,H.6.5,H.6.6,H.6.7,H.6.12,H.6.13,H.6.15,H.6.16,H.6.19"),
    "loose-version": (FAIL, "H.6.8,H.6.9,H.6.10,H.6.11,H.6.14,H.6.18"),
    "first-version": (NON_STRICT, "H.6.17"),
    "names-no-version": (NON_STRICT, "H.6.2,H.6.3,H.6.4,H.6.5,H.6.6,H.6.7"),
    "bare-426": (FAIL, "H.6.1,H.6.2"),
    "field-case": (FAIL, "H.7.1,H.7.2,H.7.3"),
    "host-first": (FAIL, "H.7.4"),
    "one-blank": (FAIL, "H.7.5,H.7.6,H.7.7"),
    "unknown-fields": (FAIL, "H.7.8"),
    "ascii-only": (NON_STRICT, "H.7.13,H.7.14,H.7.15,H.7.16,H.7.17,H.7.18"),
    "blank-colon": (FAIL, "H.7.21"),
    "first-blank": (FAIL, "H.7.22"),
    "skips-lines": (NON_STRICT, "H.7.23"),
    "no-empty-line": (NON_STRICT, "H.7.26"),
    "echoes-subprotocols": (FAIL, "H.8.2,H.8.3,H.8.5,H.8.7,H.8.8,H.8.9,H.8.10"),
    "own-subprotocol": (FAIL, "H.8.1,H.8.2,H.8.3,H.8.4,H.8.5,H.8.6"),
    "lowers-subprotocol": (FAIL, "H.8.4"),
    "body-as-frames": (FAIL, "H.9.1,H.9.2"),
    "one-segment": (NON_STRICT, "H.10.7"),
    "loses-behind": (FAIL, "H.10.1,H.10.2,H.10.3,H.10.4"),
    "loses-early": (Verdict.INFO, "H.10.5"),
    "loses-first": (FAIL, "H.10.6"),
    "drops-requests": (NON_STRICT, "H.3.1,H.4.1,H.5.1,H.6.1,H.7.19,H.7.20,H.7.24,H.7.25"),
}
#: Cases with a right answer for everything that a server may do, except failing in another way; and H.9.4 and H.9.5,
#: whose segments a busy server reads all at once.
OPEN = (
    "H.2.9,H.2.10,H.2.21,H.3.5,H.4.14,H.4.32,H.5.11,H.7.9,H.7.10,H.7.11,H.7.12,H.7.27,H.7.28,H.7.29,H.9.3,H.9.4,H.9.5"
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


@pytest.mark.parametrize("name", CAUGHT)
def test_fault_is_noticed(name: str) -> None:
    verdict, patterns = CAUGHT[name]
    wanted = [case.id for case in select(CASES, [patterns])]
    found = judgements(name)
    missed = {id_: (found[id_].verdict, found[id_].reason) for id_ in wanted if found[id_].verdict is not verdict}
    assert missed == {}


def test_every_server_that_misreads_requests_is_used() -> None:
    assert {crooked.name for crooked in READERS} == set(CAUGHT)


def test_every_case_is_failed_by_some_server() -> None:
    caught = {case.id for _, patterns in CAUGHT.values() for case in select(CASES, [patterns])}
    assert set(CASES) - caught == {case.id for case in select(CASES, [OPEN])}


def test_undecided_case_is_info_whatever_the_server_does() -> None:
    undecided = [id_ for id_, case in CASES.items() if {UNDECIDED, UNDECIDED_LINE} & {*case.steps[1:2]}]
    assert len(undecided) == 9
    for name in ("honest", "drops-requests", "any-version"):
        assert {judgements(name)[id_].verdict for id_ in undecided} == {Verdict.INFO}


def test_titles_tell_cases_apart() -> None:
    assert len({case.title for case in CASES.values()}) == len(CASES)
