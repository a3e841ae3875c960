"""Worker processes: cells side by side, the cell of a worker that dies, and that every worker ends."""

from __future__ import annotations

import os
import sys
import textwrap
from dataclasses import replace

import pytest

from wsconform.environments.versions import Versions
from wsconform.matrix import workers
from wsconform.matrix.events import CellBegins
from wsconform.matrix.specs import CellSpec, RunOptions
from wsconform.matrix.workers import WorkerPool
from wsreport import model as lines

OPTIONS = RunOptions(("1.1.1",), "standard", {}, "logs")

# Begins and ends each cell that it is given; WHEN decides what happens in between.
WORKER = """
import json, os, signal, sys
def send(kind, **data):
    print(json.dumps({"kind": kind, **data}), flush=True)
options = json.loads(sys.stdin.readline())
for line in sys.stdin:
    spec = json.loads(line)
    start = {"kind": "cell", "cell": spec["id"], "target": {"name": "t"}, "server": {"name": "s"},
             "url": str(os.getpid()), "versions": {}, "round_trip": None, "concurrency": 1}
    WHEN
    send("begins", start=start, cases=len(options["cases"]))
    AFTER
    send("cell-end", cell=spec["id"], status="complete", reason="", seconds=0, server_cpu=None, log="")
    print(flush=True)
"""


class Heard:
    """A listener that keeps the events."""

    def __init__(self):
        self.events = []

    def __call__(self, event):
        self.events.append(event)

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def starts(self):
        return [event.start for event in self.of(CellBegins)]

    @property
    def ends(self):
        return self.of(lines.CellEnd)


def spec(server):
    return CellSpec(f"reference/{server}", "reference", server)


def worker(when="pass", after="pass"):
    script = WORKER.replace("WHEN", when).replace("AFTER", textwrap.indent(textwrap.dedent(after), "    ").strip())
    return sys.executable, "-c", script


def played(jobs, names, command):
    heard = Heard()
    with WorkerPool(jobs, OPTIONS, heard, command) as pool:
        pool.play(map(spec, names))
    return heard


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


SERVERS = "runserver", "gevent", "cheroot", "wsgiref"


@pytest.mark.parametrize("jobs", [1, 2, 9])
def test_every_cell_is_played_once_and_every_worker_ends(jobs):
    heard = played(jobs, SERVERS, worker())
    assert sorted(end.cell for end in heard.ends) == sorted(f"reference/{name}" for name in SERVERS)
    pids = {int(start.url) for start in heard.starts}
    assert 1 <= len(pids) <= jobs
    assert all(map(gone, pids))


def test_one_after_the_other_comes_in_order():
    heard = played(1, SERVERS, worker())
    assert [end.cell for end in heard.ends] == [f"reference/{name}" for name in SERVERS]


@pytest.mark.parametrize("moment", ["when", "after"])
def test_a_worker_that_dies_takes_only_its_cell_along(moment):
    """The cell is there, and says that it was not played out; the others are played."""
    dies = 'if "gevent" in spec["id"]: os.kill(os.getpid(), signal.SIGKILL)'
    heard = played(1, SERVERS, worker(**{moment: dies}))
    ends = {end.cell: end for end in heard.ends}
    assert len(ends) == len(SERVERS)
    assert ends["reference/gevent"].status == "interrupted"
    assert "signal SIGKILL" in ends["reference/gevent"].reason
    assert {end.status for id_, end in ends.items() if id_ != "reference/gevent"} == {"complete"}
    assert len(heard.starts) == len(SERVERS)


def test_an_interruption_ends_every_worker():
    """Workers that wait for nothing but the end of their orders."""
    heard = Heard()

    def interrupt(event):
        heard(event)
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        WorkerPool(2, OPTIONS, interrupt, worker(after="sys.stdin.read(); sys.exit()")) as pool,
    ):
        pool.play(map(spec, SERVERS))
    assert all(gone(int(start.url)) for start in heard.starts)


def test_a_spec_survives_the_way_to_another_process():
    there = replace(spec("gevent"), versions=Versions("3.12", "5.2", ("gevent<26",)))
    assert CellSpec.from_json(there.to_json()) == there


@pytest.mark.parametrize("moment", ["when", "after"])
def test_a_worker_that_does_not_end_its_cell_in_time_is_killed(moment, monkeypatch):
    """The others go on, and the cell says what became of it."""
    monkeypatch.setattr(workers, "GRACE", 0.0)
    hangs = 'if "gevent" in spec["id"]: signal.sigwait([signal.SIGUSR1])'
    heard = Heard()
    options = replace(OPTIONS, deadline=2.0)
    with WorkerPool(1, options, heard, worker(**{moment: hangs})) as pool:
        pool.play(map(spec, SERVERS))
    ends = {end.cell: end for end in heard.ends}
    assert len(heard.ends) == len(heard.starts) == len(ends) == len(SERVERS)
    assert ends["reference/gevent"].status == "interrupted"
    assert "--deadline 2" in ends["reference/gevent"].reason
    assert {end.status for id_, end in ends.items() if id_ != "reference/gevent"} == {"complete"}
