"""How long the suite takes, what it and the server use meanwhile, and where the time goes.

Each profile is played against an echo server on websockets (asyncio), and against the reference on gevent,
whose server the suite starts itself. With --autobahn Autobahn's own tool plays the first one in the same run,
where there is a CPython 2.7; that takes some 20 minutes. Without it the time that it took once is named.

    python conformance/benchmarks/speed.py [--profile NAME]… [--peer NAME]… [--autobahn] [--rounds N] [--check]

`wall` is that of the whole command, from its start to the report on disk. The bounds: a full run takes
1.15 times the processor time of the server, as the server has one core for itself; a standard run a fiftieth of
Autobahn's; a fast one 3 s. They are meant for a machine that has nothing else to do. With two cores or more the
server on websockets has one for itself; the one that the suite starts shares them all.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from platformdirs import user_cache_path

from wsconform.cases import WEBSOCKET_CASES
from wsconform.launching.procfs import cpu_seconds
from wsconform.oracle import OracleMissingError
from wsconform.oracle.fuzzing import play
from wsconform.oracle.python2 import find_python2
from wsconform.oracle.tool import install
from wsconform.profile import PROFILES
from wsreport.model import CellRun, read_run

HERE = Path(__file__).resolve().parent
WEBSOCKETS = "websockets==17.4"
#: Seconds that Autobahn's tool took for its 517 cases against websockets on a machine of two cores.
RECORDED_AUTOBAHN = 1141.0
SLOWEST = 10

WALL_TO_SERVER = 1.15
AUTOBAHN_TO_STANDARD = 50.0
FAST = 3.0  # seconds


@dataclass(frozen=True)
class Figures:
    """Seconds of one run, and what was played."""

    cases: int
    wall: float
    suite: float
    server: float
    played: CellRun | None = None


# What is measured


def environment() -> Path:
    """Return the Python of the peer's environment; make it when it is missing."""
    digest = hashlib.sha256(repr((WEBSOCKETS, sys.version_info[:2])).encode()).hexdigest()[:12]
    home = user_cache_path("wsconform") / "benchmarks" / digest
    python = home / "bin" / "python"
    if not (home / "whole").exists():
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", WEBSOCKETS], check=True)
        (home / "whole").touch()
    return python


def cores() -> tuple[set[int], set[int]]:
    """Return the cores of the server and those of the suite: all for both when there is one only."""
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, set(others) or {first}


def pinned(to: set[int]) -> Callable[[], None]:
    """Return what puts a new process on some cores."""
    return lambda: os.sched_setaffinity(0, to)


@contextmanager
def serving(python: Path) -> Iterator[tuple[str, int]]:
    """Run the server on websockets; yield its URL and its process once it listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    server = subprocess.Popen(
        [python, HERE / "through_websockets.py", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=pinned(cores()[0]),
    )
    try:
        await_listening(port, server)
        yield f"ws://127.0.0.1:{port}/", server.pid
    finally:
        server.terminate()
        server.wait()


def await_listening(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until it accepts connections."""
    deadline = monotonic() + 20
    while True:
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None or monotonic() > deadline:
            raise RuntimeError("the server on websockets does not serve")
        try:
            server.wait(0.05)
        except subprocess.TimeoutExpired:
            continue


def wsconform(arguments: Sequence[str], on: set[int]) -> tuple[float, float, CellRun]:
    """Run the suite; return wall time, the processor time of all its processes, and the one cell that it played."""
    with tempfile.TemporaryDirectory(prefix="wsconform-speed-") as directory:
        before, began = children_cpu(), monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "wsconform", *arguments, "--output", directory],
            capture_output=True,
            text=True,
            preexec_fn=pinned(on),
        )
        wall = monotonic() - began
        if done.returncode not in (0, 1):  # a peer need not pass
            raise RuntimeError(f"wsconform {' '.join(arguments)} ended with {done.returncode}\n{done.stderr}")
        (cell,) = read_run(Path(directory) / "run.jsonl").cells.values()
        return wall, children_cpu() - before, cell


def children_cpu() -> float:
    """Return the processor time of all children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def against_websockets(profile: str, cases: list[str]) -> Figures:
    """Play a profile against a new server on websockets."""
    with serving(environment()) as (url, pid):
        before = cpu_seconds(pid) or 0.0
        wall, suite, cell = wsconform(["run", url, "--profile", profile, *cases], cores()[1])
        return Figures(len(cell.results), wall, suite, (cpu_seconds(pid) or 0.0) - before, cell)


def against_reference(profile: str, cases: list[str]) -> Figures:
    """Play a profile against the reference on gevent; its server is a child of the suite's."""
    options = ("--target", "reference", "--server", "gevent", "--no-attribution", "--exclude", "W")
    wall, everything, cell = wsconform(["matrix", *options, "--profile", profile, *cases], set.union(*cores()))
    server = (cell.end and cell.end.server_cpu) or 0.0
    return Figures(len(cell.results), wall, everything - server, server, cell)


PEERS = {"websockets": against_websockets, "reference": against_reference}


def autobahn() -> Figures | None:
    """Play all cases with Autobahn's own tool against a new server on websockets; None without a CPython 2.7."""
    try:
        python = find_python2()
    except OracleMissingError as error:
        print(error, file=sys.stderr)
        return None
    tool = install(python, lambda text: print(text, file=sys.stderr))
    limits = {id_: case.within for id_, case in WEBSOCKET_CASES.items()}
    available = os.sched_getaffinity(0)
    with serving(environment()) as (url, pid):
        server, suite, began = cpu_seconds(pid) or 0.0, children_cpu(), monotonic()
        os.sched_setaffinity(0, cores()[1])  # the tool inherits it
        try:
            play(tool, url, tool.cases, limits=limits)
        finally:
            os.sched_setaffinity(0, available)
        return Figures(len(tool.cases), monotonic() - began, children_cpu() - suite, (cpu_seconds(pid) or 0.0) - server)


# What is printed


def row(*columns: object) -> None:
    """Print a line of the table."""
    peer, profile, cases, *numbers = columns
    print(
        f"{peer:<12}{profile:<11}{cases:>6}", *(f"{n:>11.2f}" if isinstance(n, float) else f"{n:>11}" for n in numbers)
    )


def show(peer: str, profile: str, figures: Figures) -> None:
    """Print the line of a run."""
    playing = figures.played.end.seconds if figures.played and figures.played.end else ""
    ratio = figures.wall / figures.server if figures.server else "?"
    row(peer, profile, figures.cases, figures.wall, playing, figures.suite, figures.server, ratio)


def where_the_time_goes(peer: str, profile: str, cell: CellRun) -> None:
    """Print the families and the slowest cases; conversations overlap, so that their times add up to more than all."""
    families: defaultdict[str, list[float]] = defaultdict(list)
    seconds = {id_: sum(play.seconds for play in result.plays) for id_, result in cell.results.items()}
    for id_, spent in seconds.items():
        families[id_.split(".")[0]].append(spent)
    total = cell.end.seconds if cell.end else 0.0
    print(f"\n{peer}, {profile}: {total:.2f} s of playing; seconds of all conversations, re-plays included, by family")
    for family, spent in sorted(families.items(), key=lambda item: -sum(item[1])):
        print(f"  {family:<4}{len(spent):>4} cases {sum(spent):>9.2f}")
    slowest = sorted(seconds, key=lambda id_: -seconds[id_])[:SLOWEST]
    print("  slowest:", ", ".join(f"{id_} {seconds[id_]:.2f}" for id_ in slowest))
    again = [id_ for id_, result in cell.results.items() if len(result.plays) > 1]
    print(f"  played again: {len(again)}{': ' if again else ''}{', '.join(again[:20])}")


def bounds(best: dict[tuple[str, str], Figures], theirs: Figures | None) -> bool:
    """Print what was promised beside what was measured; return whether all of it is kept."""
    print(f"\n{'':<54}{'measured':>9}{'bound':>9}")
    kept = True

    def judged(what: str, value: float, sign: str, bound: float) -> None:
        nonlocal kept
        holds = value <= bound if sign == "≤" else value >= bound
        kept &= holds
        print(f"{what:<54}{value:>9.2f} {sign} {bound:>6.2f}  {'kept' if holds else 'MISSED'}")

    if full := best.get(("websockets", "full")):
        judged("full against websockets: wall / server's CPU", full.wall / full.server, "≤", WALL_TO_SERVER)
    if standard := best.get(("websockets", "standard")):
        wall = theirs.wall if theirs else RECORDED_AUTOBAHN
        what = "Autobahn's wall" if theirs else f"Autobahn's wall, recorded as {RECORDED_AUTOBAHN:.0f} s,"
        judged(f"{what} / standard's", wall / standard.wall, "≥", AUTOBAHN_TO_STANDARD)
    if fast := best.get(("websockets", "fast")):
        judged("fast against websockets: seconds", fast.wall, "≤", FAST)
    return kept


def main() -> int:
    """Print the table; with ``--check`` a bound that is missed is an error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", action="append", choices=list(PROFILES), help="only this one; may be repeated")
    parser.add_argument("--peer", action="append", choices=list(PEERS), help="only this one; may be repeated")
    parser.add_argument("--cases", action="append", default=[], help="only these, for a trial; not for --autobahn")
    parser.add_argument("--autobahn", action="store_true", help="play with Autobahn's own tool, too: 20 minutes")
    parser.add_argument("--rounds", type=int, default=1, help="so often each; the shortest wall time counts")
    parser.add_argument("--check", action="store_true", help="exit 1 when a bound is missed")
    options = parser.parse_args()
    cases = [word for pattern in options.cases for word in ("--cases", pattern)]
    best: dict[tuple[str, str], Figures] = {}
    peers = options.peer or list(PEERS)
    if "reference" in peers:
        against_reference("fast", ["--cases", "1.1.1"])  # so that it is installed before it is measured
    row("peer", "profile", "cases", "wall s", "playing s", "suite CPU", "server CPU", "wall/srv")
    for peer in peers:
        for profile in options.profile or PROFILES:
            runs = [PEERS[peer](profile, cases) for _ in range(options.rounds)]
            best[peer, profile] = min(runs, key=lambda figures: figures.wall)
            show(peer, profile, best[peer, profile])
    theirs = autobahn() if options.autobahn else None
    if theirs:
        show("websockets", "Autobahn", theirs)
    for (peer, profile), figures in best.items():
        if figures.played:
            where_the_time_goes(peer, profile, figures.played)
    return 1 if not bounds(best, theirs) and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
