"""A server is up when it answers, gone when it is stopped, and no way of ending us leaves it behind."""

import json
import os
import select
import signal
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
from conformance.tests.support.stand_ins import our_environment, server_that
from wsconform.environments.cache import make_environment
from wsconform.errors import ExitedAtStartError, LaunchError, NeverReadyError
from wsconform.launching.certificates import find_certificate
from wsconform.launching.launch import SITE, launch
from wsconform.launching.procfs import members
from wsconform.launching.running import ask_health
from wsconform.servers import SERVERS, Server, find_server, find_servers
from wsconform.targets import find_target

ROOT = Path(__file__).resolve().parents[3]
SUPPORTED = find_servers(["supported"])
PLAIN = [server for server in SUPPORTED if server.scheme == "ws"]
UNSUPPORTED = [server for server in SERVERS.values() if server.unsupported]
# What is said of a connection that is open.
HELD = {True} if sys.platform == "linux" else {None}
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc and pidfd_open, which Linux has")

REQUEST = (
    "GET /echo HTTP/1.1\r\nHost: {0.host}:{0.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

# A text frame "Hello" and a Close frame with 1000, masked with zeros; and what an echo answers, without masks.
HELLO, ECHOED = b"\x81\x85\0\0\0\0Hello", b"\x81\x05Hello"
GOODBYE = b"\x88\x02\x03\xe9"
CLOSE, CLOSED = b"\x88\x82\0\0\0\0\x03\xe8", b"\x88\x02\x03\xe8"


class Client:
    """A connection with an opening handshake, and just enough of the protocol to see that it is served."""

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


def assert_gone(running):
    """No process of its group is left, and its port can be bound."""
    assert not running.alive()
    assert not members(running.pid)
    socket.create_server((running.host, running.port)).close()


@each(SUPPORTED)
def test_every_server_serves_the_site_echoes_and_stops(name, tmp_path):
    """It holds a connection while that is open, also where a router has it, and not the process that was started."""
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
def test_a_server_without_websockets_serves_the_site_and_refuses_the_handshake(name, tmp_path):
    server = find_server(name)
    with launch(server, environment_of(server), log_directory=tmp_path) as running:
        with Client(running) as client:
            assert int(client.head.split()[1]) >= 400
        assert running.healthy()
    assert_gone(running)
    assert "Traceback" not in running.log_text()


@each(PLAIN)
def test_every_server_holds_as_many_connections_as_it_says_and_sigterm_ends_them(name, tmp_path):
    """All are open at once and each is served, a probe still gets through, and who says goodbye says it to all."""
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
            assert {client.read() for client in opened} == {GOODBYE}


def test_a_server_is_served_from_an_environment_of_its_own(tmp_path):
    """From the description of a target and a server to an answer, with all that is between them."""
    stub = find_target(f"path:{stand_ins.write_project(tmp_path / 'stub')}")
    server = find_server("runserver")
    environment = make_environment(stub, [server], report=print)
    with launch(server, environment, log_directory=tmp_path) as running:
        assert running.healthy()
    assert_gone(running)


@each([find_server("werkzeug+tls")])
def test_a_server_over_tls_is_trusted_by_its_own_authority_only(name, tmp_path, monkeypatch):
    server = find_server(name)
    with launch(server, environment_of(server), log_directory=tmp_path) as running:
        assert running.origin == f"https://127.0.0.1:{running.port}"
        assert ask_health(running.host, running.port, 2.0, running.authority) == (200, running.instance)
        assert ask_health(running.host, running.port, 2.0) is None
        monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path))
        assert ask_health(running.host, running.port, 2.0, find_certificate().authority) is None
        with (
            pytest.raises(ssl.SSLCertVerificationError),
            socket.create_connection((running.host, running.port)) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname="127.0.0.1"),
        ):
            pass


def test_a_server_without_tls_has_no_authority(tmp_path):
    with launch(server_that(), our_environment(), log_directory=tmp_path) as running:
        assert running.authority is None
        assert running.origin == f"http://127.0.0.1:{running.port}"
        assert running.url_of("/raises") == f"ws://127.0.0.1:{running.port}/raises"


def test_a_server_that_needs_another_python_is_not_started(tmp_path):
    server = server_that(python="3.1")
    environment = replace(our_environment(), versions={"python": "3.11.7"})
    with (
        pytest.raises(LaunchError, match=r"stand-in needs Python 3\.1, the environment has 3\.11\.7"),
        launch(server, environment, log_directory=tmp_path),
    ):
        pass


def test_settings_of_the_caller_are_over_the_servers_and_those_over_the_targets(tmp_path):
    server = server_that("print(os.environ['WSCONFORM_SETTINGS'], flush=True)", settings={"A": "server", "B": "server"})
    environment = our_environment(A="target", B="target", C="target")
    with launch(server, environment, log_directory=tmp_path, settings={"A": "caller"}) as running:
        assert json.loads(running.log_text().splitlines()[0]) == {"A": "caller", "B": "server", "C": "target"}


def test_settings_reach_django_and_a_broken_site_is_told_at_once(tmp_path):
    """Nobody waits for `ready_within` when the application cannot be loaded."""
    server = find_server("wsgiref")
    environment = our_environment(ROOT_URLCONF="no_such_module")
    with (
        pytest.raises(NeverReadyError, match=r"(?s)answers 500 to GET /health.*'no_such_module'"),
        launch(server, environment, log_directory=tmp_path, ready_within=3600),
    ):
        pass


def test_a_server_finds_its_own_variables_and_none_of_ours(tmp_path, monkeypatch):
    for name in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONSTARTUP", "DJANGO_SETTINGS_MODULE", "OURS"):
        monkeypatch.setenv(name, "/ours")
    server = server_that("import json; print(json.dumps(dict(os.environ)), flush=True)", environment={"THEIRS": "1"})
    with launch(server, our_environment(DEBUG=True), log_directory=tmp_path) as running:
        found = json.loads(running.log_text().splitlines()[0])
    assert found.pop("WSCONFORM_INSTANCE")
    assert not Path(found.pop("WSCONFORM_SCRATCH")).exists(), "it is gone with the server"
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


@ON_LINUX
def test_what_a_server_uses_is_known_while_it_lives(tmp_path):
    child = "subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])"
    with launch(server_that(child), our_environment(), log_directory=tmp_path) as running:
        assert running.cpu_seconds() > 0
        assert len(running.processes()) == 2
        assert running.pid in running.processes()
        with ExitStack() as clients:
            for _ in range(20):
                client = clients.enter_context(socket.create_connection((running.host, running.port)))
                client.sendall(b"GET /health HTTP/1.1\r\n\r\n")
                assert client.recv(1)
            assert running.descriptors() > 20
    assert running.cpu_seconds() == 0
    assert running.descriptors() == 0
    assert running.processes() == ()
    assert running.threads() == 0


@ON_LINUX
def test_threads_are_counted_in_all_its_processes(tmp_path):
    """The server has its main thread and five more, its child has one."""
    first = """
        import threading
        for _ in range(5):
            threading.Thread(target=threading.Event().wait, daemon=True).start()
        subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])
    """
    with launch(server_that(first), our_environment(), log_directory=tmp_path) as running:
        health = 1  # the probe's own thread may not have ended yet
        assert running.threads() - 7 in range(health + 1)


@ON_LINUX
def test_a_connection_is_held_by_a_server_that_never_closes_it_until_that_ends(tmp_path):
    with (
        launch(server_that(), our_environment(), log_directory=tmp_path) as running,
        socket.create_connection((running.host, running.port)) as client,
    ):
        client.sendall(b"GET /health HTTP/1.1\r\n\r\n")
        assert client.recv(1)
        port = client.getsockname()[1]
        assert running.holds(port) is True
        assert running.holds(running.port) is False
        running.stop()
        assert running.holds(port) is False


def test_sigterm_goes_to_the_server_itself_and_to_no_child_of_it(tmp_path):
    # The server gives its child time to tell: it asks it to end by a signal that is handled after SIGTERM.
    child = (
        "import os, signal, sys; signal.signal(signal.SIGTERM, lambda *_: print('told', file=sys.stderr, flush=True));"
        "signal.signal(signal.SIGCONT, lambda *_: os._exit(0)); print('ready', flush=True);"
        "[signal.pause() for _ in range(9)]"
    )
    first = f"""
        child = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE)
        child.stdout.readline()
        def end(*_):
            child.send_signal(signal.SIGCONT)
            child.wait()
            os._exit(7)
        signal.signal(signal.SIGTERM, end)
    """
    with launch(server_that(first), our_environment(), log_directory=tmp_path) as running:
        running.terminate()
        assert running.wait_ended(60)
        assert running.ending() == "status 7"
        assert_gone(running)
        running.terminate()
        assert running.wait_ended(0)
    assert running.wait_ended(0)
    assert "told" not in running.log_text()


def test_a_server_that_does_not_end_in_time_has_not_ended(tmp_path):
    deaf = server_that("signal.signal(signal.SIGTERM, signal.SIG_IGN)", stop_within=0.05)
    with launch(deaf, our_environment(), log_directory=tmp_path) as running:
        running.terminate()
        assert not running.wait_ended(0.05)
        assert running.healthy()


def test_a_server_that_ends_at_start_is_told_with_its_log(tmp_path):
    server = server_that("print('no such worker'); sys.exit(3)")
    with (
        pytest.raises(ExitedAtStartError, match=r"(?s)stand-in ended at start with status 3.*no such worker"),
        launch(server, our_environment(), log_directory=tmp_path),
    ):
        pass


def test_a_server_that_crashes_at_start_is_told_with_its_signal(tmp_path):
    server = server_that("os.kill(os.getpid(), signal.SIGSEGV)")
    with (
        pytest.raises(ExitedAtStartError, match="ended at start with signal SIGSEGV"),
        launch(server, our_environment(), log_directory=tmp_path),
    ):
        pass


def test_a_program_that_is_not_there_is_told(tmp_path):
    server = Server("missing", "a test's", argv=("no-such-program",))
    with (
        pytest.raises(ExitedAtStartError, match=r"(?s)missing could not be started.*no-such-program"),
        launch(server, our_environment(), log_directory=tmp_path),
    ):
        pass


def test_a_server_that_never_answers_is_told_and_ended(tmp_path):
    server = server_that("print(os.getpid(), flush=True); signal.pause()")
    with (
        pytest.raises(NeverReadyError, match=r"did not answer GET /health in 0\.5 s"),
        launch(server, our_environment(), log_directory=tmp_path, ready_within=0.5),
    ):
        pass
    [log] = tmp_path.iterdir()
    assert not any(members(int(pid)) for pid in log.read_text().split())


def test_a_server_that_ignores_sigterm_is_killed(tmp_path):
    server = server_that("signal.signal(signal.SIGTERM, signal.SIG_IGN)", stop_within=0.05)
    with launch(server, our_environment(), log_directory=tmp_path) as running:
        assert running.healthy()
    assert running.ending() == "signal SIGKILL"
    assert_gone(running)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_server_ends_with_the_block_however_that_ends(tmp_path, error):
    with (
        pytest.raises(error),
        launch(server_that(), our_environment(), log_directory=tmp_path) as running,
    ):
        raise error
    assert_gone(running)


def test_a_server_that_crashes_later_is_noticed(tmp_path):
    with launch(server_that(), our_environment(), log_directory=tmp_path) as running:
        os.kill(running.pid, signal.SIGKILL)
        running.supervisor.wait()
        assert not running.alive()
        assert not running.healthy()
        assert running.ending() == "signal SIGKILL"
    assert_gone(running)


def test_a_server_that_hangs_is_alive_and_not_healthy(tmp_path):
    with launch(server_that(), our_environment(), log_directory=tmp_path) as running:
        os.kill(running.pid, signal.SIGSTOP)
        assert running.alive()
        assert not running.healthy(within=0.1)
        os.kill(running.pid, signal.SIGCONT)
    assert_gone(running)


def test_a_server_ends_even_when_its_guard_was_killed(tmp_path):
    with launch(server_that(), our_environment(), log_directory=tmp_path) as running:
        client = socket.create_connection((running.host, running.port))
        client.sendall(b"GET /health HTTP/1.1\r\nHost: local")
        running.supervisor.kill()
        running.supervisor.wait()
    with client:
        assert await_end(client)


def test_a_port_that_somebody_else_bound_first_is_given_up_for_another(tmp_path):
    first = f"""
        tried = pathlib.Path({str(tmp_path / "tried")!r})
        if not tried.exists():
            tried.touch()
            sys.exit("OSError: [Errno 98] Address already in use")
    """
    with launch(server_that(first), our_environment(), log_directory=tmp_path / "logs") as running:
        assert running.healthy()
    assert len(list((tmp_path / "logs").iterdir())) == 2


def test_an_answer_of_somebody_else_on_that_port_is_not_taken_for_the_servers(tmp_path):
    first = f"""
        tried = pathlib.Path({str(tmp_path / "tried")!r})
        INSTANCE = INSTANCE if tried.exists() else "somebody else"
        tried.touch()
    """
    with launch(server_that(first), our_environment(), log_directory=tmp_path / "logs") as running:
        assert running.healthy()
    assert len(list((tmp_path / "logs").iterdir())) == 2


def test_giving_up_on_ports_is_an_error_of_the_setup(tmp_path):
    server = server_that("sys.exit('Connection in use')")
    with (
        pytest.raises(LaunchError, match="5 free ports were taken"),
        launch(server, our_environment(), log_directory=tmp_path),
    ):
        pass


def test_each_start_has_a_log_of_its_own(tmp_path):
    for _ in range(2):
        with launch(server_that("print('one start')"), our_environment(), log_directory=tmp_path) as running:
            pass
        assert running.log_text().count("one start") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"stand-in.1.log", "stand-in.2.log"}


def test_many_servers_start_at_once_on_ports_of_their_own(tmp_path):
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
def test_a_killed_suite_leaves_no_server(name, tmp_path):
    """SIGKILL gives us no time to stop anything; the guard notices and does, and the port is free for the next."""
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
    environment_of(find_server(name))  # so that nothing but its line is printed
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as suite:
        pid, guard_pid, port, *family = map(int, suite.stdout.readline().split())
        guard = os.pidfd_open(guard_pid)
        suite.kill()
    select.select([guard], [], [])
    os.close(guard)
    assert pid in family
    assert not members(pid)
    assert not [process for process in family if Path("/proc", str(process)).exists()]
    socket.create_server(("127.0.0.1", port)).close()


def await_end(client):
    """Wait until the peer of a connection is gone."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True
