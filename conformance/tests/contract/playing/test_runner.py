"""Which clauses are played when, on which instance and how often, and what is said in the end."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest

from conformance.tests.support.contexts import cell_context
from wsconform.contract.model import ApiClause
from wsconform.contract.playing import runner as contract_runner
from wsconform.contract.playing.runner import ApiOutcome, ContractRunner
from wsconform.contract.sites import SITES
from wsconform.contract.transcript import ApiTranscript
from wsconform.errors import BuildError, LaunchError
from wsconform.model import Message, Verdict
from wsconform.script import steps
from wsconform.script.events import EndSeen, Observation

PASS, FAIL, INFO, CRASH = Verdict.PASS, Verdict.FAIL, Verdict.INFO, Verdict.CRASH
CLAUSE = ApiClause("A.1.1", "It speaks.", (steps.ExpectMessage("x"),))
KEPT = ApiTranscript((Observation(0, 0.1, Message(b"x")),))
BROKEN = ApiTranscript((Observation(0, 0.1, EndSeen()),))
DEAD = replace(KEPT, alive=False)
ABSENT = "it keeps nothing"


def clause(n: int, **options: object) -> ApiClause:
    return replace(CLAUSE, id=f"A.1.{n}", **options)


class Instance:
    """A server that is started for a site."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        self.site = next(name for name, site in SITES.items() if site.settings == settings)
        self.stopped = threading.Event()


class Stage:
    """Starts instances, and plays each clause as it is told: by id, what comes of one play after the other."""

    def __init__(self, **plays: list[ApiTranscript]) -> None:
        self.plays = {id_.replace("_", "."): list(seen) for id_, seen in plays.items()}
        self.instances: list[Instance] = []
        self.played: dict[Instance, list[str]] = defaultdict(list)
        self.at_once = self.most = 0
        self.lock = threading.Lock()

    @contextmanager
    def start(self, settings: Mapping[str, object]) -> Iterator[Instance]:
        instance = Instance(settings)
        self.instances.append(instance)
        try:
            yield instance
        finally:
            instance.stopped.set()

    def play(self, instance: Instance, clause: ApiClause) -> ApiTranscript:
        with self.lock:
            self.played[instance].append(clause.id)
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        seen = self.plays.get(clause.id, [KEPT])
        with self.lock:
            self.at_once -= 1
            return seen.pop(0) if len(seen) > 1 else seen[0]


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> object:
    def run(stage: Stage, *clauses: ApiClause, **options: object) -> dict[str, ApiOutcome]:
        class Player:
            def __init__(self, site: Instance, scale: float) -> None:
                self.site = site

            def play(self, clause: ApiClause) -> ApiTranscript:
                return stage.play(self.site, clause)

        monkeypatch.setattr(contract_runner, "ClausePlayer", Player)
        outcomes: list[ApiOutcome] = []
        ContractRunner(cell_context(stage.start, outcomes.append, **{"contract": "reference", **options})).play(clauses)
        assert all(instance.stopped.is_set() for instance in stage.instances)
        assert sorted(outcome.case.id for outcome in outcomes) == sorted(clause.id for clause in clauses)
        return {outcome.case.id: outcome for outcome in outcomes}

    return run


def verdicts(outcome: ApiOutcome) -> list[Verdict]:
    return [play.judgement.verdict for play in outcome.plays]


def test_each_site_is_started_once_and_once_more_for_what_mostly_waits(staged: object) -> None:
    stage = Stage()
    staged(stage, clause(1), clause(2), clause(3, site="middleware"), clause(4, slow=True))
    by_site = sorted((instance.site, sorted(stage.played[instance])) for instance in stage.instances)
    assert by_site == [
        ("decorators", ["A.1.1", "A.1.2"]),
        ("decorators", ["A.1.4"]),
        ("middleware", ["A.1.3"]),
    ]


def test_what_is_kept_is_played_once_and_what_is_broken_until_two_plays_agree(staged: object) -> None:
    stage = Stage(A_1_2=[BROKEN], A_1_3=[BROKEN, KEPT, KEPT], A_1_4=[BROKEN, KEPT, BROKEN])
    outcomes = staged(stage, *(clause(n) for n in (1, 2, 3, 4)))
    assert {id_: (outcome.final.judgement.verdict, verdicts(outcome)) for id_, outcome in outcomes.items()} == {
        "A.1.1": (PASS, [PASS]),
        "A.1.2": (FAIL, [FAIL, FAIL]),
        "A.1.3": (PASS, [FAIL, PASS, PASS]),
        "A.1.4": (FAIL, [FAIL, PASS, FAIL]),
    }
    assert [play.alone for play in outcomes["A.1.2"].plays] == [False, True]


def test_without_replays_the_first_play_counts(staged: object) -> None:
    outcomes = staged(Stage(A_1_1=[BROKEN, KEPT]), clause(1), replays=False)
    assert verdicts(outcomes["A.1.1"]) == [FAIL]


def test_clauses_that_may_not_be_disturbed_come_first_and_alone(staged: object) -> None:
    stage = Stage()
    outcomes = staged(stage, clause(1), clause(2, alone=True), clause(3), clause(4, silent=True))
    (played,) = stage.played.values()
    assert played[:2] == ["A.1.2", "A.1.4"]
    assert {id_: outcome.final.alone for id_, outcome in outcomes.items()} == {
        "A.1.1": False,
        "A.1.2": True,
        "A.1.3": False,
        "A.1.4": True,
    }


def test_more_connections_than_the_server_holds_are_not_asked_for(staged: object) -> None:
    two = clause(
        1,
        steps=(
            steps.Request("/a/x"),
            steps.ExpectUpgrade(),
            steps.On(2, steps.Request("/a/x")),
            steps.On(2, steps.ExpectUpgrade()),
        ),
    )
    stage = Stage()
    outcomes = staged(stage, two, clause(2), capacity=1)
    assert outcomes["A.1.1"].final.judgement.verdict is INFO
    assert (
        outcomes["A.1.1"].final.judgement.reason == "needs 2 simultaneous connections, but this server can hold only 1"
    )
    assert list(stage.played.values()) == [["A.1.2"]]


def test_a_server_that_holds_one_connection_gets_one_after_the_other(staged: object) -> None:
    stage = Stage()
    staged(stage, *(clause(n) for n in range(1, 20)), capacity=1)
    assert stage.most == 1


def test_what_a_server_cannot_keep_is_information_and_a_pass_is_held_against_the_table(staged: object) -> None:
    stage = Stage(A_1_1=[BROKEN], A_1_2=[KEPT])
    outcomes = staged(stage, clause(1), clause(2), known_failures={"A.1.1": ABSENT, "A.1.2": ABSENT})
    first, second = (outcomes[id_].final.judgement for id_ in ("A.1.1", "A.1.2"))
    assert first.verdict is INFO
    assert first.reason.startswith(ABSENT)
    assert second.verdict is FAIL
    assert "remove it from servers/baseline.toml" in second.reason


def test_a_server_that_died_is_started_anew(staged: object) -> None:
    stage = Stage(A_1_1=[DEAD])
    outcomes = staged(stage, clause(1, alone=True), clause(2, alone=True))
    assert verdicts(outcomes["A.1.1"]) == [CRASH, CRASH]
    assert verdicts(outcomes["A.1.2"]) == [PASS]
    assert len(stage.instances) == 3


def test_clauses_are_judged_by_the_promises_of_the_target(staged: object) -> None:
    stage = Stage(A_1_1=[BROKEN])
    outcomes = staged(stage, clause(1), contract="dwebsocket-0.5")
    assert outcomes["A.1.1"].final.judgement.verdict is INFO


LOG = """it ended at start; the end of its log:
Traceback (most recent call last):
  File "wsgi.py", line 1, in <module>
TypeError: no arguments
[2026-03-01 12:00:00 +0000] [4711] [ERROR] Reason: Worker failed to boot.
"""


@pytest.mark.parametrize(("profile", "verdict"), [("reference", FAIL), ("dwebsocket-0.5", INFO)])
def test_a_site_that_cannot_be_started_breaks_its_clauses_and_no_others(
    staged: object, profile: str, verdict: Verdict
) -> None:
    stage = Stage()

    @contextmanager
    def start(settings: Mapping[str, object]) -> Iterator[Instance]:
        if settings is SITES["legacy"].settings:
            raise LaunchError(LOG)
        with Stage.start(stage, settings) as instance:
            yield instance

    stage.start = start
    outcomes = staged(stage, *(clause(n, site=site) for n, site in enumerate(SITES)), contract=profile)
    said = {outcome.case.site: outcome.final.judgement for outcome in outcomes.values()}
    assert all(len(outcome.plays) == 1 for outcome in outcomes.values())
    assert {site for site, judgement in said.items() if judgement.verdict is not PASS} == {"legacy"}
    assert said["legacy"].verdict is verdict
    assert said["legacy"].reason.endswith("the site does not start with these settings: TypeError: no arguments")


def test_what_cannot_be_installed_ends_it_all(staged: object) -> None:
    stage = Stage()

    @contextmanager
    def start(settings: Mapping[str, object]) -> Iterator[Instance]:
        if settings is SITES["legacy"].settings:
            raise BuildError("no compiler")
        with Stage.start(stage, settings) as instance:
            yield instance

    stage.start = start
    with pytest.raises(BuildError):
        staged(stage, *(clause(n, site=site) for n, site in enumerate(SITES)))
    assert all(instance.stopped.is_set() for instance in stage.instances)
