"""Servers that do something unusual that the RFCs allow: the suite must not accuse them."""

from __future__ import annotations

import zlib
from typing import Any

from wsconform.crooked.connection import (
    BINARY,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Connection,
)
from wsconform.crooked.deflate import Codec
from wsconform.crooked.faults.closing import AnswersBehind
from wsconform.crooked.faults.negotiation import answering
from wsconform.crooked.model import Crooked, acts, legal, of_topic
from wsconform.crooked.negotiation import NAME, Negotiation
from wsconform.crooked.opening import Opening
from wsconform.model import KiB, MiB
from wsconform.wire.frames import Received

__all__ = ["SERVERS"]

PINGS, PONGS, SPLIT, SEGMENTS, RESPONSE = "6455-5.5.2-4", "6455-5.5.3-3", "6455-6.1-2", "6455-2.1-1", "6455-4.1-26"
CODES, LIMIT, BLOCKS, CLOSING = "6455-7.4.1-1", "6455-10.4-1", "7692-7.2.1-3", "6455-7.4-1"


class _NewestPong(Connection):
    """Answers only the newest of the pings that came together."""

    def ping(self, frame: Received) -> None:
        if frame is [one for one in self.batch if one.opcode == PING][-1]:
            super().ping(frame)


class _PongsFirst(Connection):
    """Answers the pings that came together with messages before it echoes these."""

    def take(self, frames: list[Received]) -> None:
        self.note["held"] = []
        try:
            super().take(frames)
        finally:
            self.flush()

    def flush(self) -> None:
        """Send what is held back."""
        for opcode, payload in self.note.pop("held", ()):
            super().echo(opcode, payload)

    def echo(self, opcode: int, payload: bytes) -> None:
        self.note["held"].append((opcode, payload))

    def answer_close(self, body: bytes) -> None:
        self.flush()
        super().answer_close(body)


class _Fragments(Connection):
    """Echoes in fragments of some bytes, with an empty one at the start and the end if it likes them."""

    size, empty = 100, False

    def send(self, opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> None:
        if opcode not in (TEXT, BINARY):
            super().send(opcode, payload, fin=fin, rsv=rsv)
            return
        step = max(self.size, -(-len(payload) // 64))
        parts = [payload[at : at + step] for at in range(0, len(payload), step)] or [b""]
        parts = [b"", *parts, b""] if self.empty else parts
        for number, part in enumerate(parts):
            if number:
                self.between()
            final = number == len(parts) - 1
            super().send(CONTINUATION if number else opcode, part, fin=final, rsv=0 if number else rsv)

    def between(self) -> None:
        """Do something between two fragments."""


class _AtTheEnd(Connection):
    """Checks text when its message is complete."""

    def check_text(self, octets: bytes, *, final: bool) -> None:
        if final:
            whole = octets if self.compressed else b"".join(self.parts)
            self.utf8 = self.new_utf8()
            super().check_text(whole, final=True)

    def peek(self) -> None:
        """Do not look ahead."""


class _SmallWrites(Connection):
    """Writes few bytes at a time."""

    size = 1

    def write(self, octets: bytes) -> None:
        for at in range(0, min(len(octets), 200), self.size):
            super().write(octets[at : at + self.size])
        super().write(octets[200:])


class _Slow(Connection):
    """Waits before each echo and pong."""

    seconds = 0.05

    def send(self, opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> None:
        if self.messages < 5:
            self.shared.pause(self.seconds)
        super().send(opcode, payload, fin=fin, rsv=rsv)


class _CompressesLong(Connection):
    """Compresses messages of at least 64 bytes."""

    def echo(self, opcode: int, payload: bytes) -> None:
        if len(payload) < 64:
            self.send(opcode, payload)
        else:
            super().echo(opcode, payload)


class _FirstOfferOnly(Negotiation):
    """Accepts the first offer or none."""

    def read(self, fields: list[str]) -> list[object]:  # type: ignore[override]
        return super().read(fields)[:1]  # type: ignore[return-value]


class _FinalBlocks(Codec):
    """Ends each message with a final block and an empty one (RFC 7692 section 7.2.3.4)."""

    def reuses(self) -> bool:
        return False

    def compressed(self, engine: zlib._Compress, message: bytes) -> bytes:
        return engine.compress(message) + engine.flush(zlib.Z_FINISH) + b"\0"


class _ManyBlocks(Codec):
    """Begins a block for every 100 bytes."""

    def compressed(self, engine: zlib._Compress, message: bytes) -> bytes:
        size = max(100, len(message) // 100)
        parts = [message[at : at + size] for at in range(0, len(message), size)]
        return b"".join(super(_ManyBlocks, self).compressed(engine, part) for part in parts)


def _with(**options: Any) -> type[Codec]:
    return acts(Codec, new_compressor=lambda self: zlib.compressobj(wbits=-max(self.agreed.server_bits, 9), **options))


def _smaller(_: object, params: list[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    bits = min(int(dict(params).get("server_max_window_bits") or 15), 9)
    return [*(one for one in params if one[0] != "server_max_window_bits"), ("server_max_window_bits", str(bits))]


def _more(name: str) -> type[Negotiation]:
    """Return a negotiation that answers with a parameter that has no value, offered or not."""
    return answering(lambda _, params: [*(one for one in params if one[0] != name), (name, None)])


def _hint(offer: object, params: list[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    if "client_max_window_bits" not in offer:  # type: ignore[operator]
        return params
    return [*(one for one in params if one[0] != "client_max_window_bits"), ("client_max_window_bits", "9")]


def _writes(written: object) -> type[Negotiation]:
    return acts(Negotiation, write=lambda self, chosen, answers: written(chosen))  # type: ignore[operator]


def _quoted(answer: object) -> str:
    params = (name if value is None else f'{name}="{value}"' for name, value in answer.params)  # type: ignore[attr-defined]
    return "; ".join((NAME, *params))


def _answers(name: str, summary: str, clause: str, body: object) -> Crooked:
    return legal(name, summary, clause, acts(Connection, answer_close=lambda self, came: self.send_close(body(came))))  # type: ignore[operator]


def _limit(size: int) -> type[Connection]:
    return acts(Connection, is_too_large=lambda _, found: found >= size)


def _before_echo(opcode: int, payload: bytes) -> type[Connection]:
    def echo(self: Connection, kind: int, message: bytes) -> None:
        self.send(opcode, payload)
        Connection.echo(self, kind, message)

    return acts(Connection, echo=echo)


def _opening(name: str, summary: str, clause: str, **different: object) -> Crooked:
    return legal(name, summary, clause, Opening(**different))  # type: ignore[arg-type]


_INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\nX: Caf\xe9\r\n\r\n"

SERVERS = of_topic(
    "legal",
    (
        # Frames
        legal("newest-pong", "answers only the newest of several pings", "6455-5.5.3-2", _NewestPong),
        legal("pongs-first", "answers pings before the messages that came with them", "6455-6.2-2", _PongsFirst),
        legal("in-fragments", "echoes in fragments of 100 bytes", SPLIT, _Fragments),
        legal("in-bytes", "echoes in fragments of a byte, or 64 fragments", SPLIT, acts(_Fragments, size=1)),
        legal(
            "empty-fragments",
            "echoes with an empty first and last fragment",
            "6455-5.4-8",
            acts(_Fragments, empty=True),
        ),
        legal(
            "pings-between",
            "sends a ping between the fragments of its echoes",
            "6455-5.4-3",
            acts(_Fragments, between=lambda self: self.send(PING, b"between")),
        ),
        legal(
            "pongs-between",
            "sends a pong between the fragments of its echoes",
            "6455-5.4-3",
            acts(_Fragments, between=lambda self: self.send(PONG, b"")),
        ),
        legal("own-pings", "sends a ping before each echo", PINGS, _before_echo(PING, b"Are you there?")),
        legal("empty-pings", "sends a ping without a payload before each echo", PINGS, _before_echo(PING, b"")),
        legal(
            "pings-at-once",
            "sends a ping with the 101",
            PINGS,
            acts(Connection, begin=lambda self: self.send(PING, b"Hello")),
        ),
        legal("own-pongs", "sends a pong before each echo", PONGS, _before_echo(PONG, b"I am here")),
        legal(
            "pongs-at-once",
            "sends a pong with the 101",
            PONGS,
            acts(Connection, begin=lambda self: self.send(PONG, b"I am here")),
        ),
        legal(
            "empty-pongs-at-once",
            "sends a pong without a payload with the 101",
            PONGS,
            acts(Connection, begin=lambda self: self.send(PONG, b"")),
        ),
        legal(
            "pongs-twice",
            "answers each ping twice",
            PONGS,
            acts(Connection, ping=lambda self, frame: [self.send(PONG, frame.payload) for _ in range(2)]),
        ),
        legal(
            "answers-pongs",
            "answers pongs with pongs",
            PONGS,
            acts(Connection, pong=lambda self, frame: self.send(PONG, frame.payload)),
        ),
        legal("utf8-at-end", "checks text when its message is complete", "6455-5.6-1", _AtTheEnd),
        legal(
            "utf8-by-frames",
            "checks text when a frame of it is complete",
            "6455-5.6-1",
            acts(Connection, peek=lambda _: None),
        ),
        legal("byte-by-byte", "writes the first bytes of each frame one by one", SEGMENTS, _SmallWrites),
        legal("slow", "waits for 50 ms before it sends anything", SEGMENTS, _Slow),
        # Closing
        _answers("closes-1000", "answers every Close with 1000", CODES, lambda _: b"\x03\xe8"),
        _answers("closes-1001", "answers every Close with 1001", CODES, lambda _: b"\x03\xe9"),
        _answers("closes-empty", "answers every Close without a code", CLOSING, lambda _: b""),
        _answers(
            "closes-with-reason",
            "answers every Close with a reason of its own",
            "6455-5.5.1-3",
            lambda came: (came[:2] or b"\x03\xe8") + b"Bye",
        ),
        _answers("returns-reason", "answers a Close with its code and reason", "6455-5.5.1-3", lambda came: came),
        legal("pongs-behind-close", "answers pings that come behind a Close", "6455-5.5.2-2", AnswersBehind),
        legal(
            "fails-with-reason",
            "gives a reason when it fails the connection",
            "6455-5.5.1-3",
            acts(Connection, fail=lambda self, code: self.send_close(code.to_bytes(2, "big") + b"not allowed")),
        ),
        # Limits
        legal("refuses-1m", "closes with 1009 at messages of 1 MiB", LIMIT, _limit(MiB)),
        legal("refuses-64k", "closes with 1009 at messages of 64 KiB plus a byte", LIMIT, _limit(64 * KiB + 1)),
        # Compression
        legal(
            "never-compresses",
            "agrees to compression and never compresses",
            "7692-6-1",
            acts(Connection, echo=Connection.send),
        ),
        legal("compresses-long", "compresses only messages of at least 64 bytes", "7692-6-1", _CompressesLong),
        legal(
            "no-compression",
            "declines all offers of compression",
            "6455-9-2",
            acts(Negotiation, acceptable=lambda *_: iter(())),
        ),
        legal("first-offer-only", "accepts the first offer or none", "6455-9-2", _FirstOfferOnly),
        legal("smaller-window", "answers with a window of 512 bytes", "7692-7.1.2.1-4", answering(_smaller)),
        legal(
            "no-server-takeover",
            "starts each message with an empty window, unasked",
            "7692-7.1.1.1-4",
            _more("server_no_context_takeover"),
        ),
        legal(
            "no-client-takeover",
            "wants each message to start with an empty window",
            "7692-7.1.1.2-2",
            _more("client_no_context_takeover"),
        ),
        legal(
            "small-client-window",
            "limits the client's window to 512 bytes where that is offered",
            "7692-7.1.2.2-2",
            answering(_hint),
        ),
        legal("quoted-values", "writes the values of its answer in quotes", "6455-4.3-2", _writes(_quoted)),
        legal("fixed-blocks", "compresses with fixed Huffman codes", BLOCKS, _with(strategy=zlib.Z_FIXED)),
        legal("stored-blocks", "stores messages without compressing them", BLOCKS, _with(level=0)),
        legal("many-blocks", "compresses each 100 bytes in a block of their own", "7692-7.2.1-2", _ManyBlocks),
        legal("final-blocks", "ends each message with a final block", "7692-7.2.1-4", _FinalBlocks),
        # The opening handshake
        _opening(
            "latin-1", "has bytes above ASCII in a field value", "9110-5.5-1", more=b"Server: Caf\xe9\x85/1 \xff\r\n"
        ),
        _opening("no-reason", "has no reason phrase in the status line", "9112-4-1", status=b"HTTP/1.1 101 "),
        _opening(
            "latin-1-reason",
            "has bytes above ASCII in the reason phrase",
            "9112-4-1",
            status=b"HTTP/1.1 101 Wechsl\xe9\x85\xff",
        ),
        _opening(
            "bare-head",
            "has an empty field value and no whitespace",
            "9112-5-1",
            more=b"Server:\r\n",
            named=bytes.lower,
            blanks=b"",
        ),
        _opening(
            "wide-head",
            "has spaces and tabs around field values",
            "9112-5-1",
            more=b"Server:  a\tb \t\r\n",
            blanks=b" \t ",
        ),
        _opening("lower-names", "writes field names in lower case", "6455-4.1-35", named=bytes.lower),
        _opening("upper-names", "writes field names in upper case", "6455-4.1-35", named=bytes.upper),
        _opening(
            "more-fields",
            "sends further fields with the 101",
            RESPONSE,
            more=b"Date: Tue, 01 Dec 2026 00:00:00 GMT\r\nServer: odd/1.0\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n",
        ),
        _opening("interim-100", "sends 100 before the 101", "9110-15.2-1", interim=_INTERIM),
        _opening("interim-103", "sends 100 and twice 103 before the 101", "9110-15.2-1", interim=_INTERIM + 2 * _HINTS),
        _opening(
            "connection-list",
            "answers with Connection: keep-alive, Upgrade",
            "6455-4.2.2-16",
            replaced=((b"Connection", b"keep-alive, UPGRADE"),),
        ),
        _opening(
            "upgrade-case", "answers with Upgrade: WebSocket", "6455-4.2.2-15", replaced=((b"Upgrade", b"WebSocket"),)
        ),
        _opening(
            "loses-early", "ignores frames that come before its 101", "6455-4.1-27", faults=frozenset({"loses-early"})
        ),
        _opening("head-byte-by-byte", "writes the 101 byte by byte", SEGMENTS, cuts=1),
        _opening("hangs-up", "ends TCP after a refused request", "9112-9-1", hangs_up=True),
    ),
)
