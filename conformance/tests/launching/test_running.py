"""A running server is measured, checked and stopped, and its log is read in parts."""

import os
import signal
import socket
import ssl
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from conformance.tests.processes.test_supervisor import DAEMON, needs_procfs
from conformance.tests.support.hosts import each, environment_of
from conformance.tests.support.processes import assert_gone
from conformance.tests.support.stand_ins import our_environment, server_that
from wsconform.errors import ExitedAtStartError, LaunchError
from wsconform.launching.certificates import find_certificate
from wsconform.launching.launch import launch
from wsconform.launching.running import Running, ask_health
from wsconform.servers import find_server

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")


@each([find_server("werkzeug+tls")])
def test_server_over_tls_is_trusted_only_by_its_own_authority(name, tmp_path, monkeypatch):
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


def test_server_without_tls_has_no_authority(tmp_path):
    with launch(server_that(), our_environment(), log_directory=tmp_path) as running:
        assert running.authority is None
        assert running.origin == f"http://127.0.0.1:{running.port}"
        assert running.url_of("/raises") == f"ws://127.0.0.1:{running.port}/raises"


@ON_LINUX
def test_use_of_a_server_is_measured_while_it_runs(tmp_path):
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
def test_threads_of_all_processes_are_counted(tmp_path):
    """The server has six threads, its child has one."""
    first = """
        import threading
        for _ in range(5):
            threading.Thread(target=threading.Event().wait, daemon=True).start()
        subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])
    """
    with launch(server_that(first), our_environment(), log_directory=tmp_path) as running:
        health = 1  # the thread of the health probe may not have ended yet
        assert running.threads() - 7 in range(health + 1)


@ON_LINUX
def test_open_connection_is_held_until_the_server_ends(tmp_path):
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


def test_sigterm_is_sent_only_to_the_main_process(tmp_path):
    # The server gives its child time to report: it ends the child with a signal that is handled after SIGTERM.
    child = (
        "import os, signal, sys; signal.signal(signal.SIGTERM, lambda *_: print('ended', file=sys.stderr, flush=True));"
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
    assert "ended" not in running.log_text()


def test_waiting_for_a_server_that_does_not_end_times_out(tmp_path):
    deaf = server_that("signal.signal(signal.SIGTERM, signal.SIG_IGN)", stop_within=0.05)
    with launch(deaf, our_environment(), log_directory=tmp_path) as running:
        running.terminate()
        assert not running.wait_ended(0.05)
        assert running.healthy()


def test_crash_of_a_running_server_is_noticed(tmp_path):
    with launch(server_that(), our_environment(), log_directory=tmp_path) as running:
        os.kill(running.pid, signal.SIGKILL)
        running.supervisor.wait()
        assert not running.alive()
        assert not running.healthy()
        assert running.ending() == "signal SIGKILL"
    assert_gone(running)


def test_hanging_server_is_alive_and_not_healthy(tmp_path):
    with launch(server_that(), our_environment(), log_directory=tmp_path) as running:
        os.kill(running.pid, signal.SIGSTOP)
        assert running.alive()
        assert not running.healthy(within=0.1)
        os.kill(running.pid, signal.SIGCONT)
    assert_gone(running)


def test_server_ends_although_its_supervisor_was_killed(tmp_path):
    with launch(server_that(), our_environment(), log_directory=tmp_path) as running:
        client = socket.create_connection((running.host, running.port))
        client.sendall(b"GET /health HTTP/1.1\r\nHost: local")
        running.supervisor.kill()
        running.supervisor.wait()
    with client:
        assert await_end(client)


@needs_procfs
@pytest.mark.parametrize("end", [lambda running: None, lambda running: os.kill(running.pid, signal.SIGKILL)])
def test_daemon_of_a_server_is_killed_and_named(tmp_path, end):
    left = []
    with launch(
        server_that(f"exec({DAEMON!r})"), our_environment(), log_directory=tmp_path, left_behind=left.append
    ) as running:
        end(running)
    (name,) = running.left_behind
    assert left == [f"stand-in left processes behind, which were killed: {name}"]
    assert not Path("/proc", name.split()[0]).exists()
    assert f"wsconform killed a process that was left behind: {name}" in running.log_text()


@needs_procfs
def test_daemon_of_a_server_that_does_not_start_is_killed_and_named(tmp_path):
    left = []
    broken = server_that(f"exec({DAEMON!r}); sys.exit(3)")
    with (
        pytest.raises(ExitedAtStartError),
        launch(broken, our_environment(), log_directory=tmp_path, left_behind=left.append),
    ):
        pass
    assert len(left) == 1


def test_log_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(LaunchError, match=r"cannot create a log in .*file/logs: Not a directory"),
        launch(server_that(), our_environment(), log_directory=tmp_path / "file" / "logs"),
    ):
        pass


def await_end(client):
    """Wait until the peer has ended a connection."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


# The log

MEBIBYTE = 1 << 20


@pytest.fixture
def running(tmp_path: Path) -> Running:
    log = tmp_path / "log"
    log.touch()
    return Running("127.0.0.1", 1, 1, log, None, "", 1.0, False, None, None)


def test_log_can_be_read_from_any_offset(running: Running) -> None:
    running.log_path.write_text("one\ntwo\n")
    assert running.log_size() == 8
    assert running.log_text() == running.log_end() == "one\ntwo\n"
    assert running.log_text(4) == "two\n"
    assert running.log_text(8) == ""


def test_beginning_or_end_of_a_huge_log_is_read(running: Running) -> None:
    with running.log_path.open("wb") as log:
        log.write(b"first")
        log.seek(5000 * MEBIBYTE)  # a sparse file takes no room on the disk
        log.write(b"last")
    assert running.log_size() == 5000 * MEBIBYTE + 4
    assert len(running.log_text()) == len(running.log_end()) == MEBIBYTE
    assert running.log_text().startswith("first")
    assert running.log_end().endswith("last")
