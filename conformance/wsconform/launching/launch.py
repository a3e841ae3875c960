"""Start a server, wait until it answers, and end it even if this process dies.

    from wsconform.servers import find_server
    from wsconform.launching.launch import launch
    from wsconform.targets import find_target
    from wsconform.environments.cache import make_environment

    server = find_server("gunicorn-gthread")
    environment = make_environment(find_target("reference"), [server], report=print)
    with launch(server, environment, log_directory=Path("logs")) as running:
        print(running.url, running.pid, running.cpu_seconds())
    print(running.log_text())

The server is started by a supervisor process (`processes/supervisor.py`), which ends the server with all its
descendants when this process stops or is killed.
"""

import itertools
import json
import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wsconform.environments.cache import Environment
from wsconform.environments.installer import tail
from wsconform.errors import ExitedAtStartError, LaunchError, NeverReadyError
from wsconform.launching.certificates import Certificate, find_certificate
from wsconform.launching.running import Running, ask_health
from wsconform.processes.supervised import supervised
from wsconform.servers.server import Server

__all__ = ["SITE", "Running", "launch"]

#: The directory of the Django project under test, the only code of the suite that a server can import.
SITE = Path(__file__).resolve().parents[1] / "site"

#: Bytes of the largest file that a server can write, its log included: a broken one must not fill the disk.
_LARGEST_FILE = 256 << 20
_PORTS_TRIED = 5
_PROBE_EVERY = 0.05  # seconds
# A server may listen before it has loaded the application, and answers once it has. A probe that gave up in the
# middle of a TLS handshake would cause an error in the server's log.
_FIRST_PROBE_LASTS = 15.0  # seconds


@contextmanager
def launch(
    server: Server,
    environment: Environment,
    *,
    log_directory: Path,
    host: str = "127.0.0.1",
    ready_within: float = 30.0,
    settings: Mapping[str, object] | None = None,
    left_behind: Callable[[str], None] = lambda _: None,
) -> Iterator[Running]:
    """Serve the project under test until the block ends.

    Args:
        server: the server to start.
        environment: where the server and the target are installed.
        log_directory: gets a new file with the server's output.
        host: the address to listen on.
        ready_within: seconds until `GET /health` must be answered.
        settings: Django settings for this launch. They override the server's, which override the target's.
        left_behind: takes a sentence about processes that the server left behind and that were killed.

    Raises:
        ExitedAtStartError: the server's process ended; the message has the end of its log.
        NeverReadyError: it did not answer, or answered with an error; the message has the end of its log.
        LaunchError: the environment has the wrong Python, no port was free, or the log cannot be created.
    """
    _require_python(server, environment)
    certificate = find_certificate() if server.scheme == "wss" else None
    merged = {**environment.target.settings, **server.settings, **(settings or {})}
    with tempfile.TemporaryDirectory(prefix="wsconform-", ignore_cleanup_errors=True) as scratch:
        order = _Order(server, environment, merged, certificate, log_directory, host, scratch, left_behind)
        running = _start(order, ready_within)
        try:
            yield running
        except KeyboardInterrupt:
            running.kill()  # whoever presses Ctrl-C does not want to wait
            raise
        finally:
            _stop(order, running)


@dataclass(frozen=True, slots=True)
class _Order:
    """Everything needed to start a server but the port."""

    server: Server
    environment: Environment
    settings: Mapping[str, object]
    certificate: Certificate | None
    log_directory: Path
    host: str
    scratch: str
    left_behind: Callable[[str], None]

    def command(self, port: int) -> tuple[str, ...]:
        """Return the server's command line."""
        return self.server.command(
            python=str(self.environment.python),
            host=self.host,
            port=port,
            site=str(SITE),
            certificate=str(self.certificate.certificate) if self.certificate else "",
            key=str(self.certificate.key) if self.certificate else "",
        )

    def variables(self, instance: str) -> dict[str, str]:
        """Return the environment variables of the server's process, which inherits only a few of ours."""
        inherited = {name: os.environ[name] for name in ("HOME", "TMPDIR", "TZ") if name in os.environ}
        programs = str(self.environment.python.parent)
        return {
            **inherited,
            "PATH": os.pathsep.join((programs, os.environ.get("PATH", os.defpath))),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(SITE),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "DJANGO_SETTINGS_MODULE": "wsconform_site.settings",
            "WSCONFORM_INSTANCE": instance,
            "WSCONFORM_SCRATCH": self.scratch,
            "WSCONFORM_SETTINGS": json.dumps(dict(self.settings)),
            **self.server.environment,
        }


class _PortTakenError(Exception):
    """Another process bound the port after we found it free and before the server could bind it."""


def _require_python(server: Server, environment: Environment) -> None:
    version = environment.versions.get("python", "")
    if server.python and not f"{version}.".startswith(f"{server.python}."):
        raise LaunchError(f"{server.name} needs Python {server.python}, but the environment has {version or 'another'}")


def _start(order: _Order, ready_within: float) -> Running:
    for _ in range(_PORTS_TRIED):
        running = _spawn(order, _free_port(order.host))
        try:
            _await_ready(order.server, running, ready_within)
        except _PortTakenError:
            running.stop()
        except BaseException:
            _stop(order, running)
            raise
        else:
            return running
    raise LaunchError(f"{order.server.name} could not bind a port: other processes took {_PORTS_TRIED} ports first")


def _stop(order: _Order, running: Running) -> None:
    running.stop()
    if running.left_behind:
        order.left_behind(
            f"{order.server.name} left processes behind, which were killed: {', '.join(running.left_behind)}"
        )


def _spawn(order: _Order, port: int) -> Running:
    server, instance = order.server, secrets.token_hex(8)
    log_path = _new_log(order.log_directory, server.name)
    with log_path.open("wb") as log:
        supervisor = subprocess.Popen(
            supervised(order.command(port), grace=server.stop_within, largest_file=_LARGEST_FILE),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=order.variables(instance),
            start_new_session=True,
        )
    assert supervisor.stdin, "it is a pipe"
    assert supervisor.stdout, "it is a pipe"
    pid = supervisor.stdout.readline()
    if not pid:
        supervisor.communicate()
        raise ExitedAtStartError(_failure(server, "could not be started", log_path))
    authority = order.certificate.authority if order.certificate else None
    return Running(
        host=order.host,
        port=port,
        pid=int(pid),
        log_path=log_path,
        authority=authority,
        instance=instance,
        stop_within=server.stop_within,
        closes_gracefully=server.closes_gracefully,
        supervisor=supervisor,
        control=supervisor.stdin,
    )


def _new_log(directory: Path, name: str) -> Path:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            path = directory / f"{name}.{number}.log"
            with suppress(FileExistsError):
                path.touch(exist_ok=False)
                return path
    except OSError as error:
        raise LaunchError(f"cannot create a log in {directory}: {error.strerror or error}") from error
    raise AssertionError("there is always a next number")


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _await_ready(server: Server, running: Running, within: float) -> None:
    deadline = time.monotonic() + within
    answer: tuple[int, str] | None = None
    while (left := deadline - time.monotonic()) > 0:
        with suppress(subprocess.TimeoutExpired):
            running.supervisor.wait(min(_PROBE_EVERY, left))
            raise _ended(server, running)
        answer = ask_health(running.host, running.port, min(_FIRST_PROBE_LASTS, left), running.authority)
        if answer == (200, running.instance):
            return
        if answer and answer[0] == 200:
            raise _PortTakenError
        if answer and answer[0] == 500:  # the application cannot be loaded; with 503 it may still be loading
            break
    problem = f"answers {answer[0]} to GET /health" if answer else f"did not answer GET /health in {within:g} s"
    raise NeverReadyError(_failure(server, problem, running.log_path))


def _ended(server: Server, running: Running) -> Exception:
    if "in use" in running.log_text():
        return _PortTakenError()
    return ExitedAtStartError(_failure(server, f"exited at start with {running.ending()}", running.log_path))


def _failure(server: Server, problem: str, log_path: Path) -> str:
    return f"{server.name} {problem}; the end of {log_path}:\n{tail(log_path)}"
