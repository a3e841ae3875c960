from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reports.tests.runs import result, run_of
from wsreport.findings import describe, findings_of, seen_in, to_json
from wsreport.findings.grades import MARKS
from wsreport.findings.model import Where
from wsreport.findings.rules import RULES
from wsreport.model import Attribution, CaseInfo, ClauseRef, Run, WireEntry

MASK = ClauseRef("6455-5.1-5", "5.1", "A server must not mask any frame that it sends.")
FRAGMENT = ClauseRef("6455-5.4-2", "5.4", "A fragmented message has a first and a last fragment.")
ANY = ClauseRef("6455-9-9", "9.9", "Something must be done.")
PLAIN = "we send Close; the server answers with Close 1000 or without a code and closes TCP"
FAILING = "the server fails the connection with Close 1002 and closes TCP"


def fail(reason, *clauses, verdict="fail", **others):
    return replace(result(verdict, reason), clauses=clauses, **others)


def described(run: Run, **infos) -> Run:
    """Return a run whose cases have other descriptions; a dot in an id is an underscore in the name."""
    changed = {name.strip("_").replace("_", "."): info for name, info in infos.items()}
    return replace(run, cases={id_: replace(info, **changed.get(id_, {})) for id_, info in run.cases.items()})


def test_a_run_in_which_all_passes_has_no_findings():
    assert findings_of(run_of({"t/s": {"1.1": "pass", "1.2": "info", "1.3": "declined"}})) == ()


def test_one_mistake_in_many_cases_and_cells_is_one_finding():
    masked = fail("the server sent a masked frame", MASK)
    script = fail("step 3: expected message; got a violation of the protocol (a masked frame)", ANY)
    table = {"1.1": masked, "H.4.1": script}
    (finding,) = findings_of(run_of({"t/a": table, "t/b": table, "t/c": {"1.1": "pass", "H.4.1": "pass"}}))

    assert finding.title == "Masks its frames"
    assert (finding.cases, finding.cells, finding.spared) == (("1.1", "H.4.1"), ("t/a", "t/b"), ("t/c",))
    assert finding.known


def test_what_fits_no_rule_is_a_finding_by_its_clause_and_says_so():
    run = run_of({"t/s": {"1.1": fail("odd", ANY), "1.2": fail("odder", ANY), "1.3": fail("odd", FRAGMENT)}})
    found = findings_of(run)

    assert [(one.title, one.cases, one.known) for one in found] == [
        ("Not kept: Something must be done.", ("1.1", "1.2"), False),
        ("Not kept: A fragmented message has a first and a last fragment.", ("1.3",), False),
    ]
    assert "no rule knows this mistake" in dict(describe(found[0]))["look at"]


def test_what_follows_from_a_mistake_is_counted_with_it():
    plain = ("1.1.1", "1.1.2", "7.1.1")
    table = {case: fail("no message arrived within 1 s", ANY) for case in plain}
    table |= {"2.1": fail("no pong arrived", ANY), "3.1": fail("the server ignored the violation", FRAGMENT)}
    infos = {f"_{case.replace('.', '_')}": {"closing": PLAIN} for case in plain}
    (finding,) = findings_of(described(run_of({"t/s": table}), **infos))

    assert finding.title == "Does not echo plain messages"
    assert (len(finding.occurrences), len(finding.derived)) == (3, 2)
    assert seen_in(finding) == "3 cases on t/s: 1.1.1, 1.1.2, 7.1.1; 2 more failures follow from it"


def test_a_rule_about_a_whole_cell_needs_most_of_its_cases():
    plain = ("1.1.1", "1.1.2", "7.1.1")
    table = {"1.1.1": fail("no message arrived within 1 s", ANY), "1.1.2": "pass", "7.1.1": "pass"}
    infos = {f"_{case.replace('.', '_')}": {"closing": PLAIN} for case in plain}

    assert [one.rule for one in findings_of(described(run_of({"t/s": table}), **infos))] == ["loses-messages"]


def test_fragments_that_are_delivered_as_messages():
    cases = ("5.3", "5.4", "5.5", "5.6")
    table = {case: fail("event 1: the echo has 9 bytes instead of 18", FRAGMENT) for case in cases}
    table["A.4.1"] = fail("step 3: expected message 'abc'; got message 'a'", ANY)
    infos = {f"_{case.replace('.', '_')}": {"title": "Text in two fragments."} for case in (*cases, "A.4.1")}
    (finding,) = findings_of(described(run_of({"t/s": table}), **infos))

    assert finding.title == "Does not join the fragments of a message"
    assert (finding.cases, len(finding.derived)) == (cases, 1)


def test_security_comes_first_and_strictness_last():
    table = {
        "1.1": fail("the server closed TCP without a Close frame", ANY, verdict="non-strict"),
        "1.2": fail("the server sent a masked frame", MASK),
        "1.3": fail("the server sent 9 bytes after its Close frame", ANY),
    }
    found = findings_of(run_of({"t/s": table}))

    assert [one.severity for one in found] == ["security", "interoperability", "strictness"]
    assert all(one.because for one in found)


def frame(octets, what="TEXT 2, masked"):
    return WireEntry(0.0, "peer", what, octets, len(octets) // 2)


def test_the_smallest_conversation_is_shown_with_the_wrong_byte():
    masked = "the server sent a masked frame"
    large, small = (fail(masked, MASK, wire=(frame(octets),)) for octets in ("8183000000006161", "8181000000006f"))
    (finding,) = findings_of(run_of({"t/s": {"1.1": large, "1.2": small, "1.3": fail(masked, MASK)}}))
    said = dict(describe(finding))

    assert finding.shown.result.case == "1.2"
    assert said["byte"] == "← TEXT 2, masked: 81 [81] 00 00 00 00 6f (byte 2 of 7)"
    assert said["again"].endswith("--cases 1.2")


def test_a_byte_of_the_payload_is_counted_behind_the_header():
    reason = "event 1: the echo differs from byte 2 on"
    wrong = fail(reason, ANY, wire=(frame("8103616263", "TEXT 3"),))
    (finding,) = findings_of(run_of({"t/s": {"9.1": wrong}}))

    assert finding.mark is not None
    assert finding.mark.offset == 4


def test_a_byte_that_the_run_file_does_not_have_is_not_marked():
    wrong = fail("event 1: the echo differs from byte 4000 on", ANY, wire=(frame("8103616263", "TEXT 3"),))
    (finding,) = findings_of(run_of({"t/s": {"9.1": wrong}}))

    assert finding.mark is None
    assert "byte" not in dict(describe(finding))


def test_a_finding_names_its_owner():
    run = run_of({"t/s": {"1.1": fail("the server sent a masked frame", MASK)}})
    run.cells["t/s"].attributions["1.1"] = Attribution("t/s", "1.1", "library")

    assert findings_of(run)[0].owners == ("library",)


def test_what_shows_only_with_compression_says_so():
    (finding,) = findings_of(run_of({"t/s": {"P.1.1": fail("the server sent RSV1 on a control frame", ANY)}}))

    assert finding.compressed_only
    assert "only with compression" in seen_in(finding)


def test_results_that_a_gate_excuses_are_left_out():
    run = run_of({"t/s": {"1.1": fail("odd", ANY), "1.2": fail("odd", FRAGMENT)}})

    assert [one.cases for one in findings_of(run, lambda each: each.case == "1.2")] == [("1.2",)]


@pytest.mark.parametrize(
    "hostile", ["{title}", "{0}", "{", "\x1b[31m", "<script>", "\\1", "(?P<x>", "\ud800", "a" * 100_000]
)
def test_words_of_a_peer_are_neither_templates_nor_patterns(hostile):
    clause = ClauseRef(hostile, hostile, hostile)
    run = run_of({"t/s": {"1.1": fail(f"the view raised {hostile}", clause), "A.1.1": fail(hostile, clause)}})
    run = replace(run, cases={id_: CaseInfo(id_, hostile, id_[0]) for id_ in run.cases})
    found = findings_of(run)

    assert found
    assert json.loads(json.dumps(to_json(found)))
    assert all(len(list(describe(one))) <= 7 for one in found)


def test_every_finding_has_a_severity_and_at_most_seven_lines_below_its_title():
    for rule in RULES:
        assert rule.title
        assert not rule.severity or rule.because
    assert all(len(row) == 3 for row in MARKS)


def test_the_last_rule_takes_what_is_left():
    assert RULES[-1].where == Where()
    assert not RULES[-1].known
