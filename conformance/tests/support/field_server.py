"""Echo servers with mistakes that servers in the field were released with, and one without."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from wsconform.crooked.opening import Opening, shake_hands
from wsconform.model import Opcode
from wsconform.wire.frames import Decoder, Received
from wsconform.wire.reader import may_be_sent

__all__ = ["FieldServer", "field_server"]

_CONTROL = Opcode.CLOSE, Opcode.PING, Opcode.PONG
_KNOWN = (*_CONTROL, Opcode.CONTINUATION, Opcode.TEXT, Opcode.BINARY)


@dataclass(frozen=True, slots=True)
class FieldServer:
    """What a server does wrong.

    Attributes:
        ignores: drops illegal frames and goes on, instead of failing the connection.
        stalls: from an illegal frame on, keeps the connection open and answers nothing.
        vanishes: ends TCP at a Close without answering it.
        connections: accepts this many connections and then no more; 0 for any number.
    """

    ignores: bool = False
    stalls: bool = False
    vanishes: bool = False
    connections: int = 0


@contextmanager
def field_server(how: FieldServer) -> Iterator[str]:
    """Serve on a free port; yields the URL."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    port = listener.getsockname()[1]
    accepting = threading.Thread(target=_accept, args=(listener, how), daemon=True)
    accepting.start()
    try:
        yield f"ws://127.0.0.1:{port}/"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()


def _accept(listener: socket.socket, how: FieldServer) -> None:
    accepted = 0
    while not how.connections or accepted < how.connections:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        accepted += 1
        threading.Thread(target=_serve, args=(sock, how), daemon=True).start()
    listener.close()


def _serve(sock: socket.socket, how: FieldServer) -> None:
    with sock, suppress(OSError):
        _answer(sock, how)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(1 << 16):  # so that TCP ends without RST
            pass


def _answer(sock: socket.socket, how: FieldServer) -> None:
    opened = shake_hands(sock, Opening())
    if opened is None:
        return
    decoder, parts, data = Decoder(), _Message(), opened[0]
    stalled = False
    while True:
        for frame in decoder.feed(data):
            legal = _is_legal(frame, parts)
            stalled |= how.stalls and not legal
            if stalled or (how.ignores and not legal):
                continue
            if not _take(sock, frame if legal else None, parts, how):
                return
        data = sock.recv(1 << 16)
        if not data:
            return


@dataclass
class _Message:
    opcode: int = 0
    octets: bytes = b""


def _is_legal(frame: Received, parts: _Message) -> bool:
    if frame.rsv or frame.opcode not in _KNOWN:
        return False
    if frame.opcode in _CONTROL:
        return frame.fin and len(frame.payload) < 126 and (frame.opcode != Opcode.CLOSE or _may_close(frame.payload))
    return (frame.opcode == Opcode.CONTINUATION) is bool(parts.opcode)


def _may_close(body: bytes) -> bool:
    try:
        body[2:].decode()
    except UnicodeDecodeError:
        return False
    return not body or (len(body) > 1 and may_be_sent(int.from_bytes(body[:2], "big")))


def _take(sock: socket.socket, frame: Received | None, parts: _Message, how: FieldServer) -> bool:
    """Answer a frame, None if it was illegal; return whether to go on."""
    if frame is None:
        _send(sock, Opcode.CLOSE, (1002).to_bytes(2, "big"))
        return False
    if frame.opcode == Opcode.CLOSE:
        if not how.vanishes:
            _send(sock, Opcode.CLOSE, frame.payload[:2])
        return False
    if frame.opcode == Opcode.PING:
        _send(sock, Opcode.PONG, frame.payload)
    elif frame.opcode != Opcode.PONG:
        parts.opcode, parts.octets = parts.opcode or frame.opcode, parts.octets + frame.payload
        if frame.fin:
            _send(sock, parts.opcode, parts.octets)
            parts.opcode, parts.octets = 0, b""
    return True


def _send(sock: socket.socket, opcode: int, payload: bytes) -> None:
    size = len(payload)
    long = struct.pack("!BH", 126, size) if size < 1 << 16 else struct.pack("!BQ", 127, size)
    sock.sendall(bytes((0x80 | opcode,)) + (bytes((size,)) if size < 126 else long) + payload)
