"""The answers to our offers are removed from the response head, and nothing else."""

from __future__ import annotations

import pytest

from wsconform.wire.opening import Head

PLAIN = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nServer: x\r\n\r\n"
WITH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nsec-websocket-EXTENSIONS:  a; b=1 \r\n"
    b"Server: x\r\nSec-WebSocket-Extensions:\r\n\r\n"
)


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    ("octets", "rest", "answers"),
    [(PLAIN, PLAIN, ()), (WITH, PLAIN, ("a; b=1", "")), (WITH + b"\x81\0", PLAIN + b"\x81\0", ("a; b=1", ""))],
)
def test_answers_are_removed_however_the_head_is_cut(
    octets: bytes, rest: bytes, answers: tuple[str, ...], size: int
) -> None:
    head, given = Head(), b""
    for at in range(0, len(octets), size):
        piece = octets[at : at + size]
        given += piece if head.whole else head.feed(piece)
    assert head.whole
    assert (given, head.answers, head.status) == (rest, answers, 101)


def test_field_of_another_name_is_kept() -> None:
    octets = b"HTTP/1.1 400 No\r\nX-Sec-WebSocket-Extensions: a\r\nSec-WebSocket-Extensions-2: b\r\n\r\n"
    head = Head()
    assert head.feed(octets) == octets
    assert (head.answers, head.status) == ((), 400)


@pytest.mark.parametrize("octets", [b"", b"\x88\x02", b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n"])
def test_incomplete_head_is_held_back(octets: bytes) -> None:
    head = Head()
    assert head.feed(octets) == b""
    assert not head.whole


def test_head_that_is_not_http_has_no_status() -> None:
    head = Head()
    assert head.feed(b"SSH-2.0-x\r\n\r\n") == b"SSH-2.0-x\r\n\r\n"
    assert head.status is None


def test_head_without_an_end_is_given_up():
    head = Head()
    for _ in range(100):
        assert head.feed(b"X-Field: x\r\n" * 100) == b""
    assert head.endless
    assert not head.whole
    assert head.feed(b"\r\n") == b""
