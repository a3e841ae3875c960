"""How the client of family A reads the head of a response, which websocket-client would read byte by byte."""

from __future__ import annotations

import socket

import pytest
import websocket
import websocket._http

from wsconform.bounded import BoundedSocket, TooMuchError
from wsconform.contract.playing import client  # noqa: F401 (it replaces how a line is read)

read_line = websocket._http.recv_line


def pair() -> tuple[socket.socket, BoundedSocket]:
    """A socket to send on, and the bounded one at its other end."""
    peer, ours = socket.socketpair()
    return peer, BoundedSocket(ours.family, ours.type, fileno=ours.detach()).allow(30.0, 100)


def test_a_line_ends_at_its_newline_and_the_rest_stays() -> None:
    peer, sock = pair()
    with peer, sock:
        peer.sendall(b"HTTP/1.1 101 OK\r\n\r\n\x81\x01\n")
        assert read_line(sock) == b"HTTP/1.1 101 OK\r\n"
        assert read_line(sock) == b"\r\n"
        assert sock.recv(10) == b"\x81\x01\n"


def test_octets_above_ascii_are_latin_1() -> None:
    peer, sock = pair()
    with peer, sock:
        peer.sendall(b"X: \xe9\r\n")
        assert read_line(sock) == "X: é\r\n".encode()


def test_a_line_without_an_end_is_bounded() -> None:
    peer, sock = pair()
    with peer, sock:
        peer.sendall(b"x" * 101)
        with pytest.raises(TooMuchError):
            read_line(sock)


def test_the_end_of_the_connection_is_what_websocket_client_says_it_is() -> None:
    peer, sock = pair()
    with sock:
        with peer:
            peer.sendall(b"HTTP/1.1 101")
        with pytest.raises(websocket.WebSocketConnectionClosedException):
            read_line(sock)
