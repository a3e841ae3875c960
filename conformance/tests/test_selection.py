"""Which cases a pattern names, and what a profile makes of them."""

from collections import Counter
from dataclasses import replace

import pytest

from wsconform.cases import API_CLAUSES, CATALOGUE, SCRIPT_CASES, WEBSOCKET_CASES
from wsconform.contract.sites import SITES
from wsconform.conversation.describe import describe_case
from wsconform.conversation.model import Case, CompressedTrips, Echoes, Pause, RoundTrips
from wsconform.errors import ExitCode, NothingSelectedError
from wsconform.profile import PROFILES
from wsconform.selection import nearest, select, with_profile

SMALL = {id_: Case(id_, "A title.", ()) for id_ in ("1.1.1", "1.1.2", "1.1.10", "1.10.1", "10.1.1", "5.1", "5.15")}


def ids(*patterns, exclude=(), catalogue=SMALL):
    return [case.id for case in select(catalogue, patterns, exclude)]


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        ((), list(SMALL)),
        (("1.1.1",), ["1.1.1"]),
        (("5.1",), ["5.1"]),  # not 5.15
        (("1",), ["1.1.1", "1.1.2", "1.1.10", "1.10.1"]),  # not 10.1.1
        (("1.1",), ["1.1.1", "1.1.2", "1.1.10"]),  # not 1.10.1
        (("1.1.",), ["1.1.1", "1.1.2", "1.1.10"]),
        (("*",), list(SMALL)),
        (("5.*",), ["5.1", "5.15"]),
        (("5.1*",), ["5.1", "5.15"]),
        (("*.1",), ["1.1.1", "1.10.1", "10.1.1", "5.1"]),
        (("1.*.1",), ["1.1.1", "1.10.1"]),
        (("1*1.1",), ["1.1.1", "10.1.1"]),
        (("5.1,1.1.2",), ["1.1.2", "5.1"]),  # in the order of the catalogue
        ((" 5.1 , 5.15 ", "10"), ["10.1.1", "5.1", "5.15"]),
        (("5.1", "5"), ["5.1", "5.15"]),
    ],
)
def test_patterns(patterns, chosen):
    assert ids(*patterns) == chosen


@pytest.mark.parametrize(
    ("patterns", "exclude", "chosen"),
    [
        ((), ("1", "10"), ["5.1", "5.15"]),
        (("1",), ("1.1",), ["1.10.1"]),
        (("5",), ("5.15,1.1.1",), ["5.1"]),
    ],
)
def test_excluded(patterns, exclude, chosen):
    assert ids(*patterns, exclude=exclude) == chosen


@pytest.mark.parametrize("pattern", ["5.2", "1.1.1.1", ".1", "5.?", "[15].1", "5.1|5.15", "", "5.1,,5.15", "x"])
def test_a_pattern_that_names_nothing_is_an_error(pattern):
    """Nothing but the star is special, and a pattern fits a whole id or whole numbers of it."""
    with pytest.raises(NothingSelectedError, match="no case has the id"):
        ids(pattern)
    with pytest.raises(NothingSelectedError, match="no case has the id"):
        ids("*", exclude=(pattern,))


def test_one_pattern_that_names_nothing_is_enough():
    with pytest.raises(NothingSelectedError, match=r"'5\.99'"):
        ids("5.1", "5.99")


@pytest.mark.parametrize(
    ("pattern", "likely"), [("5.21", "5.20"), ("7.7.14", "7.7.13"), ("1.1.9", "1.1.8"), ("8.1.1", "9.1.1")]
)
def test_the_nearest_ids_are_named(pattern, likely):
    close = nearest(CATALOGUE, pattern)
    assert likely in close
    assert len(close) == 3
    with pytest.raises(NothingSelectedError) as error:
        ids(pattern, catalogue=CATALOGUE)
    assert str(error.value) == f"no case has the id {pattern!r}; the nearest are {', '.join(close)}"
    assert error.value.exit_code is ExitCode.NOTHING_SELECTED


def test_where_no_id_looks_alike_the_numbers_count():
    assert nearest(CATALOGUE, "99") == ["13.1.1", "13.1.2", "13.1.3"]
    assert nearest(SMALL, "3~") == ["1.1.1", "1.1.2", "1.1.10"]
    assert nearest(SMALL, "4~") == ["5.1", "5.15", "1.1.1"]


@pytest.mark.parametrize("pattern", ["99", "words", ""])
def test_something_is_near_to_everything(pattern):
    assert len(nearest(CATALOGUE, pattern)) == 3


def test_when_nothing_is_left_the_message_says_what_left_it_out():
    with pytest.raises(NothingSelectedError, match=r"--exclude 5 1,10 leaves out all"):
        ids(exclude=("5", "1,10"))


# Profiles


def test_fast_drops_what_takes_long():
    fast = {case.id for case in with_profile(select(CATALOGUE, ()), "fast")}
    dropped = {id_ for id_ in CATALOGUE if id_ not in fast}
    assert {id_ for id_, case in (SCRIPT_CASES | API_CLAUSES).items() if case.slow} <= dropped
    assert {CATALOGUE[id_].family for id_ in dropped} == {*("9", "12", "13"), *"CLMPXWRA"}
    assert not any(id_.startswith("9.") for id_ in fast)


def test_fast_has_something_of_everything_in_the_families_that_it_shortens():
    cases = with_profile(select(WEBSOCKET_CASES, ("12", "13", "P", "X")), "fast")
    groups = Counter(case.id.rpartition(".")[0] for case in cases)
    whole = {id_.rpartition(".")[0] for id_ in WEBSOCKET_CASES if id_.split(".")[0] in ("12", "13", "P", "X")}
    assert set(groups) == whole - {"P.22"}  # bombs
    assert max(groups.values()) == 3


def test_fast_has_less_patience_and_keeps_all_else():
    (case,) = with_profile([CATALOGUE["6.4.1"]], "fast")
    assert [step.seconds for step in case.send if isinstance(step, Pause)] == [0.25, 0.25]
    assert len(case.send) == len(CATALOGUE["6.4.1"].send)
    (case,) = with_profile([CATALOGUE["5.1"]], "fast")
    assert case == replace(CATALOGUE["5.1"], within=0.25)
    assert with_profile([CATALOGUE["10.1.1"]], "fast") == [CATALOGUE["10.1.1"]]  # has ten seconds


def test_what_mostly_waits_is_slow():
    assert {"W.6.1", "W.7.1"} <= {id_ for id_, case in SCRIPT_CASES.items() if case.slow}


@pytest.mark.parametrize(
    ("patterns", "chosen"), [(("W.8",), ["W.8.1", "W.8.2", "W.8.3"]), (("W.2.1,10.1.1",), ["10.1.1", "W.2.1"])]
)
def test_raw_cases_are_selected_like_any(patterns, chosen):
    assert ids(*patterns, catalogue=CATALOGUE) == chosen
    assert {case.family for case in select(CATALOGUE, ("W",))} == {"W"}


@pytest.mark.parametrize(("pattern", "family"), [("W.99", "W"), ("w.9.1", "W"), ("W", "W"), ("99.99", "9")])
def test_the_nearest_ids_are_of_the_family_that_is_meant(pattern, family):
    assert nearest(CATALOGUE, pattern)[0].startswith(family)


def test_fast_of_family_9_alone_is_an_error():
    with pytest.raises(NothingSelectedError, match="fast leaves out all selected"):
        with_profile(select(CATALOGUE, ("9",)), "fast")


def test_full_leaves_every_case_as_it_is():
    cases = select(CATALOGUE, ())
    assert with_profile(cases, "full") == cases


def has_trips(case):
    return any(isinstance(step, RoundTrips | CompressedTrips) for step in case.send)


def test_standard_makes_fewer_round_trips_and_changes_nothing_else():
    for case in with_profile(select(WEBSOCKET_CASES, ()), "standard"):
        original = CATALOGUE[case.id]
        if not has_trips(original) or not original.is_autobahns:
            assert case == original
            continue
        (step,), (event,) = case.send, case.expect
        count = step.count
        assert 4 <= count < 1000
        assert event == Echoes(count)
        assert replace(step, count=1000) == original.send[0]
        assert case.title == original.title.replace("1000", str(count), 1)
        unchanged = {"send": original.send, "expect": original.expect, "title": original.title}
        assert replace(case, **unchanged) == original


def messages(id_, profile="standard"):
    (case,) = with_profile([CATALOGUE[id_]], profile)
    (step,) = case.send
    return step.count, step.count * (step.sample.size if isinstance(step, CompressedTrips) else len(step.payload))


def test_standard_counts_beyond_an_octet_and_slides_every_window():
    """A server that errs at the 257th message, or when a window of 32 KiB is full, does not escape it."""
    compressed = [case.id for case in WEBSOCKET_CASES.values() if case.family in ("12", "13")]
    assert len(compressed) == 216
    for id_ in compressed:
        count, octets = messages(id_)
        assert count > 256 or octets > 4 * 32768, id_
    assert messages("9.7.1")[0] > 256


def test_title_steps_and_expectation_tell_the_same_number():
    (case,) = with_profile([CATALOGUE["9.7.5"]], "standard")
    assert describe_case(case)[:3] == [
        "[9.7.5] 160 text messages of 1024 bytes, each sent after the previous echo: all echoed.",
        "  > 160 × TEXT 1024, each after the previous echo",
        "  < 160 echoes",
    ]


def test_standard_leaves_raw_cases_as_they_are():
    assert with_profile(list(SCRIPT_CASES.values()), "standard") == list(SCRIPT_CASES.values())


def test_a_case_with_few_round_trips_keeps_them():
    few = Case("9.7.1", "Three.", (RoundTrips(b"", 3),), (Echoes(3),))
    assert with_profile([few], "standard") == [few]


def test_only_the_count_of_a_title_changes():
    case = Case("9.7.1", "1000 messages of 1000 bytes.", (RoundTrips(b"", 1000),), (Echoes(1000),))
    assert with_profile([case], "standard")[0].title == "300 messages of 1000 bytes."


def test_profiles_grow():
    assert list(PROFILES) == ["quick", "fast", "standard", "full"]
    assert len(with_profile(select(CATALOGUE, ()), "standard")) == len(CATALOGUE)


def test_quick_is_a_part_of_fast_that_needs_few_launches():
    everything = select(CATALOGUE, ())
    quick, fast = ({case.id for case in with_profile(everything, name)} for name in ("quick", "fast"))
    assert quick < fast
    assert {CATALOGUE[id_].family for id_ in quick} == {CATALOGUE[id_].family for id_ in fast}
    assert {API_CLAUSES[id_].site for id_ in quick & API_CLAUSES.keys()} == {"decorators", "middleware"}
    assert not any(SCRIPT_CASES[id_].ends_server for id_ in quick & SCRIPT_CASES.keys())
    assert any(SCRIPT_CASES[id_].ends_server for id_ in fast & SCRIPT_CASES.keys())


def test_sites_that_profiles_name_exist():
    assert {site for profile in PROFILES.values() for site in profile.sites or ()} <= SITES.keys()
