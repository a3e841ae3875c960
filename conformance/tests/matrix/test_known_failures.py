"""The baseline of servers that comes with the suite."""

from __future__ import annotations

from wsconform.cases import CATALOGUE
from wsconform.matrix.known_failures import facts_of_servers, known_failures
from wsconform.servers import SERVERS
from wsreport.baseline.entries import TODO
from wsreport.baseline.judging import is_for_cell
from wsreport.model import CellStart
from wsreport.patterns import CaseIndex


def start(cell: str) -> CellStart:
    return CellStart(cell, {"name": "t"}, {"name": cell})


def test_each_entry_is_about_servers_and_cases_that_exist() -> None:
    cases = CaseIndex(CATALOGUE)
    for entry in facts_of_servers().entries:
        assert all(map(cases.find, entry.cases)), entry
        for pattern in entry.cells:
            alone = type(entry)(entry.line, (pattern,), entry.cases, entry.verdict, entry.why)
            cells = (f"t/{server}{variant}" for server in SERVERS for variant in ("", "+tls", "@django-4.2"))
            assert any(is_for_cell(alone, start(cell)) for cell in cells), pattern


def test_each_entry_is_what_the_suite_makes_of_it_and_has_a_reason() -> None:
    for entry in facts_of_servers().entries:
        assert (entry.verdict, entry.reason, entry.expires, entry.at_most) == ("info", "", None, None)
        assert entry.why != TODO


def test_variant_over_tls_and_other_versions_have_the_same_known_failures() -> None:
    for name in (name for name in SERVERS if not name.endswith("+tls")):
        plain = known_failures(start(f"t/{name}"), CATALOGUE)
        assert known_failures(start(f"t/{name}+tls"), CATALOGUE) == plain
        assert known_failures(start(f"t/{name}@django-4.2"), CATALOGUE) == plain


def test_known_failures_are_those_of_the_server_alone() -> None:
    cases = ("1.1.1", "X.10.2", "W.2.1", "R.1.2")
    found = {name: tuple(known_failures(start(f"t/{name}"), cases)) for name in SERVERS}
    assert found["cheroot"] == ("X.10.2",)
    assert found["uwsgi-threads"] == found["pyuwsgi-gevent"] == ("W.2.1",)
    assert found["uwsgi-router-threads"] == found["uwsgi-ugreen"] == ("W.2.1", "R.1.2")
    assert found["gevent"] == found["gunicorn-gthread"] == ()
    assert "cheroot keeps only the last" in known_failures(start("t/cheroot"), cases)["X.10.2"]
