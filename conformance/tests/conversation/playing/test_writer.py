"""Segments: what is handed to TCP at once is what the case asks for."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.task import Clock

from wsconform.conversation.playing.writer import Writer


class Socket:
    """Takes as much as there is room for, and remembers each call."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.room = room
        self.calls: list[bytes] = []
        self.gone = False

    def send(self, piece: memoryview) -> int:
        if self.gone:
            raise ConnectionResetError
        if not self.room:
            raise BlockingIOError
        taken = bytes(piece[: self.room])
        self.room -= len(taken)
        self.calls.append(taken)
        return len(taken)


class Transport:
    """The part of Twisted's transport that a writer uses."""

    def __init__(self, socket: Socket | None) -> None:
        if socket is not None:
            self.socket = socket
        self.written: list[bytes] = []
        self.producer: Writer | None = None

    def write(self, octets: bytes) -> None:
        self.written.append(octets)

    def registerProducer(self, producer: Writer, streaming: bool) -> None:  # noqa: N802 (Twisted's name)
        assert not streaming
        self.producer = producer
        producer.resumeProducing()  # as Twisted does

    def unregisterProducer(self) -> None:  # noqa: N802 (Twisted's name)
        self.producer = None


def writer(socket: Socket | None) -> tuple[Writer, Transport, Callable[[float], None]]:
    clock = Clock()
    transport = Transport(socket)
    return Writer(transport, clock, direct=socket is not None), transport, clock.advance


def test_segment_is_one_call() -> None:
    socket = Socket()
    out, _, _ = writer(socket)
    out.write(b"abcdefgh", 3)
    assert socket.calls == [b"abc", b"def", b"gh"]
    assert out.idle
    assert out.sent == 8


def test_gap_between_segments() -> None:
    socket = Socket()
    out, _, advance = writer(socket)
    out.write(b"abc", 1, 0.5)
    out.write(b"later")
    assert socket.calls == [b"a"]
    assert not out.idle
    advance(0.5)
    assert socket.calls == [b"a", b"b"]
    advance(0.5)
    assert socket.calls == [b"a", b"b", b"c"]
    advance(0.5)
    assert socket.calls == [b"a", b"b", b"c", b"later"]


def test_octets_that_tcp_does_not_take_go_through_the_transport() -> None:
    socket = Socket(room=5)
    out, transport, _ = writer(socket)
    out.write(b"abcdefgh")
    out.write(b"next")
    assert socket.calls == [b"abcde"]
    assert transport.written == [b"fgh"]
    assert not out.idle
    socket.room = 100
    assert transport.producer is out
    out.resumeProducing()
    assert socket.calls == [b"abcde", b"next"]
    assert transport.producer is None
    assert out.idle


def test_nothing_is_sent_after_a_broken_pipe() -> None:
    socket = Socket()
    out, transport, _ = writer(socket)
    socket.gone = True
    out.write(b"abc")
    socket.gone = False
    out.write(b"def")
    assert socket.calls == transport.written == []
    assert out.idle


def test_transport_gets_the_segments_under_tls() -> None:
    out, transport, _ = writer(None)
    out.write(b"abcd", 2)
    assert transport.written == [b"ab"]
    out.resumeProducing()
    assert transport.written == [b"ab", b"cd"]
    out.stopProducing()
    assert out.idle
