"""Scripts do not accuse servers that send pings and pongs by themselves; conversations: `wsconform mutants`, in CI."""

from __future__ import annotations

import pytest

from conformance.tests.crooked.test_faults import judged
from conformance.tests.support.processes import crooked_process
from wsconform.cases import SCRIPT_CASES
from wsconform.model import Verdict
from wsconform.selection import with_profile

pytestmark = pytest.mark.usefixtures("reactor")

FINE = Verdict.PASS, Verdict.INFO, Verdict.DECLINED


@pytest.mark.parametrize("name", ["own-pings", "own-pongs", "pings-at-once", "pongs-at-once"])
def test_pings_and_pongs_of_the_server_do_not_matter(name: str) -> None:
    cases = [case for case in with_profile(list(SCRIPT_CASES.values()), "fast") if not case.own_server]
    with crooked_process(name) as server:
        found = judged(server, list(cases), scale=5.0)
    assert cases
    assert {id_: one.reason for id_, one in found.items() if one.verdict not in FINE} == {}
