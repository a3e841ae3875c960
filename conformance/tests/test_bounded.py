"""Sockets whose waits end, and that take in no more than they may."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from wsconform.bounded import TooMuchError, connect

Serve = Callable[[socket.socket], None]


@contextmanager
def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve one connection; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            sock, _ = listener.accept()
            with suppress(OSError), tls.wrap_socket(sock, server_side=True) if tls else sock as peer:
                serve(peer)

        thread = threading.Thread(target=run)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def drip(peer: socket.socket) -> None:
    """Send an octet now and then, until the other side has gone."""
    peer.settimeout(0.02)
    while True:
        peer.sendall(b"x")
        with suppress(TimeoutError):
            if not peer.recv(1):
                return


def flood(peer: socket.socket) -> None:
    while True:
        peer.sendall(bytes(65536))


def receive_all(sock: socket.socket) -> None:
    """Receive without any limit of one's own."""
    while sock.recv(1 << 40):
        pass


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    path = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return context, path


@pytest.mark.parametrize("secure", [False, True])
def test_a_deadline_holds_however_often_something_comes(secure: bool, trusted: tuple[ssl.SSLContext, Path]) -> None:
    tls, authority = trusted if secure else (None, None)
    with listening(drip, tls) as port, connect("127.0.0.1", port, authority, within=1.0, room=1 << 20) as sock:
        sock.allow(0.3, 1 << 20)
        with pytest.raises(TimeoutError):
            receive_all(sock)


@pytest.mark.parametrize("secure", [False, True])
def test_no_more_is_taken_in_than_there_is_room_for(secure: bool, trusted: tuple[ssl.SSLContext, Path]) -> None:
    tls, authority = trusted if secure else (None, None)
    with (
        listening(flood, tls) as port,
        connect("127.0.0.1", port, authority, within=30.0, room=100_000) as sock,
        pytest.raises(TooMuchError),
    ):
        receive_all(sock)


def test_what_is_peeked_at_takes_no_room() -> None:
    with (
        listening(lambda peer: peer.sendall(b"12345678")) as port,
        connect("127.0.0.1", port, None, within=30.0, room=8) as sock,
    ):
        assert sock.recv(1, socket.MSG_PEEK) == b"1"
        assert sock.recv(8, socket.MSG_WAITALL) == b"12345678"


@pytest.mark.parametrize("secure", [False, True])
def test_http_reads_a_body_within_the_bounds(secure: bool, trusted: tuple[ssl.SSLContext, Path]) -> None:
    def serve(peer: socket.socket) -> None:
        peer.recv(1 << 16)
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\nbody")
        if not secure:
            flood(peer)

    tls, authority = trusted if secure else (None, None)
    with listening(serve, tls) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.sock = connect("127.0.0.1", port, authority, within=30.0, room=100_000)
        connection.request("GET", "/")
        response = connection.getresponse()
        if secure:
            assert response.read() == b"body"
        else:
            with pytest.raises(TooMuchError):
                response.read()
        response.close()
        connection.close()


def test_tls_that_is_refused_leaves_no_socket_open(trusted: tuple[ssl.SSLContext, Path]) -> None:
    _, authority = trusted
    with listening(lambda peer: peer.sendall(b"no TLS at all")) as port, pytest.raises(ssl.SSLError):
        connect("127.0.0.1", port, authority, within=30.0, room=1)
