"""Texts that a peer may have written are short in a run file."""

from __future__ import annotations

from wsconform.conversation.model import Case
from wsconform.conversation.transcript import Transcript
from wsconform.model import Judgement, Verdict
from wsconform.play import Outcome, Play
from wsconform.results import LONGEST, case_result, shortened


def test_texts_of_any_length_are_cut() -> None:
    text = "x" * 100_000
    play = Play(Judgement(Verdict.FAIL, text), alone=True, started=0.0, transcript=Transcript(opened=False))
    outcome = Outcome(Case("1.1.1", "A case."), play, (play,))
    result = case_result("cell", outcome, clauses=(), expected=(), observed=[text], closing=text)
    for cut in (result.reason, *result.observed, result.closing, result.plays[0].reason):
        assert len(cut) < LONGEST + 100
        assert "100000 characters in total" in cut


def test_a_short_text_is_left_as_it_is() -> None:
    assert shortened("x" * LONGEST) == "x" * LONGEST
