"""The opening handshake of a client: the request, and the end and the meaning of the answer's head."""

from __future__ import annotations

import pytest

from wsconform.wire.address import Address
from wsconform.wire.head import Asked
from wsconform.wire.opening import LARGEST_HEAD, Additions, Head, new_key, opening_request, refusal

PLAIN = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nServer: x"
WITH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nsec-websocket-EXTENSIONS:  a; b=1 \r\n"
    b"Server: x\r\nSec-WebSocket-Extensions:"
)
END = b"\r\n\r\n"


def read(octets: bytes, size: int) -> tuple[Head, bytes]:
    """Read octets that come in pieces; return the head and what is behind it."""
    head, behind = Head(), b""
    for at in range(0, len(octets), size):
        piece = octets[at : at + size]
        behind += piece if head.whole else head.feed(piece)
    return head, behind


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    ("octets", "behind", "answers"),
    [(PLAIN, b"", ()), (WITH, b"", ("a; b=1", "")), (WITH, b"\x81\0\r\n\r\n", ("a; b=1", ""))],
)
def test_head_is_read_however_it_is_cut(octets: bytes, behind: bytes, answers: tuple[str, ...], size: int) -> None:
    head, found = read(octets + END + behind, size)
    assert head.whole
    assert (head.octets, found, head.answers, head.status) == (octets, behind, answers, 101)


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("code", [100, 102, 103, 199])
def test_interim_responses_are_passed_over(code: int, size: int) -> None:
    """RFC 9110 section 15.2."""
    interim = b"HTTP/1.1 %d Wait\r\nLink: \xe9\r\n\r\n" % code
    head, behind = read(2 * interim + PLAIN + END + b"\x81\0", size)
    assert (head.octets, behind, head.status) == (PLAIN, b"\x81\0", 101)


def test_endless_interim_responses_are_given_up() -> None:
    head = Head()
    for _ in range(LARGEST_HEAD // 10):
        if head.overlong:
            break
        head.feed(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert (head.overlong, head.whole) == (True, False)


def test_field_of_another_name_is_no_answer() -> None:
    head, _ = read(b"HTTP/1.1 400 No\r\nX-Sec-WebSocket-Extensions: a\r\nSec-WebSocket-Extensions-2: b\r\n\r\n", 99)
    assert (head.answers, head.status) == ((), 400)


@pytest.mark.parametrize("octets", [b"", b"\x88\x02", b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n"])
def test_incomplete_head_is_not_whole(octets: bytes) -> None:
    head, behind = read(octets, 99)
    assert (head.whole, behind) == (False, b"")


@pytest.mark.parametrize("end", [b"\n\n", b"\n\r\n", b"\r\n\n"])
def test_bare_lf_may_end_the_head(end: bytes) -> None:
    head, behind = read(b"HTTP/1.1 101 a\nB: c" + end + b"rest", 1)
    assert (head.whole, behind) == (True, b"rest")


def test_endless_head_is_given_up() -> None:
    head = Head()
    assert head.feed(b"HTTP/1.1 101 a\r\n") == b""
    for _ in range(LARGEST_HEAD // 1000):
        assert head.feed(b"Server: x\r\n" * 100) == b""
    assert (head.overlong, head.whole, head.status) == (True, False, 101)
    assert len(head.octets) <= LARGEST_HEAD


# The meaning

ASKED = Asked("dGhlIHNhbXBsZSBub25jZQ==", ("chat", "superchat"))
RIGHT = {
    b"Upgrade": b"websocket",
    b"Connection": b"Upgrade",
    b"Sec-WebSocket-Accept": b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
}


def answer(**changed: bytes | None) -> bytes:
    values = {**RIGHT, **{name.replace("_", "-").encode(): value for name, value in changed.items()}}
    fields = b"".join(b"\r\n" + name + b": " + value for name, value in values.items() if value is not None)
    return b"HTTP/1.1 101 Switching Protocols" + fields


@pytest.mark.parametrize(
    "head",
    [
        answer(),
        answer(Upgrade=b"WebSocket", Connection=b"keep-alive, UPGRADE", Server=b"Caf\xe9/1"),
        answer(Sec_WebSocket_Protocol=b"superchat"),
        answer().replace(b"Upgrade: ", b"upgrade:\t"),
        answer() + b"\r\nSec-WebSocket-Accept: x",
    ],
)
def test_legal_answer_opens_the_connection(head: bytes) -> None:
    assert refusal(head, ASKED) == ""


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (answer(Upgrade=None), "no Upgrade field"),
        (answer(Upgrade=b"websocket, h2c"), "the Upgrade value 'websocket, h2c'"),
        (answer(Connection=None), "no Connection field"),
        (answer(Connection=b"notupgrade"), "without Upgrade"),
        (answer(Sec_WebSocket_Accept=None), "no Sec-WebSocket-Accept field"),
        (answer(Sec_WebSocket_Accept=b"S3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "instead of 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='"),
        (answer(Sec_WebSocket_Protocol=b"Chat"), "the subprotocol 'Chat', which was not offered"),
        (answer(Sec_WebSocket_Protocol=b"chat, superchat"), "which is not one token"),
        (b"HTTP/1.1 200 OK\r\nServer: x", "HTTP 200 OK"),
        (b"HTTP/1.1 401", "HTTP 401"),
        (b"SSH-2.0-x", "the answer is not HTTP: 'SSH-2.0-x'"),
    ],
)
def test_any_other_answer_does_not(head: bytes, why: str) -> None:
    assert why in refusal(head, ASKED)


# The request


def test_request_has_the_fields_of_the_rfc_and_what_is_added() -> None:
    additions = Additions(("a", "b"), (("Cookie", "id=1"), ("Origin", "https://x")), ("id=1",))
    request = opening_request(Address.parse("ws://[::1]:9001/a%20b?c=d"), "key", additions, ("x; y", "z"))
    assert request.decode().split("\r\n") == [
        "GET /a%20b?c=d HTTP/1.1",
        "Host: [::1]:9001",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: key",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Extensions: x; y",
        "Sec-WebSocket-Extensions: z",
        "Sec-WebSocket-Protocol: a, b",
        "Cookie: id=1",
        "Origin: https://x",
        "User-Agent: wsconform",
        "",
        "",
    ]
    assert list(additions.lines(hidden=True)) == ["Sec-WebSocket-Protocol: a, b", "Cookie: ***", "Origin: ***"]


def test_key_is_base64() -> None:
    assert new_key(b"the sample nonce") == "dGhlIHNhbXBsZSBub25jZQ=="
