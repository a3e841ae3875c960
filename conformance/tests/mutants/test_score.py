"""What follows from the verdicts on a crooked server."""

from __future__ import annotations

import pytest

from wsconform.crooked import MUTANTS, Crooked
from wsconform.model import Level
from wsconform.mutants.score import KNOWN, Known, Outcome, Played, outcome_of, score
from wsconform.profile import PROFILES

MUST, SHOULD, LEGAL = (Crooked(level.value, "does something", level) for level in (Level.MUST, Level.SHOULD, Level.MAY))
SERVERS = {one.name: one for one in (MUST, SHOULD, LEGAL)}


@pytest.mark.parametrize(
    ("crooked", "verdict", "outcome"),
    [
        (MUST, "fail", Outcome.NOTICED),
        (MUST, "crash", Outcome.NOTICED),
        (MUST, "non-strict", Outcome.SURVIVED),
        (MUST, "harness-error", Outcome.SURVIVED),
        (SHOULD, "non-strict", Outcome.NOTICED),
        (SHOULD, "fail", Outcome.NOTICED),
        (SHOULD, "not-run", Outcome.SURVIVED),
        (LEGAL, "non-strict", Outcome.ACCUSED),
        (LEGAL, "harness-error", Outcome.ACCUSED),
    ],
)
def test_outcome_follows_from_the_verdict(crooked: Crooked, verdict: str, outcome: Outcome) -> None:
    assert outcome_of(crooked, Played(crooked.name, {"1.1.1": verdict})) is outcome


@pytest.mark.parametrize(("crooked", "outcome"), [(MUST, Outcome.SURVIVED), (LEGAL, Outcome.FINE)])
def test_server_that_passes_everything_is_not_noticed(crooked: Crooked, outcome: Outcome) -> None:
    assert outcome_of(crooked, Played(crooked.name, {})) is outcome


@pytest.mark.parametrize(("crooked", "outcome"), [(MUST, Outcome.NOTICED), (LEGAL, Outcome.ACCUSED)])
def test_run_that_the_server_ends_counts_against_it(crooked: Crooked, outcome: Outcome) -> None:
    assert outcome_of(crooked, Played(crooked.name, {}, stopped="the server is gone")) is outcome


def test_server_that_was_not_played_to_the_end_has_no_outcome() -> None:
    played = Played("MUST", {"1.1.1": "fail"}, unfinished="timeout")
    assert outcome_of(MUST, played) is Outcome.UNFINISHED


def test_tally_counts_servers_that_came_out_well() -> None:
    scored = score("fast", SERVERS, [Played("MUST", {}), Played("SHOULD", {"3.1": "non-strict"}), Played("MAY", {})])
    assert str(scored.tally([MUST, SHOULD])) == "1/2"
    assert str(scored.tally([LEGAL])) == "1/1"
    assert str(scored.tally([])) == "-"


def test_survivors_and_accusations_need_a_reason_in_their_profile() -> None:
    scored = score("fast", SERVERS, [Played("MUST", {}), Played("SHOULD", {}), Played("MAY", {"1.1.1": "fail"})])
    assert list(scored.unexplained(SERVERS, {})) == ["MUST", "MAY"]
    known = {"MUST": Known(("fast",), "it takes a minute"), "MAY": Known(("standard",), "it is not the best choice")}
    assert list(scored.unexplained(SERVERS, known)) == ["MAY"]


@pytest.mark.parametrize("name", KNOWN)
def test_known_survivor_is_a_server_with_a_reason(name: str) -> None:
    known = KNOWN[name]
    assert name in MUTANTS
    assert set(known.profiles) <= set(PROFILES)
    assert known.reason.endswith(".")
