"""Messages per second through whole servers: the reference, its peers, and a blind echo of octets.

Eight connections over loopback, one message under way on each. Server and client have a
core each. All servers of a kind run at once and are measured in turn, several times, and
the best time counts, so that a slow moment of the machine meets all of them.

What is compared is the processor time that the server takes for a message. The server is
busy all the time, so on an idle machine that is the same as messages per second; but it
hardly changes when others use the machine, who take half of the messages per second away.

Compressed messages are many different ones of JSON, that take turns. Every server has the settings
that it has by itself, so the last column says how many octets it makes of a hundred.

    python reference_impl/benchmarks/echo.py [--check] [--rounds N] [--seconds S] [--kind NAME]

The peers are installed into an environment in the user's cache, which is made when it is missing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from platformdirs import user_cache_path

HERE = Path(__file__).resolve().parent
SERVERS = HERE / "echo_servers"
PACKAGES = (
    "Django>=5.2,<5.3",
    "eventlet",
    "gevent",
    "gevent-websocket",
    "gunicorn>=27",
    "simple-websocket",
    "websockets>=17",
)
CONNECTIONS = 8
# 512 threads, because simple-websocket keeps one for each connection that it has ever had here.
GTHREAD = ("-m", "gunicorn", "-k", "gthread", "--threads", "512", "--graceful-timeout", "1", "--no-control-socket")


@dataclass(frozen=True)
class Subject:
    """A server to measure.

    Attributes:
        name: for the table.
        command: arguments for Python; ``{port}`` is replaced.
        at_least: the part of its messages per second that ours must reach.
        raw: it sends octets back as they are.

    """

    name: str
    command: tuple[str, ...]
    at_least: float = 1.0
    raw: bool = False


def _gthread(module: str) -> tuple[str, ...]:
    return (*GTHREAD, "-b", "127.0.0.1:{port}", f"{module}:application")


@dataclass(frozen=True)
class Kind:
    """Servers that are compared with one another.

    Attributes:
        subjects: ours, and its peers.
        sizes: octets of a message.
        compressed: messages are, both ways.

    """

    subjects: tuple[Subject, ...]
    sizes: tuple[int, ...] = (16, 1024)
    compressed: bool = False


OURS_IN_THREADS = Subject("ours, gunicorn gthread", _gthread("ours"))
OURS_IN_GEVENT = Subject("ours, gevent.pywsgi", ("on_pywsgi.py", "ours", "{port}"))
KINDS = {
    "threads": Kind(
        (
            Subject("blind, gunicorn gthread", _gthread("blind"), at_least=0.5, raw=True),
            OURS_IN_THREADS,
            Subject("simple-websocket, gthread", _gthread("through_simple_websocket")),
            Subject("websockets, own server", ("through_websockets.py", "{port}")),
        )
    ),
    "gevent and eventlet": Kind(
        (
            Subject("blind, gevent.pywsgi", ("on_pywsgi.py", "blind", "{port}"), at_least=0.5, raw=True),
            OURS_IN_GEVENT,
            Subject("gevent-websocket, pywsgi", ("through_gevent_websocket.py", "{port}")),
            Subject("eventlet.websocket", ("through_eventlet.py", "{port}")),
        )
    ),
    "threads, compressed": Kind(
        (OURS_IN_THREADS, Subject("websockets, own server", ("through_websockets.py", "{port}", "deflate"))),
        sizes=(1024, 65536),
        compressed=True,
    ),
    "event loop, compressed": Kind(
        (OURS_IN_GEVENT, Subject("websockets, asyncio", ("through_websockets_asyncio.py", "{port}"))),
        sizes=(1024, 65536),
        compressed=True,
    ),
}


def environment() -> Path:
    """Return the Python of the peers' environment; make it when it is missing."""
    digest = hashlib.sha256(repr((PACKAGES, sys.version_info[:2])).encode()).hexdigest()[:12]
    home = user_cache_path("wsconform") / "benchmarks" / digest
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (home / "whole").exists():
        shutil.rmtree(home, ignore_errors=True)
        uv = shutil.which("uv") or shutil.which("uv", path=Path(sys.executable).parent)
        if uv:
            _run(uv, "venv", "-q", "-p", sys.executable, home)
            _run(uv, "pip", "install", "-q", "-p", python, *PACKAGES)
        else:
            _run(sys.executable, "-m", "venv", home)
            _run(python, "-m", "pip", "install", "-q", *PACKAGES)
        (home / "whole").touch()
    return python


def _run(*command: object) -> None:
    subprocess.run(list(map(str, command)), check=True)


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def cores() -> tuple[set[int], set[int]]:
    """Return the core of the servers and that of the client; the same when there is one only."""
    available = sorted(os.sched_getaffinity(0))
    return {available[0]}, {available[-1]}


@dataclass(frozen=True)
class Server:
    """A server that runs, and leads a session of its own."""

    port: int
    pid: int

    def processor_time(self) -> float:
        """Return the seconds that it and its workers have used."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                # Behind the name in parentheses: state, parent, group, session, ... user and system time.
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[3]) == self.pid:
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(python: Path, subject: Subject) -> Iterator[Server]:
    """Run a server; yield it once it listens."""
    port = free_port()
    command = [str(python), *(part.format(port=port) for part in subject.command)]
    path = os.pathsep.join(map(str, (SERVERS, HERE.parent)))
    server = subprocess.Popen(
        command,
        cwd=SERVERS,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores()[0]),
    )
    try:
        _await(port, server)
        yield Server(port, server.pid)
    finally:
        server.terminate()
        server.communicate()


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = monotonic() + 20
    while True:
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None or monotonic() > deadline:
            server.kill()
            raise RuntimeError(f"{server.args} does not serve: {server.communicate()[1].decode()}")
        sleep(0.05)


@dataclass(frozen=True)
class Figures:
    """What one measurement gives.

    Attributes:
        micros: microseconds of the server's processor time per message.
        rate: messages per second.
        busy: the part of the time in which the client was.
        part: octets of an answer's payload, as part of the message's.

    """

    micros: float
    rate: float
    busy: float
    part: float


def measure(subject: Subject, server: Server, size: int, mode: str, seconds: float) -> Figures:
    """Measure a server that is running, with a client in its own process."""
    arguments = (server.port, size, CONNECTIONS, seconds, "raw" if subject.raw else mode)
    before = server.processor_time()
    client = subprocess.run(
        [sys.executable, str(HERE / "echo_client.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores()[1]),
    )
    if client.returncode:
        raise RuntimeError(f"{subject.name}: the client has failed\n{client.stderr}")
    rate, count, busy, part = map(float, client.stdout.split())
    return Figures((server.processor_time() - before) / count * 1e6, rate, busy, part)


def show(size: int, best: dict[Subject, Figures]) -> bool:
    """Print a table; return whether ours is fast enough beside each."""
    ours = next(figures for subject, figures in best.items() if subject.name.startswith("ours"))
    kept = True
    for subject, figures in best.items():
        print(f"{size:>7,}  {subject.name:<26}{figures.micros:>9.1f}{figures.rate:>12,.0f}", end="")
        print(f"{figures.busy:>13.2f}{figures.part:>8.0%}", end="")
        if figures is ours:
            print()
            continue
        ratio = figures.micros / ours.micros
        kept &= ratio >= subject.at_least
        print(f"{ratio:>12.2f}{subject.at_least:>10.2f}  {'kept' if ratio >= subject.at_least else 'MISSED'}")
    return kept


def compare(python: Path, name: str, rounds: int, seconds: float) -> bool:
    """Measure the servers of a kind in turn, print the tables; return whether the bounds are kept."""
    kind = KINDS[name]
    print(f"\n{name}\n{'octets':>7}  {'':<26}{'CPU µs':>9}{'messages/s':>12}{'client busy':>13}{'sent':>8}", end="")
    print(f"{'ours to it':>12}  at least")
    mode = "compressed" if kind.compressed else "plain"
    with ExitStack() as stack:
        servers = {subject: stack.enter_context(serving(python, subject)) for subject in kind.subjects}
        kept = True
        for size in kind.sizes:
            best: dict[Subject, Figures] = {}
            for _ in range(rounds):
                for subject, server in servers.items():
                    figures = measure(subject, server, size, mode, seconds)
                    if subject not in best or figures.micros < best[subject].micros:
                        best[subject] = figures
            kept &= show(size, best)
    return kept


def main() -> int:
    """Print the tables; with ``--check`` a bound that is missed is an error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 when a bound is missed")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.5, help="per measurement")
    parser.add_argument("--kind", choices=KINDS, action="append", help="by default all; may be repeated")
    options = parser.parse_args()
    python = environment()
    print(f"{CONNECTIONS} connections; best of {options.rounds} times {options.seconds} s", end="")
    kept = [compare(python, name, options.rounds, options.seconds) for name in options.kind or KINDS]
    return 1 if options.check and not all(kept) else 0


if __name__ == "__main__":
    sys.exit(main())
