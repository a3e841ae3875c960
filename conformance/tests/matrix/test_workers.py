"""Workers: cells side by side, what they tell, what becomes of a cell whose worker dies, and that all go home."""

from __future__ import annotations

import os
import sys
import textwrap
from dataclasses import replace

import pytest

from conformance.tests.support.values import answered, outcome, seen
from wsconform.cases import CATALOGUE
from wsconform.environments.versions import Versions
from wsconform.matrix.messages import PipeListener, deliver
from wsconform.matrix.results import result
from wsconform.matrix.specs import Brief, Place
from wsconform.matrix.workers import Crew
from wsreport import model as lines

BRIEF = Brief(("1.1.1",), "standard", {}, "logs")

# Begins and ends each cell that it is given; WHEN decides what happens in between.
WORKER = """
import json, os, signal, sys
def tell(what, *arguments):
    print(json.dumps([what, *arguments]), flush=True)
brief = json.loads(sys.stdin.readline())
for line in sys.stdin:
    place = json.loads(line)
    start = {"kind": "cell", "cell": place["id"], "target": {"name": "t"}, "server": {"name": "s"},
             "url": str(os.getpid()), "versions": {}, "round_trip": None, "concurrency": 1}
    WHEN
    tell("cell_begins", start, len(brief["cases"]))
    AFTER
    tell("cell_ends", {"kind": "cell-end", "cell": place["id"], "status": "complete", "reason": "", "seconds": 0,
                       "server_cpu": None, "log": ""})
    print(flush=True)
"""


class Heard:
    """Remembers what it was told."""

    def __init__(self):
        self.told = []

    def __getattr__(self, name):
        return lambda *arguments: self.told.append((name, *arguments))

    def of(self, name):
        return [arguments[0] for what, *arguments in self.told if what == name]


def place(server):
    return Place(f"reference/{server}", "reference", server)


def worker(when="pass", after="pass"):
    script = WORKER.replace("WHEN", when).replace("AFTER", textwrap.indent(textwrap.dedent(after), "    ").strip())
    return sys.executable, "-c", script


def played(jobs, names, command):
    heard = Heard()
    with Crew(jobs, BRIEF, heard, command) as crew:
        crew.play(map(place, names))
    return heard


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


SERVERS = "runserver", "gevent", "cheroot", "wsgiref"


@pytest.mark.parametrize("jobs", [1, 2, 9])
def test_every_cell_is_played_once_and_everybody_goes_home(jobs):
    heard = played(jobs, SERVERS, worker())
    assert sorted(end.cell for end in heard.of("cell_ends")) == sorted(f"reference/{name}" for name in SERVERS)
    pids = {int(start.url) for start in heard.of("cell_begins")}
    assert 1 <= len(pids) <= jobs
    assert all(map(gone, pids))


def test_one_after_the_other_comes_in_order():
    heard = played(1, SERVERS, worker())
    assert [end.cell for end in heard.of("cell_ends")] == [f"reference/{name}" for name in SERVERS]


@pytest.mark.parametrize("moment", ["when", "after"])
def test_a_worker_that_dies_takes_only_its_cell_along(moment):
    """The cell is there, and says that it was not played out; the others are played."""
    dies = 'if "gevent" in place["id"]: os.kill(os.getpid(), signal.SIGKILL)'
    heard = played(1, SERVERS, worker(**{moment: dies}))
    ends = {end.cell: end for end in heard.of("cell_ends")}
    assert len(ends) == len(SERVERS)
    assert ends["reference/gevent"].status == "interrupted"
    assert "signal SIGKILL" in ends["reference/gevent"].reason
    assert {end.status for id_, end in ends.items() if id_ != "reference/gevent"} == {"complete"}
    assert len(heard.of("cell_begins")) == len(SERVERS)


def test_an_interruption_sends_everybody_home():
    """Workers that wait for nothing but the end of their orders."""
    heard = Heard()

    def interrupt(*_):
        raise KeyboardInterrupt

    heard.cell_begins = lambda start, cases: (heard.told.append(("cell_begins", start)), interrupt())
    with pytest.raises(KeyboardInterrupt), Crew(2, BRIEF, heard, worker(after="sys.stdin.read(); sys.exit()")) as crew:
        crew.play(map(place, SERVERS))
    assert all(gone(int(start.url)) for start in heard.of("cell_begins"))


# The lines between them


def test_what_is_told_at_one_end_is_heard_at_the_other():
    written: list[str] = []
    case = CATALOGUE["1.1.2"]
    start = lines.CellStart("a/b", {"name": "a"}, {"name": "b"})
    told = [
        ("note", "installing\nthings"),
        ("cell_begins", start, 3),
        ("replaying", "a/b", 2),
        ("result", result("a/b", outcome(case, seen(ending=answered())))),
        ("attribution", lines.Attribution("a/b", case.id, "both", (lines.Control("x", "fail", "y"),))),
        ("cell_ends", lines.CellEnd("a/b", "complete", log="\N{SNOWMAN}\n")),
    ]
    pipe, heard = PipeListener(written.append), Heard()
    for what, *arguments in told:
        getattr(pipe, what)(*arguments)
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in written)
    assert [deliver(line, heard) for line in written] == [what for what, *_ in told]
    assert heard.told == told


def test_a_line_that_is_no_message_is_refused():
    with pytest.raises(ValueError, match="nothing is called '__init__'"):
        deliver('["__init__"]', Heard())


def test_a_place_survives_the_way():
    there = replace(place("gevent"), versions=Versions("3.12", "5.2", ("gevent<26",)))
    assert Place.from_json(there.to_json()) == there
