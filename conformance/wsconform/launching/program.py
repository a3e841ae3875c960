"""Start a program that serves, wait until it answers, and end it even if this process dies.

The program is started by a supervisor process (`processes/supervisor.py`), which ends it with all its descendants when
this process stops or is killed.
"""

import http.client
import itertools
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wsconform.bounded import connect
from wsconform.environments.installer import tail
from wsconform.errors import ExitedAtStartError, LaunchError, NeverReadyError
from wsconform.launching.running import Running, ask_health
from wsconform.processes.supervised import supervised

__all__ = ["Program", "inherited", "path_with", "running_program"]

#: Bytes of the largest file that a server can write, its log included: a broken one must not fill the disk.
LARGEST_FILE = 256 << 20
_PORTS_TRIED = 5
_PROBE_EVERY = 0.05  # seconds
_LONGEST_ANSWER = 1 << 20  # bytes
# A server may listen before it has loaded the application, and answers once it has. A probe that gave up in the
# middle of a TLS handshake would cause an error in the server's log.
_FIRST_PROBE_LASTS = 15.0  # seconds


@dataclass(frozen=True, slots=True)
class Program:
    """Everything needed to start a server but the port.

    Attributes:
        name: for messages and the log's name.
        command: returns the command line for a port.
        variables: returns the environment variables of its process, for what its health page must say.
        log_directory: gets a new file with its output.
        host: the address to listen on.
        stop_within: seconds between SIGTERM and SIGKILL.
        closes_gracefully: whether it lets views end on SIGTERM, so that they can send a Close frame with 1001.
        authority: a PEM file with the only certificate to trust; None if it does not speak TLS.
        has_health_page: it answers `GET /health` as the project under test does. Of any other program, every answer
            by HTTP means that it is ready.
        memory: bytes that each of its processes may take for its data; 0 for no limit.
        left_behind: takes a sentence about processes that it left behind and that were killed.
    """

    name: str
    command: Callable[[int], tuple[str, ...]]
    variables: Callable[[str], Mapping[str, str]]
    log_directory: Path
    host: str = "127.0.0.1"
    stop_within: float = 5.0
    closes_gracefully: bool = False
    authority: Path | None = None
    has_health_page: bool = True
    memory: int = 0
    left_behind: Callable[[str], None] = lambda _: None


class _PortTakenError(Exception):
    """Another process bound the port after we found it free and before the server could bind it."""


def inherited() -> dict[str, str]:
    """Return the environment variables that every program gets."""
    ours = {name: os.environ[name] for name in ("HOME", "TMPDIR", "TZ") if name in os.environ}
    return {**ours, "LANG": "C.UTF-8"}


def path_with(programs: Path) -> str:
    """Return PATH with a directory in front of it."""
    return os.pathsep.join((str(programs), os.environ.get("PATH", os.defpath)))


@contextmanager
def running_program(program: Program, ready_within: float) -> Iterator[Running]:
    """Start a program, and end it with the block.

    Args:
        program: the program.
        ready_within: seconds until it must answer.

    Raises:
        ExitedAtStartError: its process ended; the message has the end of its log.
        NeverReadyError: it did not answer, or answered with an error; the message has the end of its log.
        LaunchError: no port was free, or the log cannot be created.
    """
    running = _start(program, ready_within)
    try:
        yield running
    except KeyboardInterrupt:
        running.kill()  # whoever presses Ctrl-C does not want to wait
        raise
    finally:
        _stop(program, running)


def _start(program: Program, ready_within: float) -> Running:
    for _ in range(_PORTS_TRIED):
        running = _spawn(program, _free_port(program.host))
        try:
            _await_ready(program, running, ready_within)
        except _PortTakenError:
            running.stop()
        except BaseException:
            _stop(program, running)
            raise
        else:
            return running
    raise LaunchError(f"{program.name} could not bind a port: other processes took {_PORTS_TRIED} ports first")


def _stop(program: Program, running: Running) -> None:
    running.stop()
    if running.left_behind:
        program.left_behind(
            f"{program.name} left processes behind, which were killed: {', '.join(running.left_behind)}"
        )


def _spawn(program: Program, port: int) -> Running:
    instance = secrets.token_hex(8)
    log_path = _new_log(program.log_directory, program.name)
    with log_path.open("wb") as log:
        supervisor = subprocess.Popen(
            supervised(
                program.command(port),
                grace=program.stop_within,
                largest_file=LARGEST_FILE,
                memory=program.memory,
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=program.variables(instance),
            start_new_session=True,
        )
    assert supervisor.stdin, "it is a pipe"
    assert supervisor.stdout, "it is a pipe"
    pid = supervisor.stdout.readline()
    if not pid:
        supervisor.communicate()
        raise ExitedAtStartError(_failure(program, "could not be started", log_path))
    return Running(
        host=program.host,
        port=port,
        pid=int(pid),
        log_path=log_path,
        authority=program.authority,
        instance=instance,
        stop_within=program.stop_within,
        closes_gracefully=program.closes_gracefully,
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


def _await_ready(program: Program, running: Running, within: float) -> None:
    deadline = time.monotonic() + within
    answer: tuple[int, str] | None = None
    while (left := deadline - time.monotonic()) > 0:
        with suppress(subprocess.TimeoutExpired):
            running.supervisor.wait(min(_PROBE_EVERY, left))
            raise _ended(program, running)
        if not program.has_health_page:
            if _answers(running, min(_FIRST_PROBE_LASTS, left)):
                return
            continue
        answer = ask_health(running.host, running.port, min(_FIRST_PROBE_LASTS, left), running.authority)
        if answer == (200, running.instance):
            return
        if answer and answer[0] == 200:
            raise _PortTakenError
        if answer and answer[0] == 500:  # the application cannot be loaded; with 503 it may still be loading
            break
    problem = f"answers {answer[0]} to GET /health" if answer else f"did not answer GET /health in {within:g} s"
    if not program.has_health_page:
        problem = f"did not answer HTTP on port {running.port} in {within:g} s"
    raise NeverReadyError(_failure(program, problem, running.log_path))


def _answers(running: Running, within: float) -> bool:
    """Tell whether a program answers an HTTP request at all; what it answers does not matter."""
    connection = http.client.HTTPConnection(running.host, running.port)
    try:
        connection.sock = connect(running.host, running.port, running.authority, within=within, room=_LONGEST_ANSWER)
        connection.request("GET", "/health", headers={"Connection": "close"})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _ended(program: Program, running: Running) -> Exception:
    if "in use" in running.log_text():
        return _PortTakenError()
    return ExitedAtStartError(_failure(program, f"exited at start with {running.ending()}", running.log_path))


def _failure(program: Program, problem: str, log_path: Path) -> str:
    return f"{program.name} {problem}; the end of {log_path}:\n{tail(log_path)}"
