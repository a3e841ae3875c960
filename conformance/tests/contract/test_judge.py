"""What is as a clause says, what is not, and what that means to whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wsconform.contract.judge import judge_clause
from wsconform.contract.model import ApiClause, Basis, Document, Strength
from wsconform.contract.profiles import PROFILES, profile_for
from wsconform.contract.transcript import ApiTranscript
from wsconform.model import Judgement, Message, Verdict
from wsconform.script import steps
from wsconform.script.events import EndSeen, Observation, UpgradeSeen

CLAUSE = ApiClause(
    "A.1.1", "It echoes.", (steps.Request("/a/echo"), steps.ExpectUpgrade(), steps.Send("x"), steps.ExpectMessage("x"))
)
KEPT = ApiTranscript((Observation(1, 0.1, UpgradeSeen()), Observation(3, 0.2, Message(b"x"))))
BROKEN = ApiTranscript((Observation(1, 0.1, UpgradeSeen()), Observation(3, 0.2, EndSeen())))
REFERENCE, FORK, ANCESTOR = (PROFILES[name] for name in ("reference", "dwebsocket-0.5", "django-websocket"))


def based(*documents: Document) -> ApiClause:
    return replace(CLAUSE, bases=tuple(Basis(document, "somewhere") for document in documents))


@pytest.mark.parametrize(
    ("documents", "bound"),
    [
        ((), (Strength.PROMISED, Strength.OURS, Strength.OURS)),
        ((Document.OURS,), (Strength.PROMISED, Strength.OURS, Strength.OURS)),
        ((Document.DWEBSOCKET,), (Strength.PROMISED, Strength.PROMISED, Strength.OURS)),
        ((Document.DJANGO_WEBSOCKET,), (Strength.PROMISED, Strength.OURS, Strength.PROMISED)),
        ((Document.TUTORIAL,), (Strength.PROMISED, Strength.IMPLIED, Strength.OURS)),
        ((Document.WILD,), (Strength.PROMISED, Strength.IMPLIED, Strength.IMPLIED)),
        ((Document.WILD, Document.DWEBSOCKET), (Strength.PROMISED, Strength.PROMISED, Strength.IMPLIED)),
    ],
)
def test_a_target_is_bound_by_its_own_documents(documents: tuple[Document, ...], bound: tuple[Strength, ...]) -> None:
    assert tuple(profile.strength(based(*documents)) for profile in (REFERENCE, FORK, ANCESTOR)) == bound


@pytest.mark.parametrize(
    ("documents", "verdict"),
    [((Document.DWEBSOCKET,), Verdict.FAIL), ((Document.WILD,), Verdict.NON_STRICT), ((), Verdict.INFO)],
)
def test_verdict_of_a_broken_clause_follows_from_how_it_binds(
    documents: tuple[Document, ...], verdict: Verdict
) -> None:
    judgement = judge_clause(based(*documents), BROKEN, FORK)
    assert judgement.verdict is verdict
    assert 'step 4: expected message "x"; got the server closed the connection with FIN' in judgement.reason
    assert judgement.binding == FORK.strength(based(*documents)).value


@pytest.mark.parametrize("documents", [(), (Document.WILD,), (Document.DWEBSOCKET,)])
def test_kept_clause_passes_with_any_basis(documents: tuple[Document, ...]) -> None:
    judgement = judge_clause(based(*documents), KEPT, FORK)
    assert judgement == Judgement(Verdict.PASS, binding=FORK.strength(based(*documents)).value)


def test_dead_server_is_a_crash_even_if_the_clause_does_not_bind() -> None:
    judgement = judge_clause(CLAUSE, replace(KEPT, alive=False), FORK)
    assert (judgement.verdict, judgement.binding) == (Verdict.CRASH, "ours")


def test_failure_of_the_suite_is_a_harness_error_even_if_the_server_is_dead() -> None:
    judgement = judge_clause(CLAUSE, replace(KEPT, alive=False, failure="LookupError: no table"), FORK)
    assert judgement.verdict is Verdict.HARNESS_ERROR


def test_a_failure_of_the_suite_is_not_held_against_the_target() -> None:
    assert judge_clause(CLAUSE, replace(KEPT, failure="KeyError: 1"), REFERENCE).verdict is Verdict.HARNESS_ERROR


def test_the_log_counts_where_the_clause_looks_at_it() -> None:
    loud = replace(KEPT, log="ERROR dwebsocket: oh\n")
    assert judge_clause(CLAUSE, loud, REFERENCE).verdict is Verdict.PASS
    judgement = judge_clause(replace(CLAUSE, silent=True), loud, REFERENCE)
    assert (judgement.verdict, judgement.reason) == (Verdict.FAIL, "the server logged an error: ERROR dwebsocket: oh")


def test_exception_of_the_view_is_part_of_the_reason() -> None:
    judgement = judge_clause(CLAUSE, replace(BROKEN, noted={"raised": "TypeError: no"}), REFERENCE)
    assert judgement.reason.endswith("; the view raised TypeError: no")


@pytest.mark.parametrize(
    ("distribution", "version", "profile"),
    [
        ("dwebsocket", "1.0.0", "reference"),
        ("dwebsocket", "2.1", "reference"),
        ("dwebsocket", "0.5.12", "dwebsocket-0.5"),
        ("dwebsocket2", "0.4.2", "dwebsocket-0.5"),
        ("dwebsocket", "", "dwebsocket-0.5"),
        ("dwebsocket", "of my own", "dwebsocket-0.5"),
        ("django-websocket", "0.3.0", "django-websocket"),
        ("django_websocket", "0.3.0", "django-websocket"),
    ],
)
def test_the_profile_follows_from_what_is_installed(distribution: str, version: str, profile: str) -> None:
    assert profile_for({"distribution": distribution, "version": version}).name == profile


def test_connections_that_are_needed_at_once_are_counted() -> None:
    one = (steps.Request("/a/x"), steps.ExpectUpgrade(), steps.ExpectClose(), steps.ExpectNotes())
    assert replace(CLAUSE, steps=one).needs == 1
    assert replace(CLAUSE, steps=(steps.Request("/a/x"), steps.ExpectUpgrade(), steps.ExpectNotes())).needs == 2
    assert (
        replace(
            CLAUSE,
            steps=(
                steps.Request("/a/x"),
                steps.ExpectResponse((400,)),
                steps.Request("/a/y", websocket=False),
                steps.ExpectResponse(),
            ),
        ).needs
        == 1
    )
    assert replace(CLAUSE, steps=(*one[:2], *(steps.On(2, step) for step in one[:2]))).needs == 2
    assert (
        replace(
            CLAUSE,
            steps=(*one[:2], steps.On(2, steps.Request("/", websocket=False)), steps.On(2, steps.ExpectResponse())),
        ).needs
        == 2
    )
