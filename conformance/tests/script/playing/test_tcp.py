"""A TCP connection as octets: how it ended is told apart, and no wait is longer than its deadline."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from wsconform.script import steps
from wsconform.script.events import Silence, UpgradeSeen
from wsconform.script.http import Http
from wsconform.script.playing.channel import Channel
from wsconform.script.playing.tcp import Line
from wsconform.trust import Trust
from wsconform.wire.address import Address


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def ends(listener: socket.socket) -> Iterator[tuple[Line, socket.socket]]:
    line = Line(*listener.getsockname(), None, within=5.0)
    peer, _ = listener.accept()
    with peer:
        yield line, peer
    line.close()


def soon() -> float:
    return time.monotonic() + 5.0


def reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


Ends = tuple[Line, socket.socket]


def test_bytes_both_ways(ends: Ends) -> None:
    line, peer = ends
    assert line.send(b"there", 5.0)
    assert peer.recv(9) == b"there"
    peer.sendall(b"back")
    line.peek(soon())
    assert line.receive(soon()) == b"back"
    assert line.port == peer.getpeername()[1]
    assert (line.end, line.notified) == (None, None)


def test_time_is_up(ends: Ends) -> None:
    line, _ = ends
    assert line.receive(time.monotonic() + 0.01) is None
    assert line.receive(time.monotonic() - 1) is None  # a deadline that has passed is one all the same
    line.peek(time.monotonic())
    assert line.end is None


def test_fin_comes_behind_the_bytes_and_stays(ends: Ends) -> None:
    line, peer = ends
    peer.sendall(b"last")
    peer.close()
    assert [line.receive(soon()) for _ in range(3)] == [b"last", b"", b""]
    assert line.end is steps.End.FIN


def test_rst(ends: Ends) -> None:
    line, peer = ends
    reset(peer)
    assert line.receive(soon()) == b""
    assert line.end is steps.End.RST


def test_rst_that_is_noticed_while_sending_is_not_taken_for_fin(ends: Ends) -> None:
    line, peer = ends
    reset(peer)
    while line.send(b"x", 5.0):
        pass
    assert line.receive(soon()) == b""
    assert line.end is steps.End.RST


def test_a_peer_that_takes_nothing_does_not_hold_us(ends: Ends) -> None:
    line, _ = ends
    assert not line.send(bytes(1 << 25), 0.05)


def test_after_our_fin_we_still_receive(ends: Ends) -> None:
    line, peer = ends
    line.finish()
    assert peer.recv(1) == b""
    peer.sendall(b"still")
    assert line.receive(soon()) == b"still"


def test_our_rst(ends: Ends) -> None:
    line, peer = ends
    line.reset()
    with pytest.raises(ConnectionResetError):
        peer.recv(1)


def test_refused_connection_raises(listener: socket.socket) -> None:
    address = listener.getsockname()
    listener.close()
    with pytest.raises(ConnectionRefusedError):
        Line(*address, None, within=5.0)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    return tmp_path / "authority.pem"


@pytest.fixture
def trust(authority: Path) -> ssl.SSLContext | None:
    return Trust(authority).context()


def test_unanswered_tls_handshake_times_out(listener: socket.socket, trust: ssl.SSLContext) -> None:
    with pytest.raises(TimeoutError, match="TLS handshake"):
        Line(*listener.getsockname(), trust, within=0.05)


def test_a_server_that_speaks_no_tls_is_refused(listener: socket.socket, trust: ssl.SSLContext) -> None:
    def serve() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(1024)
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with pytest.raises(ssl.SSLError):
            Line(*listener.getsockname(), trust, within=5.0)
    finally:
        thread.join()


def test_peer_that_takes_nothing_is_waited_for_once(ends: Ends) -> None:
    """Otherwise a peer that pings and does not read would be waited for as many times as it has pinged."""
    line, _ = ends
    assert not line.send(bytes(1 << 26), 0.05)
    assert not line.send(b"more", 3600.0)


def test_channel_gives_up_on_a_peer_that_never_stops_sending(ends: Ends) -> None:
    """There is always something to receive, and never a whole message."""
    line, peer = ends
    stop = threading.Event()

    def flood() -> None:
        with suppress(OSError):
            peer.sendall(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x01\x00")
            while not stop.is_set():
                peer.sendall(b"\x00\x00" * 1000)

    flooding = threading.Thread(target=flood)
    flooding.start()
    channel = Channel(line, Http(Address.parse("ws://x/")), lambda *_: None)
    channel.request(steps.Request("/"))
    assert isinstance(channel.next(soon()), UpgradeSeen)
    assert isinstance(channel.next(time.monotonic() + 0.1), Silence)
    assert channel.rest(time.monotonic() + 0.1).how is steps.End.NEVER
    stop.set()
    line.reset()
    flooding.join()
