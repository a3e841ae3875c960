"""A peer is ready when it answers HTTP, and whatever it does instead ends with a message that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.tests.support.peers import ANSWERS, our_environment, peer_that
from conformance.tests.support.processes import assert_gone
from wsconform.errors import ExitedAtStartError, NeverReadyError
from wsconform.launching.peers import launch_peer


def test_peer_is_ready_with_any_answer_and_ends_with_the_block(tmp_path: Path) -> None:
    with launch_peer(peer_that(tmp_path, ANSWERS), our_environment(), log_directory=tmp_path / "logs") as running:
        assert running.alive()
    assert_gone(running)


def test_peer_that_ends_at_start_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    peer = peer_that(tmp_path, "sys.exit('a library is missing')")
    with (
        pytest.raises(ExitedAtStartError, match=r"stand-in exited at start with status 1(.|\n)*a library is missing"),
        launch_peer(peer, our_environment(), log_directory=tmp_path / "logs"),
    ):
        pass


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("port = 0\n" + ANSWERS, id="listens on another port"),
        pytest.param("import signal; signal.pause()", id="hangs"),
        pytest.param(
            """
            import socket
            listener = socket.create_server(("127.0.0.1", port))
            while True:
                connection, _ = listener.accept()
                try:
                    while True:
                        connection.sendall(bytes(1 << 16))
                except OSError:
                    pass
            """,
            id="sends without end",
        ),
    ],
)
def test_peer_that_is_never_ready_is_named_and_stopped(program: str, tmp_path: Path) -> None:
    with (
        pytest.raises(NeverReadyError, match=r"stand-in did not answer HTTP on port \d+ in 0.5 s"),
        launch_peer(peer_that(tmp_path, program), our_environment(), log_directory=tmp_path / "logs", ready_within=0.5),
    ):
        pass


def test_peer_that_prints_without_end_is_stopped_by_the_limit_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsconform.launching.program.LARGEST_FILE", 1 << 20)
    peer = peer_that(tmp_path, "while True: print('x' * 65536)")
    with (
        pytest.raises(ExitedAtStartError, match="stand-in exited at start"),
        launch_peer(peer, our_environment(), log_directory=tmp_path / "logs"),
    ):
        pass
    assert (tmp_path / "logs" / "stand-in.1.log").stat().st_size <= 1 << 20
