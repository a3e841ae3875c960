"""Faults by which one client notices another one."""

from __future__ import annotations

import codecs
import socket
import threading
import time
import zlib
from contextlib import AbstractContextManager, suppress
from typing import NoReturn

from wsconform.crooked.connection import PING, Connection, OverError
from wsconform.crooked.deflate import Codec
from wsconform.crooked.model import must, of_topic, should
from wsconform.wire.frames import Received

__all__ = ["SERVERS"]

OTHERS, CONTENT = "robust-others", "6455-6.1-2"
#: The cases about what others see of a violation.
AFTER_VIOLATIONS = "R.9.5,R.9.6,R.9.7,R.9.8,R.9.9,R.9.10,R.9.11,R.9.12,R.9.13,R.9.14,R.9.15,R.9.16,R.9.17,R.9.18,R.9.19"


class _SharesFragments(Connection):
    """Assembles the fragments of all connections together."""

    @property
    def parts(self) -> list[bytes]:
        return self.shared.parts

    @parts.setter
    def parts(self, parts: list[bytes]) -> None:
        if not parts:
            return

    def forget(self) -> None:
        self.shared.parts.clear()
        self.pending = 0


class _OneAtATime(Connection):
    """Serves others only when no frame of a client is unfinished, and no client lets it wait."""

    def turn(self) -> AbstractContextManager[None]:
        return self.shared.turn(unfinished=bool(self.frames.unfinished))


class _EndsOthers(Connection):
    """A violation ends all other connections."""

    def failed(self) -> None:
        for sock in self.shared.opened:
            with suppress(OSError):
                if sock is not self.sock:
                    sock.shutdown(socket.SHUT_RDWR)


class _ClosesShop(Connection):
    """A violation ends the service for new clients."""

    def failed(self) -> None:
        self.shared.is_closed = True


class _LosesPlaces(Connection):
    """Has a place for each of a hundred clients, and gets it back only after a closing handshake."""

    places = 100

    def begin(self) -> None:
        self.shared.kept[str(id(self))] = self
        self.shared.is_closed = len(self.shared.kept) >= self.places

    def close(self, body: bytes) -> NoReturn:
        self.shared.kept.pop(str(id(self)), None)
        super().close(body)


class _WantsPongs(Connection):
    """Sends a ping every half a second, and gives up a client that sends something else than a pong for a second."""

    every, patience = 0.5, 1.0

    def begin(self) -> None:
        self.pinged = self.alive = time.monotonic()

    def read(self) -> bytes:
        data = super().read()
        now = time.monotonic()
        if now - self.alive > self.patience:
            raise OverError
        if now - self.pinged > self.every:
            self.pinged = now
            self.send(PING, b"alive?")
        return data

    def pong(self, frame: Received) -> None:
        self.alive = time.monotonic()


class _Crosses(Connection):
    """Sends the echo to the connection that was opened last."""

    def write(self, octets: bytes) -> None:
        self.shared.opened[-1].sendall(octets)


class _SharesText(Connection):
    """Checks the text of all connections with one decoder."""

    def new_utf8(self) -> codecs.IncrementalDecoder:
        return self.shared.kept.setdefault("utf8", super().new_utf8())  # type: ignore[return-value]

    def peek(self) -> None:
        """Do not look ahead."""


class _EchoesOthers(Connection):
    """Echoes the newest message of any client."""

    def echo(self, opcode: int, payload: bytes) -> None:
        kept = self.shared.kept
        last = kept.get(str(opcode), payload)
        kept[str(opcode)] = payload
        super().echo(opcode, last if isinstance(last, bytes) and len(last) == len(payload) else payload)


class _LeavesFragments(Connection):
    """Puts the fragments that a connection left behind before the next message of another one."""

    def serve(self, early: bytes) -> None:
        self.parts = list(self.shared.parts)
        try:
            super().serve(early)
        finally:
            self.shared.parts[:] = self.parts if self.opcode is not None else []


class _SharesWindow(Codec):
    """Compresses the messages of all connections with one window."""

    common: list[zlib._Compress] = []  # noqa: RUF012 (this is the fault)
    turn = threading.Lock()

    def compress(self, message: bytes) -> bytes:
        with self.turn:
            self.compressor = self.common[-1] if self.common else None
            payload = super().compress(message)
            self.common[:] = [self.compressor] if self.compressor else []
        return payload


SERVERS = of_topic(
    "isolation",
    (
        must("shares-fragments", "assembles the fragments of all clients together", OTHERS, "R.9.3", _SharesFragments),
        must(
            "one-at-a-time", "serves no other client while a frame is unfinished", OTHERS, "R.9.2,R.9.28", _OneAtATime
        ),
        must("ends-others", "ends all other connections at a violation", OTHERS, AFTER_VIOLATIONS, _EndsOthers),
        must("closes-shop", "serves no new client after a violation", OTHERS, AFTER_VIOLATIONS, _ClosesShop),
        must("loses-places", "has no place for new clients after 100 have vanished", OTHERS, "R.9.30", _LosesPlaces),
        should("wants-pongs", "gives up a client that sends a frame and no pong", "robust-busy", "R.9.31", _WantsPongs),
        must("crosses-echoes", "sends the echo to the client that came last", OTHERS, "R.9.2", _Crosses),
        must("shares-text", "checks the text of all clients with one decoder", OTHERS, "", _SharesText),
        must("echoes-others", "echoes the last message of the same size, of any client", CONTENT, "", _EchoesOthers),
        must(
            "leaves-fragments",
            "puts fragments that a client left behind before the next client's message",
            OTHERS,
            "",
            _LeavesFragments,
        ),
        must("shares-window", "compresses the messages of all clients with one window", OTHERS, "", _SharesWindow),
    ),
)
