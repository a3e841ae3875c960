"""A server that sends without an end: what the suite keeps of it has a limit."""

from __future__ import annotations

import tracemalloc
from collections import deque

import pytest

from conformance.tests.fuzzing.octets import ServerFrame
from wsconform.script.http import Http
from wsconform.script.steps import Request
from wsconform.script.stream import Stream
from wsconform.wire.address import Address
from wsconform.wire.opening import Head

ADDRESS = Address.parse("ws://127.0.0.1:8000/echo")

MiB = 1 << 20
SENT = 12 * MiB
KEPT = 9 * MiB  # twice what a response or a message may have, and a little more
PIECE = 1 << 16


def reader_of_http():
    http = Http(ADDRESS)
    http.request(Request())
    return http.receive


def reader_of_a_stream():
    stream = Stream()
    return lambda octets: deque(stream.receive(octets), maxlen=0)


def reader_of_a_head():
    head = Head()
    return lambda octets: None if head.whole else head.feed(octets)


ENDLESS = {
    "behind a Close": (reader_of_a_stream, b"\x88\x00"),
    "a frame of 2**62 octets": (reader_of_a_stream, ServerFrame(0x82, more=1 << 62).made()),
    "HTTP where a frame is due": (reader_of_a_stream, b"HTTP/1.1 400 No\r\n\r\n"),
    "a body without a length": (reader_of_http, b"HTTP/1.1 200 OK\r\n\r\n"),
    "a body with a length": (reader_of_http, b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
    "behind a 101": (reader_of_http, b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
    "a field without an end": (reader_of_a_head, b"HTTP/1.1 101 x\r\nX: "),
}


def held(receive, begins):
    """How many octets are held after these and many more have been received."""
    piece = b"x" * PIECE
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        receive(begins)
        for _ in range(SENT // PIECE):
            receive(piece)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before


@pytest.mark.parametrize(("reader", "begins"), ENDLESS.values(), ids=ENDLESS)
def test_what_never_ends_is_not_kept(reader, begins):
    assert held(reader(), begins) <= KEPT
