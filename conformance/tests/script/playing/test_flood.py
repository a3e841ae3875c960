"""A thread that repeats the same bytes: it sends whole rounds, and ends when it is told to."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme

from wsconform.script.playing.flood import SendingThread
from wsconform.script.playing.tcp import Line
from wsconform.trust import Trust


@pytest.fixture
def ends() -> Iterator[tuple[Line, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = Line(*listener.getsockname(), None, within=5.0, receive_buffer=2048)
        peer, _ = listener.accept()
    with peer:
        peer.settimeout(5.0)
        yield line, peer
    line.close()


Ends = tuple[Line, socket.socket]


def received(peer: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += peer.recv(size - len(data))
    return data


def test_all_rounds_arrive_and_then_the_last(ends: Ends) -> None:
    line, peer = ends
    flood = SendingThread(line, b"abc", 100_000, b"end")
    assert received(peer, 300_003) == b"abc" * 100_000 + b"end"
    flood.stop()


def test_a_round_may_be_longer_than_what_is_sent_at_once(ends: Ends) -> None:
    line, peer = ends
    flood = SendingThread(line, bytes(200_000), 2)
    assert received(peer, 400_000) == bytes(400_000)
    flood.stop()


def test_what_others_send_comes_between_whole_parts(ends: Ends) -> None:
    line, peer = ends
    flood = SendingThread(line, b"abc", 500_000)
    assert line.send(b"-", 5.0)
    data = received(peer, 1_500_001)
    flood.stop()
    assert data.replace(b"-", b"") == b"abc" * 500_000
    assert data.index(b"-") % 3 == 0


def test_a_peer_that_takes_nothing_does_not_keep_it_from_stopping(ends: Ends) -> None:
    line, _ = ends
    flood = SendingThread(line, bytes(1 << 20), 1000)
    while line.send(b"-", 0.1):  # until the buffers are full
        pass
    flood.stop()
    assert line.sending.acquire(timeout=0.1)


def test_it_ends_when_the_peer_has_gone(ends: Ends) -> None:
    line, peer = ends
    flood = SendingThread(line, bytes(1 << 20), 1000, drain=True)
    peer.close()
    assert line.sending.acquire(timeout=5.0)
    line.sending.release()
    flood.stop()


def test_what_comes_is_forgotten(ends: Ends) -> None:
    """More than both buffers hold, so the peer could not send it otherwise."""
    line, peer = ends
    flood = SendingThread(line, b"x", 1, drain=True)
    peer.settimeout(20.0)
    peer.sendall(bytes(8 << 20))
    flood.stop()


def test_what_comes_is_left_alone_otherwise(ends: Ends) -> None:
    line, peer = ends
    flood = SendingThread(line, b"x", 1)
    peer.sendall(b"to be read")
    assert line.receive(time.monotonic() + 5.0) == b"to be read"
    flood.stop()


def test_it_speaks_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        accepted = pool.submit(lambda: context.wrap_socket(listener.accept()[0], server_side=True))
        trust = Trust(tmp_path / "authority.pem").context()
        line = Line(*listener.getsockname(), trust, within=5.0)
        with accepted.result(5.0) as peer:
            flood = SendingThread(line, b"abc", 50_000, b"end")
            assert received(peer, 150_003) == b"abc" * 50_000 + b"end"
            flood.stop()
        line.close()
