"""Somebody else's run file, whatever is in it: it is a run, or a RunError; nothing else is raised."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.tests.fuzzing.lines import RUN_FILES, SEEDS, Change, RunFile
from wsreport.html import render
from wsreport.merge import merge
from wsreport.model import gate, read_run, validate, write_run
from wsreport.run import RunError
from wsreport.upgrade import upgraded


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A file that each example writes anew."""
    return tmp_path_factory.mktemp("runs") / "run.jsonl"


def check(path, octets):
    """Read a file, and make of its run all that is made of one."""
    path.write_bytes(octets)
    try:
        run = read_run(path)
    except RunError as error:
        message = str(error)
    else:
        message = ""
    if message:
        assert str(path) in message
        return None
    assert all(isinstance(problem, str) for problem in run.problems)
    assert run.complete is not bool(run.problems)
    for cell, played in run.cells.items():
        assert sum(run.counts(cell).values()) == len(played.results)
        for case in played.results:
            run.command(cell, case)
    assert gate(run) in range(7)
    return run


def check_validated(path, octets):
    path.write_bytes(octets)
    with suppress(RunError):
        assert all(isinstance(violation, str) for violation in validate(path))


@given(RUN_FILES)
def test_a_file_is_a_run_or_an_error(path, file):
    run = check(path, file.made())
    if run is None:
        return
    # What is written is what was read, without the contradictions.
    write_run(path, run)
    again = read_run(path)
    assert (again.header, again.cases, again.cells, again.footer) == (run.header, run.cases, run.cells, run.footer)
    assert again.flaws == ()


@given(RUN_FILES)
def test_a_file_can_be_validated(path, file):
    check_validated(path, file.made())


@settings(max_examples=settings.default.max_examples // 5)  # a page takes long
@given(st.lists(RUN_FILES, min_size=1, max_size=2))
def test_any_runs_have_a_page(path, files):
    runs = [run for run in (check(path, file.made()) for file in files) if run is not None]
    if runs:
        page = render(runs)
        page.encode("utf-8")
        assert "\x1b" not in page
        with suppress(RunError):
            merge(runs)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["kind", "case", "plays", "reason", "plan", "cases"]), inner, max_size=4),
    ),
)


@given(VALUES)
def test_any_line_can_be_upgraded(value):
    for kind in ("result", "header"):
        upgraded({"kind": kind, "case": "A.1"} | value if isinstance(value, dict) else value, 1)


EXTREMES = {
    "5000 digits": "1" * 5000,
    "NaN": "NaN",
    "400 deep": "[" * 400 + "]" * 400,
    "a long word": '"' + "x" * 1_000_000 + '"',
    "infinity": "1e999",
    "400 digits": "1" * 400,
    "100,000 deep": "[" * 100_000 + "]" * 100_000,
    "50,000 objects deep": '{"a":' * 50_000 + "1" + "}" * 50_000,
}


@pytest.mark.parametrize("value", EXTREMES.values(), ids=EXTREMES)
@pytest.mark.parametrize("seed", SEEDS)
def test_an_extreme_value_in_any_place(path, seed, value):
    for number, line in enumerate(SEEDS[seed]):
        for part in ('"pass"', "0.0", "null", "[]", '"1.1"', "7", '"complete"'):
            if part in line:
                lines = [*SEEDS[seed][:number], line.replace(part, value, 1), *SEEDS[seed][number + 1 :]]
                octets = "".join(f"{each}\n" for each in lines).encode()
                check_validated(path, octets)
                run = check(path, octets)
                if run is not None:
                    write_run(path, run)


def test_seeds_are_right(path):
    for seed in SEEDS:
        assert check(path, RunFile(seed).made()).complete
    assert Change(1.0, 0.0, "replace", '"x"').made(SEEDS["this format"])[-1].startswith('{"kind": "x"')
