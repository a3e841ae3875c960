"""The toy as a kind of case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.tests.toy import ToyCase
from wsconform.kind import CellContext, Kind
from wsconform.model import Judgement, Verdict
from wsconform.play import Outcome, Play, settle
from wsconform.profile import Profile
from wsconform.results import case_result
from wsreport import model as lines

__all__ = ["KIND", "play"]


@dataclass(frozen=True)
class ToyTranscript:
    answer: int
    seconds: float = 0.0


def play(context: CellContext, cases: Sequence[ToyCase]) -> None:
    for case in cases:
        context.report(settle(case, [_play(case)], lambda case=case: _play(case)))


def _play(case: ToyCase) -> Play[ToyTranscript]:
    verdict = Verdict.PASS if case.answer == 42 else Verdict.FAIL
    return Play(Judgement(verdict), alone=True, started=0.0, transcript=ToyTranscript(case.answer))


def shorten(case: ToyCase, profile: Profile) -> ToyCase | None:
    return case if profile.long or case.answer < 43 else None


def result(cell: str, outcome: Outcome[ToyCase, ToyTranscript]) -> lines.Result:
    return case_result(cell, outcome, clauses=(), expected=("42",), observed=(str(outcome.case.answer),))


KIND = Kind(
    ToyCase,
    describe=lambda case: [f"[{case.id}] {case.title}"],
    info=lambda case: lines.CaseInfo(case.id, case.title, case.family),
    result=result,
    shorten=shorten,
    player="conformance.tests.toy.kind:play",
    target_facts=lambda _contract, _identity: {"toy": "yes"},
)
