from __future__ import annotations

import pytest

from wsreport.formats.clauses import describe, first_link, link, name
from wsreport.model import ClauseRef

RFC = "https://www.rfc-editor.org/rfc/rfc"


@pytest.mark.parametrize(
    ("id_", "section", "place", "address"),
    [
        ("6455-5.4-1", "5.4", "RFC 6455, section 5.4", f"{RFC}6455#section-5.4"),
        ("7692-7.2.2-1", "7.2.2 of RFC 7692", "RFC 7692, section 7.2.2", f"{RFC}7692#section-7.2.2"),
        ("tls-8446-6.1", "6.1", "RFC 8446, section 6.1", f"{RFC}8446#section-6.1"),
        ("6455-5.4-1", "RFC 6455, 5.4", "RFC 6455, section 5.4", f"{RFC}6455#section-5.4"),
        ("wsgi-stop", "PEP 3333", "PEP 3333", "https://peps.python.org/pep-3333/"),
        ("robust-others", "ours", "a rule of this suite", ""),
        ("README of dwebsocket", "Usage", "README of dwebsocket, Usage", ""),
        ("6455-x", "5.4#evil) [x](javascript:", "6455-x, 5.4#evil) [x](javascript:", ""),
        ("6455-5.4-1", "5.4\n", "6455-5.4-1, 5.4\n", ""),
    ],
)
def test_a_clause_has_a_place_and_perhaps_an_address(id_, section, place, address):
    clause = ClauseRef(id_, section, "text")

    assert name(clause) == place
    assert link(clause) == address


def test_the_first_clause_with_an_address_gives_the_link():
    clauses = [ClauseRef("robust-others", "ours", ""), ClauseRef("6455-7.4-1", "7.4", "")]

    assert first_link(clauses) == f"{RFC}6455#section-7.4"
    assert first_link(clauses[:1]) == ""


def test_a_description_has_the_id_once():
    assert describe(ClauseRef("6455-5.4-1", "5.4", "In order.")) == "RFC 6455, section 5.4: In order. (6455-5.4-1)"
    assert describe(ClauseRef("robust-others", "ours", "In turn.")) == "a rule of this suite: In turn. (robust-others)"


def test_a_clause_of_the_api_contract_says_how_its_document_binds():
    promised, implied, ours = (ClauseRef("README of x", "Usage", word) for word in ("promised", "implied", "ours"))

    assert describe(promised) == "README of x, Usage: promised by this document"
    assert describe(implied) == "README of x, Usage: implied by this document"
    assert describe(ours) == "README of x, Usage: promised by the reference alone"
