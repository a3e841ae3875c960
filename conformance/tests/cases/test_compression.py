"""Families 12 and 13 say what Autobahn's say, from bodies of data of our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.corpora import CORPORA
from wsconform.conversation.model import CLEAN, Answer, CompressedTrips, Deadline, Echoes, Sample
from wsconform.wire.negotiation import Element, may_be_accepted, read_elements

FACTS = json.loads((Path(__file__).parents[1] / "data" / "autobahn_compression.json").read_text())


def test_all_of_them_are_there() -> None:
    ours = [case.id for case in WEBSOCKET_CASES.values() if case.family in ("12", "13")]
    assert sorted(ours) == sorted(FACTS)


@pytest.mark.parametrize("id_", FACTS)
def test_a_case_is_that_of_autobahn(id_: str) -> None:
    case, fact = WEBSOCKET_CASES[id_], FACTS[id_]
    assert case.send == (CompressedTrips(Sample(fact["corpus"], fact["size"]), fact["count"], fact["fragment"]),)
    assert CORPORA[fact["corpus"]].is_text is fact["text"]
    assert case.expect == (Echoes(fact["count"]),)
    assert (case.within, case.deadline, case.closing) == (fact["close_after"], Deadline.CLOSE, CLEAN)
    assert case.answer is Answer.AGREED
    assert not case.counts_only


@pytest.mark.parametrize("id_", [f"{family}.1" for family in ("12.1", *(f"13.{n}" for n in range(1, 8)))])
def test_the_offers_are_those_of_autobahn(id_: str) -> None:
    def parts(offers: list[str]) -> list[tuple[str, set[tuple[str, str | None]]]]:
        elements = [element for value in offers for element in read_elements(value)]
        return [(element.name, set(element.params)) for element in elements]

    ours = parts(list(WEBSOCKET_CASES[id_].offers))
    assert ours == parts(FACTS[id_]["offers"])
    assert all(may_be_accepted(Element(name, tuple(params))) for name, params in ours)
