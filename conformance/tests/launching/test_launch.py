"""A launched server answers, is stopped with its block, and does not survive the suite."""

import json
import os
import select
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.tests.support import stand_ins
from conformance.tests.support.hosts import each, environment_of
from conformance.tests.support.processes import assert_gone
from conformance.tests.support.stand_ins import our_environment, server_that
from wsconform.environments.cache import make_environment
from wsconform.errors import ExitedAtStartError, LaunchError, NeverReadyError
from wsconform.launching.launch import SITE, launch
from wsconform.launching.procfs import members
from wsconform.servers import SERVERS, Server, find_server, find_servers
from wsconform.targets import find_target

ROOT = Path(__file__).resolve().parents[3]

SUPPORTED = find_servers(["supported"])

PLAIN = [server for server in SUPPORTED if server.scheme == "ws"]

UNSUPPORTED = [server for server in SERVERS.values() if server.unsupported]

# The possible answers about a connection that is open.
HELD = {True} if sys.platform == "linux" else {None}

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc and pidfd_open")

REQUEST = (
    "GET /echo HTTP/1.1\r\nHost: {0.host}:{0.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

# A text frame "Hello" and a Close frame with 1000, masked with zeros, and the answers of an echo, unmasked.
HELLO, ECHOED = b"\x81\x85\0\0\0\0Hello", b"\x81\x05Hello"

GOING_AWAY = b"\x88\x02\x03\xe9"

CLOSE, CLOSED = b"\x88\x82\0\0\0\0\x03\xe8", b"\x88\x02\x03\xe8"


class Client:
    """A WebSocket connection, with just enough of the protocol to see that it is served."""

    def __init__(self, running):
        self._socket = socket.create_connection((running.host, running.port))
        if running.authority:
            context = ssl.create_default_context(cafile=running.authority)
            self._socket = context.wrap_socket(self._socket, server_hostname=running.host)
        self._received = self._socket.makefile("rb")
        self.read, self.sendall = self._received.read, self._socket.sendall
        self.sendall(REQUEST.format(running).encode())
        self.head = b"".join(iter(self._received.readline, b"\r\n"))

    @property
    def port(self):
        return self._socket.getsockname()[1]

    def is_open(self):
        return self.head.startswith(b"HTTP/1.1 101 ") and b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in self.head

    def echoes(self):
        self.sendall(HELLO)
        return self.read(len(ECHOED)) == ECHOED

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._received.close()
        self._socket.close()


@each(SUPPORTED)
def test_every_server_serves_the_site_echoes_and_stops(name, tmp_path):
    """It holds an open connection, even where that belongs to a router and not to the main process."""
    server = find_server(name)
    with launch(server, environment_of(server), log_directory=tmp_path) as running:
        assert running.alive()
        assert running.url == f"{server.scheme}://127.0.0.1:{running.port}/echo"
        assert running.ending() == ""
        with Client(running) as client:
            assert client.is_open()
            assert client.echoes()
            assert running.holds(client.port) in HELD
            client.sendall(CLOSE)
            assert client.read() == CLOSED
        assert running.healthy()
    assert_gone(running)
    assert "Traceback" not in running.log_text()


@each(UNSUPPORTED)
def test_unsupported_server_serves_the_site_and_refuses_the_handshake(name, tmp_path):
    server = find_server(name)
    with launch(server, environment_of(server), log_directory=tmp_path) as running:
        with Client(running) as client:
            assert int(client.head.split()[1]) >= 400
        assert running.healthy()
    assert_gone(running)
    assert "Traceback" not in running.log_text()


@each(PLAIN)
def test_every_server_holds_its_number_of_connections_until_sigterm(name, tmp_path):
    """All are served at once, a health probe is answered, and a server that closes gracefully sends 1001 to all."""
    server = find_server(name)
    with (
        ExitStack() as clients,
        launch(server, environment_of(server), log_directory=tmp_path) as running,
    ):
        opened = [clients.enter_context(Client(running)) for _ in range(server.concurrency)]
        assert all(client.echoes() for client in opened)
        assert server.concurrency == 1 or running.healthy()
        running.terminate()
        assert running.wait_ended(60)
        assert_gone(running)
        if server.closes_gracefully:
            assert {client.read() for client in opened} == {GOING_AWAY}


@pytest.mark.slow
def test_server_is_launched_from_a_new_environment(tmp_path):
    """From the description of a target and a server to an answer."""
    stub = find_target(f"path:{stand_ins.write_project(tmp_path / 'stub')}")
    server = find_server("runserver")
    environment = make_environment(stub, [server], report=print)
    with launch(server, environment, log_directory=tmp_path) as running:
        assert running.healthy()
    assert_gone(running)


def test_server_that_needs_another_python_is_not_started(tmp_path):
    server = server_that(python="3.1")
    environment = replace(our_environment(), versions={"python": "3.11.7"})
    with (
        pytest.raises(LaunchError, match=r"stand-in needs Python 3\.1, but the environment has 3\.11\.7"),
        launch(server, environment, log_directory=tmp_path),
    ):
        pass


def test_settings_of_the_caller_override_the_servers_which_override_the_targets(tmp_path):
    server = server_that("print(os.environ['WSCONFORM_SETTINGS'], flush=True)", settings={"A": "server", "B": "server"})
    environment = our_environment(A="target", B="target", C="target")
    with launch(server, environment, log_directory=tmp_path, settings={"A": "caller"}) as running:
        assert json.loads(running.log_text().splitlines()[0]) == {"A": "caller", "B": "server", "C": "target"}


def test_settings_reach_django_and_a_broken_site_fails_at_once(tmp_path):
    """If the application cannot be loaded, `ready_within` is not waited for."""
    server = find_server("wsgiref")
    environment = our_environment(ROOT_URLCONF="no_such_module")
    with (
        pytest.raises(NeverReadyError, match=r"(?s)answers 500 to GET /health.*'no_such_module'"),
        launch(server, environment, log_directory=tmp_path, ready_within=3600),
    ):
        pass


def test_server_gets_its_own_environment_variables_and_few_of_ours(tmp_path, monkeypatch):
    for name in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONSTARTUP", "DJANGO_SETTINGS_MODULE", "OURS"):
        monkeypatch.setenv(name, "/ours")
    server = server_that("import json; print(json.dumps(dict(os.environ)), flush=True)", environment={"THEIRS": "1"})
    with launch(server, our_environment(DEBUG=True), log_directory=tmp_path) as running:
        found = json.loads(running.log_text().splitlines()[0])
    assert found.pop("WSCONFORM_INSTANCE")
    assert not Path(found.pop("WSCONFORM_SCRATCH")).exists(), "it is removed with the server"
    assert found.pop("PATH").split(os.pathsep)[0] == str(Path(sys.executable).parent)
    allowed = {"HOME", "TMPDIR", "TZ", "LC_CTYPE", "__CF_USER_TEXT_ENCODING"}
    assert {name: value for name, value in found.items() if name not in allowed} == {
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(SITE),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": "wsconform_site.settings",
        "WSCONFORM_SETTINGS": '{"DEBUG": true}',
        "THEIRS": "1",
    }


def test_error_of_a_server_that_exits_at_start_has_its_log(tmp_path):
    server = server_that("print('no such worker'); sys.exit(3)")
    with (
        pytest.raises(ExitedAtStartError, match=r"(?s)stand-in exited at start with status 3.*no such worker"),
        launch(server, our_environment(), log_directory=tmp_path),
    ):
        pass


def test_error_of_a_server_that_crashes_at_start_names_the_signal(tmp_path):
    server = server_that("os.kill(os.getpid(), signal.SIGSEGV)")
    with (
        pytest.raises(ExitedAtStartError, match="exited at start with signal SIGSEGV"),
        launch(server, our_environment(), log_directory=tmp_path),
    ):
        pass


def test_missing_program_is_an_error(tmp_path):
    server = Server("missing", "a test server", argv=("no-such-program",))
    with (
        pytest.raises(ExitedAtStartError, match=r"(?s)missing could not be started.*no-such-program"),
        launch(server, our_environment(), log_directory=tmp_path),
    ):
        pass


def test_server_that_never_answers_is_an_error_and_is_stopped(tmp_path):
    server = server_that("print(os.getpid(), flush=True); signal.pause()")
    with (
        pytest.raises(NeverReadyError, match=r"did not answer GET /health in 0\.5 s"),
        launch(server, our_environment(), log_directory=tmp_path, ready_within=0.5),
    ):
        pass
    [log] = tmp_path.iterdir()
    assert not any(members(int(pid)) for pid in log.read_text().split())


def test_server_that_ignores_sigterm_is_killed(tmp_path):
    server = server_that("signal.signal(signal.SIGTERM, signal.SIG_IGN)", stop_within=0.05)
    with launch(server, our_environment(), log_directory=tmp_path) as running:
        assert running.healthy()
    assert running.ending() == "signal SIGKILL"
    assert_gone(running)


def test_ctrl_c_does_not_wait_for_a_server_that_ignores_sigterm(tmp_path):
    server = server_that("signal.signal(signal.SIGTERM, signal.SIG_IGN)", stop_within=3600.0)
    with (
        pytest.raises(KeyboardInterrupt),
        launch(server, our_environment(), log_directory=tmp_path) as running,
    ):
        raise KeyboardInterrupt
    assert_gone(running)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_server_ends_with_the_block_however_that_ends(tmp_path, error):
    with (
        pytest.raises(error),
        launch(server_that(), our_environment(), log_directory=tmp_path) as running,
    ):
        raise error
    assert_gone(running)


def test_another_port_is_tried_when_one_is_in_use(tmp_path):
    first = f"""
        tried = pathlib.Path({str(tmp_path / "tried")!r})
        if not tried.exists():
            tried.touch()
            sys.exit("OSError: [Errno 98] Address already in use")
    """
    with launch(server_that(first), our_environment(), log_directory=tmp_path / "logs") as running:
        assert running.healthy()
    assert len(list((tmp_path / "logs").iterdir())) == 2


def test_answer_of_another_process_on_the_port_is_recognised(tmp_path):
    first = f"""
        tried = pathlib.Path({str(tmp_path / "tried")!r})
        INSTANCE = INSTANCE if tried.exists() else "another process"
        tried.touch()
    """
    with launch(server_that(first), our_environment(), log_directory=tmp_path / "logs") as running:
        assert running.healthy()
    assert len(list((tmp_path / "logs").iterdir())) == 2


def test_error_after_too_many_ports_in_use(tmp_path):
    server = server_that("sys.exit('Connection in use')")
    with (
        pytest.raises(LaunchError, match="other processes took 5 ports"),
        launch(server, our_environment(), log_directory=tmp_path),
    ):
        pass


def test_each_launch_has_its_own_log(tmp_path):
    for _ in range(2):
        with launch(server_that("print('one start')"), our_environment(), log_directory=tmp_path) as running:
            pass
        assert running.log_text().count("one start") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"stand-in.1.log", "stand-in.2.log"}


def test_concurrent_launches_have_different_ports(tmp_path):
    together = threading.Barrier(6)
    ports = []

    def run():
        with launch(server_that(), our_environment(), log_directory=tmp_path) as running:
            together.wait()
            ports.append(running.port)
            together.wait()

    threads = [threading.Thread(target=run) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ports)) == together.parties


@ON_LINUX
@each(PLAIN)
def test_killed_suite_leaves_no_server(name, tmp_path):
    """The supervisor notices that the suite was killed, ends the server, and its port is free."""
    program = (
        "import sys; from pathlib import Path\n"
        "from wsconform.servers import find_server\n"
        "from wsconform.launching.launch import launch\n"
        "from conformance.tests.support.hosts import environment_of\n"
        f"server = find_server({name!r})\n"
        f"with launch(server, environment_of(server), log_directory=Path({str(tmp_path)!r})) as running:\n"
        "    print(running.pid, running.supervisor.pid, running.port, *running.processes(), flush=True)\n"
        "    sys.stdin.read()\n"
    )
    environment_of(find_server(name))  # so that the program prints only its line
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as suite:
        pid, supervisor_pid, port, *family = map(int, suite.stdout.readline().split())
        supervisor = os.pidfd_open(supervisor_pid)
        suite.kill()
    select.select([supervisor], [], [])
    os.close(supervisor)
    assert pid in family
    assert not members(pid)
    assert not [process for process in family if Path("/proc", str(process)).exists()]
    socket.create_server(("127.0.0.1", port)).close()
