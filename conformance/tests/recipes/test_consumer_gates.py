"""Ten gates that projects have written around Autobahn's test suite, and the broken servers that they let pass.

Each is written anew from a description of what it reads, and reads the `index.json` of Autobahn's tool. Here that is
made of the grades in our run file, which follow Autobahn's rules. Our own gate reads the same run file.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conformance.tests.support.field_server import FieldServer, field_server
from conformance.tests.support.processes import crooked_process
from wsreport.gate import gate
from wsreport.model import Run, read_run

# The first test waits until all the servers have been tested.
pytestmark = pytest.mark.timeout(600)

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "gates.md"
#: Autobahn's name for a server without a Server header; one gate looks for it.
AGENT = "UnknownServer"

#: By case, what `index.json` says of it.
Entries = Mapping[str, Mapping[str, Any]]


def index_of(run: Run, cases: Collection[str] = ()) -> str:
    """Return the `index.json` that Autobahn's tool would have written, of some cases or of all.

    A case without a result is not in it.
    """
    (cell,) = run.cells.values()
    entries = {
        case: {
            "behavior": result.grades.behavior,
            "behaviorClose": result.grades.behaviorClose,
            "duration": round(result.seconds * 1000),
            "remoteCloseCode": 1000,
            "reportfile": f"{AGENT.lower()}_case_{case.replace('.', '_')}.json",
        }
        for case, result in cell.results.items()
        if result.grades and (not cases or case in cases)
    }
    return json.dumps({AGENT: entries}, indent=3, sort_keys=True)


# The gates: each takes the text of index.json and the one of a server that is right, and lets a server pass or not


def entries_of(index: str) -> Entries:
    found: Entries = json.loads(index)[AGENT]
    return found


def each_is(index: str, behavior: set[str], close: set[str]) -> bool:
    """Whether both grades of each case that is in the file are allowed; an empty set allows all."""
    return all(
        (not behavior or entry["behavior"] in behavior) and (not close or entry["behaviorClose"] in close)
        for entry in entries_of(index).values()
    )


ACCEPTED, ACCEPTED_CLOSE = {"OK", "NON-STRICT", "INFORMATIONAL"}, {"OK", "INFORMATIONAL"}


def aiohttp(index: str, _expected: str) -> bool:
    """A test that reads how the connection was closed."""
    return each_is(index, set(), ACCEPTED_CLOSE)


def coder(index: str, _expected: str) -> bool:
    return each_is(index, ACCEPTED, ACCEPTED_CLOSE)


def fastwebsockets(index: str, _expected: str) -> bool:
    return each_is(index, ACCEPTED, set())


def uwebsockets(index: str, _expected: str) -> bool:
    return each_is(index, {*ACCEPTED, "UNIMPLEMENTED"}, {*ACCEPTED_CLOSE, "NON-STRICT", "UNIMPLEMENTED"})


def libwebsockets(index: str, _expected: str) -> bool:
    """A script that takes the file apart without parsing it."""
    lines = index.replace(",", "\n").replace("{", "\n").splitlines()
    return not [line for line in lines if '"behavior":' in line and not re.search("OK|NON-STRICT|INFORMATIONAL", line)]


def tungstenite(index: str, expected: str) -> bool:
    """A comparison of the whole file, without durations, with the one in the repository."""
    return re.sub('"duration": .*', "", index) == re.sub('"duration": .*', "", expected)


def undici(index: str, _expected: str) -> bool:
    """A script that counts what is listed as bad. A variable, unset by default, says whether that fails the job."""
    bad = {"FAILED", "WRONG CODE", "UNCLEAN", "FAILED BY CLIENT"}
    return not [e for e in entries_of(index).values() if {e["behavior"], e["behaviorClose"]} & bad]


def bandit(index: str, _expected: str) -> bool:
    """The same rule as coder's, for the one agent whose name is known in advance."""
    return coder(json.dumps({AGENT: json.loads(index)["UnknownServer"]}), "")


def okhttp(index: str, expected: str) -> bool:
    """A comparison of a list of cases with their behavior, with the list in the repository."""
    lists = [{case: entry["behavior"] for case, entry in entries_of(each).items()} for each in (index, expected)]
    return lists[0] == lists[1]


def websocket_zig(index: str, _expected: str) -> bool:
    return "FAILED" not in index


GATES: dict[str, Callable[[str, str], bool]] = {
    "aiohttp": aiohttp,
    "coder/websocket": coder,
    "fastwebsockets": fastwebsockets,
    "uWebSockets": uwebsockets,
    "libwebsockets": libwebsockets,
    "tungstenite": tungstenite,
    "undici": undici,
    "bandit": bandit,
    "okhttp": okhttp,
    "websocket.zig": websocket_zig,
}


# The servers

#: By what a server does: how to start it, the cases to play, and the factor for deadlines, short if all are reached.
LIGHT = "1,2,3,4,5,7"
LONG = "9.1.1,9.7.3"
RIGHT = "breaks no rule"
SERVERS: dict[str, tuple[str | FieldServer, str, float]] = {
    RIGHT: (FieldServer(), f"{LIGHT},{LONG}", 4.0),
    "answers nothing after an illegal frame and keeps the connection": (FieldServer(stalls=True), LIGHT, 0.3),
    "ends TCP instead of answering a Close": (FieldServer(vanishes=True), LIGHT, 4.0),
    "never ends TCP": ("never-ends-tcp", "1", 0.3),
    "echoes a wrong byte": ("wrong-octets", "1", 4.0),
    "echoes a wrong byte in long messages": ("wrong-octets", LONG, 4.0),
    "is gone after forty connections": (FieldServer(connections=40), LIGHT, 4.0),
}


@contextmanager
def server_of(how: str | FieldServer) -> Iterator[str]:
    if isinstance(how, FieldServer):
        with field_server(how) as url:
            yield url
    else:
        with crooked_process(how) as server:
            yield server.url


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The run of each server."""
    runs = {}
    for name, (how, cases, scale) in SERVERS.items():
        output = tmp_path_factory.mktemp("run")
        # One connection at a time, as Autobahn's tool has it.
        options = ("--cases", cases, "--concurrency", "1", "--no-replay", "--timeout-scale", str(scale))
        with server_of(how) as url:
            command = (sys.executable, "-m", "wsconform", "run", url, *options, "--output", str(output))
            subprocess.run(command, check=False, capture_output=True)
        runs[name] = read_run(output / "run.jsonl")
    return runs


def passing(run: Run, right: Run) -> list[str]:
    """Return the gates that let a server pass, after they saw one that is right in the same cases."""
    index = index_of(run)
    expected = index_of(right, run.header.plan.cases)
    return [name for name, passes in GATES.items() if passes(index, expected)]


def table() -> dict[str, tuple[list[str], str]]:
    """Return the table of the page: by server, the gates that let it pass, and the exit code of ours."""
    text = PAGE.read_text("utf-8").partition("| a server that … |")[2].partition("\n\n")[0]
    found = re.findall(r"^\| (\w[^|]*?) \| ([^|]+?) \| (\d) \|$", text, re.MULTILINE)
    return {server: ([] if names == "none" else names.split(", "), code) for server, names, code in found}


@pytest.mark.parametrize("server", SERVERS)
def test_the_table_says_which_gates_let_a_server_pass(server: str, played: dict[str, Run]) -> None:
    found = passing(played[server], played[RIGHT])
    names = ["all ten"] if len(found) == len(GATES) else found
    assert table()[server] == (names, str(gate(played[server])))


def test_each_gate_lets_a_server_pass_that_is_right(played: dict[str, Run]) -> None:
    """Else it says nothing that it refuses the others."""
    assert passing(played[RIGHT], played[RIGHT]) == list(GATES)


def test_our_gate_refuses_every_other_server(played: dict[str, Run]) -> None:
    assert {name for name, run in played.items() if gate(run) == 0} == {RIGHT}


def test_no_gate_of_the_ten_refuses_every_other_server(played: dict[str, Run]) -> None:
    broken = [run for name, run in played.items() if name != RIGHT]
    assert {name for run in broken for name in passing(run, played[RIGHT])} == set(GATES)


def test_the_table_has_no_other_servers() -> None:
    assert set(table()) == set(SERVERS)
