"""Which answers fit which offers (RFC 7692 section 7), and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from conformance.tests.support.values import KNOWN_CLAUSES
from wsconform.model import Verdict
from wsconform.wire.negotiation import Agreement, MalformedError, agree, may_be_accepted, read_elements

CpuLimit = Callable[[float], AbstractContextManager[None]]

PMD = "permessage-deflate"
BITS = f"{PMD}; client_max_window_bits"

FITTING = [
    ([], [], None),
    ([PMD], [], None),
    ([PMD], [PMD], Agreement(0, 0)),
    ([PMD], [f"{PMD}; server_no_context_takeover"], Agreement(0, 0, server_takeover=False)),
    ([PMD], [f"{PMD}; client_no_context_takeover"], Agreement(0, 0, client_takeover=False)),
    ([PMD], [f"{PMD}; server_max_window_bits=10"], Agreement(0, 0, server_bits=10)),
    ([f"{PMD}; server_max_window_bits=10"], [f"{PMD}; server_max_window_bits=10"], Agreement(0, 0, server_bits=10)),
    ([f"{PMD}; server_max_window_bits=10"], [f"{PMD}; server_max_window_bits=8"], Agreement(0, 0, server_bits=8)),
    ([f'{PMD}; server_max_window_bits="10"'], [f"{PMD};server_max_window_bits=9"], Agreement(0, 0, server_bits=9)),
    ([BITS], [f"{PMD}; client_max_window_bits=12"], Agreement(0, 0, client_bits=12)),
    ([f"{BITS}=9"], [f"{PMD}; client_max_window_bits=15"], Agreement(0, 0)),  # a value of ours is a hint only
    ([f"{PMD}; foo, {PMD}"], [PMD], Agreement(1, 1)),
    ([f"{PMD}; foo", PMD], [PMD], Agreement(1, 1)),
    ([f"x-foo, {PMD}"], [PMD], Agreement(1, 1)),
    (
        [f"{PMD}; server_no_context_takeover, {BITS}"],
        [f"{PMD}; client_max_window_bits=9"],
        Agreement(1, 0, client_bits=9),
    ),
    (
        [f"{PMD}; server_no_context_takeover, {PMD}"],
        [f"{PMD}; server_no_context_takeover"],
        Agreement(0, 0, server_takeover=False),
    ),
]


@pytest.mark.parametrize(("offers", "answers", "agreement"), FITTING)
def test_answer_that_fits(offers: list[str], answers: list[str], agreement: Agreement | None) -> None:
    assert agree(offers, answers) == (agreement, None)


REFUSED = [
    ([], [PMD], "4.2.2-12", "was not offered"),
    (["x-foo"], [PMD], "4.2.2-12", "was not offered"),
    (["x-foo"], ["x-foo"], "4.2.2-11", "unknown extension x-foo"),
    ([PMD], [""], "4.3-3", "an empty"),
    ([PMD], [f"{PMD}; =1"], "9.1-1", "malformed"),
    ([PMD], [f'{PMD}; server_max_window_bits="1 0"'], "9.1-1", "malformed"),
    ([PMD], [f"{PMD}, {PMD}"], "5-5", "two extensions"),
    ([PMD], [PMD, PMD], "5-5", "two extensions"),
    ([PMD], [f"{PMD}; foo"], "9.1-4", "the unknown parameter foo"),
    ([PMD], [f"{PMD}; server_no_context_takeover=1"], "5-3", "the invalid parameter"),
    ([BITS], [BITS], "5-3", "the invalid parameter"),
    *(
        ([PMD], [f"{PMD}; server_max_window_bits={bad}"], "5-3", "the invalid parameter")
        for bad in ("7", "16", "010", "8.0", "1e1")
    ),
    ([PMD], [f"{PMD}; server_max_window_bits"], "5-3", "the invalid parameter"),
    ([PMD], [f"{PMD}; server_max_window_bits=9; server_max_window_bits=9"], "5-3", "repeated parameter"),
    ([f"{PMD}; foo"], [PMD], "7-1", "an unknown parameter"),
    ([f"{PMD}; server_max_window_bits=16"], [PMD], "7-2", "an invalid parameter value"),
    ([f"{PMD}; server_max_window_bits"], [PMD], "7-2", "an invalid parameter value"),
    ([f"{PMD}; client_no_context_takeover=1"], [PMD], "7-2", "an invalid parameter value"),
    ([f"{PMD}; client_max_window_bits; client_max_window_bits"], [PMD], "7-3", "a repeated parameter"),
]


@pytest.mark.parametrize(("offers", "answers", "clause", "what"), REFUSED)
def test_unusable_answer(offers: list[str], answers: list[str], clause: str, what: str) -> None:
    agreement, fault = agree(offers, answers)
    assert agreement is None
    assert fault is not None
    assert fault.clause.partition("-")[2] == clause
    assert fault.clause in KNOWN_CLAUSES
    assert what in fault.what


MISFITS = [
    ([f"{PMD}; server_no_context_takeover"], [PMD], "7692-7.1.1.1-2", Agreement(0, 0)),
    ([f"{PMD}; server_max_window_bits=9"], [PMD], "7692-7.1.2.1-2", Agreement(0, 0)),
    (
        [f"{PMD}; server_max_window_bits=9"],
        [f"{PMD}; server_max_window_bits=10"],
        "7692-7.1.2.1-2",
        Agreement(0, 0, server_bits=10),
    ),
    ([PMD], [f"{PMD}; client_max_window_bits=10"], "7692-7.1.2.2-3", Agreement(0, 0, client_bits=10)),
]


def test_default_that_is_not_repeated_is_not_strict() -> None:
    """What is agreed is the same, since 15 is the default (RFC 7692 section 7.1.2.1)."""
    agreement, fault = agree([f"{PMD}; server_max_window_bits=15"], [PMD])
    assert agreement == Agreement(0, 0)
    assert fault is not None
    assert (fault.clause, fault.verdict) == ("7692-7.1.2.1-2", Verdict.NON_STRICT)


def test_answer_is_held_against_the_offer_that_it_fits_best() -> None:
    offers = [f"{PMD}; server_max_window_bits=10, {PMD}; server_max_window_bits=15, {PMD}"]
    agreement, fault = agree(offers, [PMD])
    assert agreement == Agreement(2, 0)
    assert fault is None
    assert agreement is not None
    assert agreement.firm == 1


@pytest.mark.parametrize("offer", ["", ",", f"{PMD};;x", f"{PMD}; server_max_window_bits="])
def test_malformed_offer_must_not_be_accepted(offer: str) -> None:
    agreement, fault = agree([offer], [PMD])
    assert agreement is None
    assert fault is not None
    assert fault.clause == "6455-9.1-1"


@pytest.mark.parametrize(("offers", "answers", "clause", "agreement"), MISFITS)
def test_answer_that_is_clear_but_does_not_fit(
    offers: list[str], answers: list[str], clause: str, agreement: Agreement
) -> None:
    """Autobahn does not see these, so its grade is that of the conversation that follows."""
    found, fault = agree(offers, answers)
    assert found == agreement
    assert fault is not None
    assert fault.clause == clause


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        (PMD, True),
        (BITS, True),
        (f"{BITS}=8; server_max_window_bits=15; client_no_context_takeover; server_no_context_takeover", True),
        (f"{PMD}; server_max_window_bits", False),
        (f"{PMD}; client_max_window_bits=foo", False),
        (f"{PMD}; server_no_context_takeover; server_no_context_takeover", False),
        ("x-webkit-deflate-frame", False),
    ],
)
def test_offer_that_a_server_may_accept(value: str, *, valid: bool) -> None:
    (element,) = read_elements(value)
    assert may_be_accepted(element) is valid
    assert str(element).replace(" ", "") == value.replace(" ", "")


@pytest.mark.parametrize("value", [";", "a;;b", "=1", "a b", 'a; b="', "a; b=", "a, ;"])
def test_malformed_field(value: str) -> None:
    with pytest.raises(MalformedError):
        list(read_elements(value))


@pytest.mark.parametrize(
    "value", ['\\"' * 60_000, 'a; b="' + '\\"' * 60_000, "a, " * 60_000 + ";", "a" + "; b" * 60_000]
)
def test_long_field_is_read_in_one_go(value: str, cpu_limit: CpuLimit) -> None:
    """A server must not be able to hold us up; each quote without an end was once searched for its end."""
    with cpu_limit(10):
        agree([PMD], [value])
