"""When a case is played again, and which play counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from wsconform.model import Judgement, Parity, Verdict
from wsconform.play import Outcome, Play, cut_off, decide, fits_together, harness_error, lightened, settle

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
    outcome = settle("case", [play(first, alone=False)], lambda: next(plays), **options)
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


@pytest.mark.parametrize(
    ("plays", "counts"),
    [
        ((PASS,), [True]),
        ((FAIL, FAIL), [True, True]),
        ((FAIL, PASS, PASS), [False, True, True]),
        ((FAIL, PASS, FAIL), [False, True, True]),
    ],
)
def test_a_play_under_load_counts_unless_two_plays_alone_replace_it(
    plays: tuple[Verdict, ...], counts: list[bool]
) -> None:
    assert [play.counts for play in settled(*plays).plays] == counts


@pytest.mark.parametrize(
    ("plays", "worst"),
    [
        ((PASS, PASS, PASS), PASS),
        ((PASS, FAIL, PASS), FAIL),
        ((FAIL, PASS, PASS), FAIL),
        ((FAIL, FAIL, FAIL), FAIL),
        ((PASS, INFO, PASS), INFO),
        ((NON_STRICT, FAIL, PASS), FAIL),
        ((FAIL, ERROR, PASS), ERROR),
    ],
)
def test_of_several_plays_all_count_and_the_worst_has_the_verdict(plays: tuple[Verdict, ...], worst: Verdict) -> None:
    outcome = settled(*plays, repeat=3)
    assert verdicts(outcome) == (worst, list(plays))
    assert all(play.counts for play in outcome.plays)


def certain(verdict: Verdict, *, alone: bool = False) -> Play[None]:
    return Play(Judgement(verdict, "wrong content", certain=True), alone, 0.0)


@pytest.mark.parametrize("again", [PASS, NON_STRICT])
def test_a_certain_failure_is_repeated_for_the_record_and_not_excused(again: Verdict) -> None:
    outcome = settle("case", [certain(FAIL)], lambda: play(again))
    assert verdicts(outcome) == (FAIL, [FAIL, again])
    assert all(each.counts for each in outcome.plays)


def test_a_repetition_that_is_worse_than_a_certain_failure_counts() -> None:
    assert verdicts(settle("case", [certain(NON_STRICT)], lambda: play(CRASH))) == (CRASH, [NON_STRICT, CRASH])


def test_a_certain_failure_in_a_repetition_counts_although_the_first_play_is_excused() -> None:
    plays = [play(FAIL, alone=False), certain(FAIL)]
    outcome = decide("case", plays)
    assert outcome is not None
    assert outcome.final is plays[1]


def test_a_certain_failure_counts_although_another_case_may_have_killed_the_server() -> None:
    assert cut_off(certain(FAIL)).counts


def test_a_connection_that_is_lost_beside_others_again_proves_nothing() -> None:
    lost = replace(play(FAIL, alone=False), lost=True)
    assert decide("case", [lost, lost]) is None
    assert decide("case", [lost, replace(lost, alone=True)]) is not None


def test_a_crash_alone_ends_the_plays_of_a_case() -> None:
    assert verdicts(settled(FAIL, PASS, CRASH, repeat=20)) == (CRASH, [FAIL, PASS, CRASH])


@pytest.mark.parametrize(
    ("plays", "verdict"), [((FAIL, FAIL, FAIL), INFO), ((PASS, FAIL, PASS), INFO), ((PASS, PASS, PASS), FAIL)]
)
def test_a_known_failure_passes_unexpectedly_only_if_all_plays_pass(
    plays: tuple[Verdict, ...], verdict: Verdict
) -> None:
    assert verdicts(settled(*plays, repeat=3, known_failure=KNOWN)) == (verdict, list(plays))


def test_a_play_that_another_case_may_have_cut_off_is_made_again() -> None:
    first = [cut_off(play(FAIL, alone=False)), cut_off(play(PASS, alone=False))]
    outcome = settle("case", first, lambda: play(PASS), repeat=3)
    assert [(each.judgement.verdict, each.counts) for each in outcome.plays] == [
        (FAIL, False),
        (PASS, True),
        (PASS, True),
        (PASS, True),
    ]
    assert outcome.final.judgement.verdict is PASS


def test_the_last_of_several_plays_is_alone_if_one_did_not_pass() -> None:
    good, bad = play(PASS, alone=False), play(FAIL, alone=False)
    assert fits_together([], 1)
    assert fits_together([bad], 3)
    assert not fits_together([bad, good], 3)
    assert fits_together([good, good], 3)


@dataclass(frozen=True)
class Took:
    seconds: float


def test_of_many_plays_only_the_transcripts_that_may_be_shown_are_kept() -> None:
    verdicts = PASS, FAIL, PASS, FAIL, PASS
    plays = [Play(Judgement(verdict), False, 0.0, Took(n)) for n, verdict in enumerate(verdicts)]
    kept = lightened(plays)
    assert [each.transcript is not None for each in kept] == [False, True, False, False, True]
    assert [each.seconds for each in kept] == [0, 1, 2, 3, 4]


def test_without_replays_the_first_play_counts() -> None:
    assert verdicts(settled(FAIL, replays=False)) == (FAIL, [FAIL])


def test_a_repetition_under_load_counts_only_if_it_confirms_the_first_play() -> None:
    first, together, alone = play(FAIL, alone=False), play(PASS, alone=False), play(FAIL)
    assert decide("case", [first, play(FAIL, alone=False)]) is not None
    assert decide("case", [first, together]) is None
    assert decide("case", [first, together, alone]).final is alone


def test_a_grade_of_autobahn_that_speaks_against_a_pass_is_confirmed_if_grades_are_wanted() -> None:
    graded = play(PASS, alone=False, parity=FAILED)
    assert decide("case", [graded]).final is graded
    assert decide("case", [graded], for_grades=True) is None
    better = play(PASS, parity=OK)
    worse = play(PASS, parity=FAILED)
    assert decide("case", [graded, worse], for_grades=True).final is worse
    assert decide("case", [graded, better], for_grades=True) is None
    assert decide("case", [graded, better, worse], for_grades=True).final is worse


def test_known_failure_is_info_and_not_repeated() -> None:
    outcome = settled(FAIL, known_failure=KNOWN)
    assert outcome.final.judgement == Judgement(INFO, f"{KNOWN} (why)")
    assert [play.judgement.verdict for play in outcome.plays] == [FAIL]


def test_unexpected_pass_fails_once_it_is_confirmed() -> None:
    outcome = settled(PASS, PASS, known_failure=KNOWN)
    assert outcome.final.judgement.verdict is FAIL
    assert outcome.final.judgement.reason.endswith(f"remove it from servers/baseline.toml ({KNOWN})")


@pytest.mark.parametrize("plays", [(PASS, FAIL, FAIL), (PASS, FAIL, PASS)])
def test_a_single_pass_by_accident_does_not_speak_against_a_known_failure(plays: tuple[Verdict, ...]) -> None:
    assert verdicts(settled(*plays, known_failure=KNOWN)) == (INFO, list(plays))


def test_a_known_failure_does_not_hide_a_failure_of_the_suite() -> None:
    assert verdicts(settled(ERROR, known_failure=KNOWN)) == (ERROR, [ERROR])


def test_a_known_failure_does_not_hide_a_crash() -> None:
    assert verdicts(settled(CRASH, CRASH, known_failure=KNOWN)) == (CRASH, [CRASH, CRASH])


def test_a_failure_of_the_suite_names_the_error() -> None:
    failed: Play[None] = harness_error(LookupError("no table"), alone=True, started=1.0)
    assert failed.judgement == Judgement(ERROR, "the suite failed: LookupError: no table")
