from __future__ import annotations

import json
import tomllib
from datetime import date

import jsonschema
import pytest

from wsreport.baseline import entries
from wsreport.baseline.entries import MOST_ENTRIES, BaselineError, parse, read

ENTRY = """
[[accepted]]
cell = "fork/*"
case = ["5.1", "A.4"]
verdict = "fail"
why = "fragments are delivered one by one"
"""


def of(*lines: str) -> str:
    return "format = 1\n" + ENTRY + "\n".join(lines) + "\n"


def test_an_entry_has_all_that_the_file_says():
    [entry] = parse(
        of(
            'reason = "a message of * bytes"',
            'versions = {gevent = ">=25"}',
            'link = "https://example.org/1"',
            'owner = "ann"',
            "expires = 2027-01-31",
            "flaky = {at_most = 0.2}",
        )
    ).entries
    assert (entry.line, entry.cells, entry.cases, entry.verdict) == (3, ("fork/*",), ("5.1", "A.4"), "fail")
    assert entry.why == "fragments are delivered one by one"
    assert (entry.reason, entry.link, entry.owner) == ("a message of * bytes", "https://example.org/1", "ann")
    assert (entry.expires, entry.at_most) == (date(2027, 1, 31), 0.2)
    assert entry.versions["gevent"].contains("25.9")


def test_a_date_may_be_a_text():
    assert parse(of('expires = "2027-01-31"')).entries[0].expires == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format = ", "not TOML"),
        ("", "'format' is missing"),
        ("format = 2", "it has format 2, and this version reads 1: update wsconform"),
        ("format = true", "format: a number is needed"),
        ("format = 1\nacepted = []", "unknown key 'acepted'; did you mean 'accepted'?"),
        ("format = 1\naccepted = 3", "entries are tables"),
        ("format = 1\naccepted = [3]", "entries are tables"),
        ("format = 1\n[[accepted]]\ncell='a'", "b:2: 'case' is missing"),
        (of('reasn = "x"'), "b:3: unknown key 'reasn'; did you mean 'reason'?"),
        (of("zzz = 1"), "b:3: unknown key 'zzz'; the keys are case, cell"),
        (of("expires = 'soon'"), "expires: 'soon' is not a date; write it like 2027-01-31"),
        (of("expires = 7"), "expires: 7 is not a date"),
        (of("flaky = 0.2"), "flaky: write it like flaky = {at_most = 0.2}"),
        (of("flaky = {at_most = 20}"), "flaky: at_most: 20 is not a share between 0 and 1"),
        (of("owner = ''"), "owner: a text is needed"),
        (of("versions = {gevent = 'new'}"), "versions: gevent: 'new' is not a range of versions"),
        (of("versions = {gevent = 26}"), "versions: gevent: 26 is not a range of versions"),
        (of().replace('"fail"', '"fial"'), "verdict: 'fial' cannot be accepted; did you mean 'fail'?"),
        (of().replace('"fail"', '"pass"'), "verdict: 'pass' cannot be accepted; the verdicts are"),
        (of().replace('"fail"', "[]"), "verdict: [] cannot be accepted"),
        (of().replace('["5.1", "A.4"]', "[]"), "case: a pattern or a list of patterns is needed"),
        (of().replace('["5.1", "A.4"]', '"*"').replace("fork/*", "*/*"), "accepts every case on every cell"),
        (of() + ENTRY, "b:10: the entry in line 3 accepts 5.1 on fork/* already"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, message):
    with pytest.raises(BaselineError) as caught:
        parse(text, "b")
    assert message in str(caught.value)
    assert str(caught.value).startswith("b:")


def test_a_string_that_looks_like_a_heading_costs_the_lines_only():
    text = of().replace('"fragments are delivered one by one"', '"""\n[[accepted]]\n"""')
    assert parse(text).entries[0].line == 0


def test_a_huge_file_is_refused():
    entries = "".join(f"[[accepted]]\ncell='a/b'\ncase='5.{n}'\nverdict='fail'\nwhy='w'\n" for n in range(MOST_ENTRIES))
    assert len(parse("format = 1\n" + entries).entries) == MOST_ENTRIES
    with pytest.raises(BaselineError, match="10,001 entries, and 10,000 are the limit"):
        parse("format = 1\n" + entries + ENTRY)


def test_a_file_is_read_or_named(tmp_path):
    path = tmp_path / "baseline.toml"
    path.write_text(of())
    assert read(path).name == str(path)
    path.write_bytes(b"\xff")
    with pytest.raises(BaselineError, match=r"baseline\.toml: not a baseline: byte 0 is not UTF-8"):
        read(path)
    with pytest.raises(BaselineError, match=r"missing\.toml: No such file"):
        read(tmp_path / "missing.toml")


SCHEMA = json.loads(entries.SCHEMA.read_text())


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("expires = 2027-01-31",),
        ('versions = {gevent = ">=25"}', "flaky = {at_most = 0.2}", 'owner = "ann"', 'link = "x"', 'reason = "y"'),
    ],
)
def test_the_published_schema_accepts_what_is_read(lines):
    parse(of(*lines))
    jsonschema.validate(tomllib.loads(of(*lines)), SCHEMA)


@pytest.mark.parametrize(
    "line", ["reasn = 'x'", "owner = ''", "versions = {}", "flaky = 0.2", "flaky = {at_most = 1}", "link = 3"]
)
def test_the_published_schema_refuses_what_is_not_read(line):
    with pytest.raises(BaselineError):
        parse(of(line))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(of(line)), SCHEMA)


def test_the_published_schema_has_the_same_keys_and_verdicts():
    entry = SCHEMA["properties"]["accepted"]["items"]["properties"]
    assert set(entry) == set(entries._FIELDS)
    assert tuple(entry["verdict"]["enum"]) == entries._ACCEPTABLE
