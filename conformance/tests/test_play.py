"""When a case is played again, and which play counts."""

from __future__ import annotations

import pytest

from wsconform.model import Judgement, Parity, Verdict
from wsconform.play import Outcome, Play, decide, harness_error, settle

PASS, FAIL, CRASH, INFO = Verdict.PASS, Verdict.FAIL, Verdict.CRASH, Verdict.INFO
NON_STRICT, ERROR, DECLINED = Verdict.NON_STRICT, Verdict.HARNESS_ERROR, Verdict.DECLINED
OK, FAILED = Parity("OK", "OK"), Parity("FAILED", "OK")
KNOWN = "the server takes anything"


def play(verdict: Verdict, *, alone: bool = True, parity: Parity | None = None) -> Play[None]:
    return Play(Judgement(verdict, "why"), alone, 0.0, None, parity)


def settled(*verdicts: Verdict, **options: object) -> Outcome[str, None]:
    """The outcome of plays of which the first was made under load, and the others alone."""
    first, *again = verdicts
    plays = iter([play(verdict) for verdict in again])
    outcome = settle("case", play(first, alone=False), lambda: next(plays), **options)
    assert not list(plays), "not all plays were needed"
    return outcome


def verdicts(outcome: Outcome[str, None]) -> tuple[Verdict, list[Verdict]]:
    return outcome.final.judgement.verdict, [play.judgement.verdict for play in outcome.plays]


@pytest.mark.parametrize("verdict", [PASS, INFO, DECLINED])
def test_what_passes_is_played_once(verdict: Verdict) -> None:
    assert verdicts(settled(verdict)) == (verdict, [verdict])


@pytest.mark.parametrize("verdict", [FAIL, NON_STRICT, CRASH, ERROR])
def test_a_failure_is_confirmed_by_a_second_play(verdict: Verdict) -> None:
    assert verdicts(settled(verdict, verdict)) == (verdict, [verdict, verdict])


@pytest.mark.parametrize(
    ("plays", "counts"),
    [
        ((FAIL, PASS, PASS), PASS),
        ((FAIL, PASS, FAIL), FAIL),
        ((FAIL, PASS, NON_STRICT), NON_STRICT),
        ((FAIL, NON_STRICT, PASS), NON_STRICT),
        ((NON_STRICT, CRASH), CRASH),
    ],
)
def test_of_two_plays_alone_that_do_not_confirm_the_first_the_worse_counts(
    plays: tuple[Verdict, ...], counts: Verdict
) -> None:
    assert verdicts(settled(*plays)) == (counts, list(plays))


def test_without_replays_the_first_play_counts() -> None:
    assert verdicts(settled(FAIL, replays=False)) == (FAIL, [FAIL])


def test_a_repetition_under_load_counts_only_if_it_confirms_the_first_play() -> None:
    first, together, alone = play(FAIL, alone=False), play(PASS, alone=False), play(FAIL)
    assert decide([first, play(FAIL, alone=False)]) is not None
    assert decide([first, together]) is None
    assert decide([first, together, alone]) is alone


def test_a_grade_of_autobahn_that_speaks_against_a_pass_is_confirmed_if_grades_are_wanted() -> None:
    graded = play(PASS, alone=False, parity=FAILED)
    assert decide([graded]) is graded
    assert decide([graded], for_grades=True) is None
    better = play(PASS, parity=OK)
    worse = play(PASS, parity=FAILED)
    assert decide([graded, worse], for_grades=True) is worse
    assert decide([graded, better], for_grades=True) is None
    assert decide([graded, better, worse], for_grades=True) is worse


def test_known_failure_is_info_and_not_repeated() -> None:
    outcome = settled(FAIL, known_failure=KNOWN)
    assert outcome.final.judgement == Judgement(INFO, f"{KNOWN} (why)")
    assert [play.judgement.verdict for play in outcome.plays] == [FAIL]


def test_unexpected_pass_fails_once_it_is_confirmed() -> None:
    outcome = settled(PASS, PASS, known_failure=KNOWN)
    assert outcome.final.judgement.verdict is FAIL
    assert outcome.final.judgement.reason.endswith(f"correct the table of servers ({KNOWN})")


@pytest.mark.parametrize("plays", [(PASS, FAIL, FAIL), (PASS, FAIL, PASS)])
def test_a_single_pass_by_accident_does_not_speak_against_a_known_failure(plays: tuple[Verdict, ...]) -> None:
    assert verdicts(settled(*plays, known_failure=KNOWN)) == (INFO, list(plays))


def test_a_known_failure_does_not_hide_a_failure_of_the_suite() -> None:
    assert verdicts(settled(ERROR, known_failure=KNOWN)) == (ERROR, [ERROR])


def test_a_failure_of_the_suite_names_the_error() -> None:
    failed: Play[None] = harness_error(LookupError("no table"), alone=True, started=1.0)
    assert failed.judgement == Judgement(ERROR, "the suite failed: LookupError: no table")
