"""The file with the outcome of the crooked servers, and the one that is part of the suite."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wsconform.crooked import MUTANTS, Crooked
from wsconform.model import Level
from wsconform.mutants.document import SHOWN, from_json, published, to_json
from wsconform.mutants.score import KNOWN, Outcome, Played, score

SERVERS = {name: Crooked(name, "does something", Level.MUST) for name in ("a", "b")}


def test_file_keeps_outcomes_and_the_first_cases() -> None:
    verdicts = {f"1.1.{n}": "fail" for n in range(1, 9)}
    scored = score("fast", SERVERS, [Played("a", verdicts, missed=("2.1",)), Played("b", {}, stopped="it is gone")])
    (read,) = from_json(to_json([scored]))
    assert read.profile == "fast"
    assert read.outcomes == scored.outcomes
    assert list(read.played["a"].verdicts) == list(verdicts)[:SHOWN]
    assert read.played["a"].missed == ("2.1",)
    assert read.played["b"].stopped == "it is gone"


@pytest.mark.parametrize("text", ["{}", "[]", '{"format": 0, "profiles": {}}', "nothing"])
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"format|Expecting"):
        from_json(text)


@pytest.mark.parametrize("score", published(), ids=lambda score: score.profile)
class TestPublished:
    """The numbers that the documentation shows."""

    def test_they_are_about_the_servers_of_today(self, score) -> None:  # type: ignore[no-untyped-def]
        """To make them anew: the command on the page docs/explanation/mutants.md."""
        assert list(score.outcomes) == list(MUTANTS)

    def test_all_were_played_to_the_end(self, score) -> None:  # type: ignore[no-untyped-def]
        assert score.named(Outcome.UNFINISHED) == []

    def test_survivors_and_accusations_have_a_reason(self, score) -> None:  # type: ignore[no-untyped-def]
        assert list(score.unexplained(MUTANTS, KNOWN)) == []

    def test_reasons_are_still_needed(self, score) -> None:  # type: ignore[no-untyped-def]
        fine = {name for name, one in score.outcomes.items() if one in (Outcome.NOTICED, Outcome.FINE)}
        assert [name for name in fine if name in KNOWN and score.profile in KNOWN[name].profiles] == []

    def test_must_faults_are_noticed_as_promised(self, score) -> None:  # type: ignore[no-untyped-def]
        """All in `standard`, and 85 of 100 in `fast`."""
        tally = score.tally(one for one in MUTANTS.values() if one.level is Level.MUST)
        assert tally.good >= tally.total * {"standard": 1.0, "fast": 0.85}[score.profile]


def test_servers_that_would_profit_from_short_cuts_are_noticed() -> None:
    """The table of short cuts in the documentation names faults, and the suite notices all of them in `standard`."""
    page = Path(__file__).parents[3].joinpath("docs", "explanation", "mutants.md").read_text("utf-8")
    section = page.partition("## Short cuts of the suite")[2].partition("\n## ")[0]
    names = re.findall(r"`([a-z0-9-]+)`", "".join(row.split("|")[2] for row in section.splitlines() if "| `" in row))
    (standard,) = (one for one in published() if one.profile == "standard")
    assert len(names) > 20
    assert {name: standard.outcomes.get(name) for name in names} == dict.fromkeys(names, Outcome.NOTICED)


def test_readme_has_the_published_numbers() -> None:
    (standard,) = (one for one in published() if one.profile == "standard")
    must, should, legal = (
        standard.tally(one for one in MUTANTS.values() if one.level is level)
        for level in (Level.MUST, Level.SHOULD, Level.MAY)
    )
    readme = " ".join(Path(__file__).parents[3].joinpath("README.md").read_text("utf-8").split())
    assert f"it notices {must.good} of {must.total} faults that break a MUST" in readme
    assert f"and {should.good} of {should.total} that break a SHOULD" in readme
    assert f"Of {legal.total} legal oddities it accuses {legal.total - legal.good}, for" in readme
