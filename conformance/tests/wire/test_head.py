"""What is wrong in the head of a 101, and what is only unusual."""

from __future__ import annotations

import pytest

from wsconform.clauses import CLAUSES
from wsconform.wire.head import HeadRule, fields, head_faults, status_code, status_line

STATUS = b"HTTP/1.1 101 Switching Protocols"
RIGHT = STATUS + b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize(
    "head",
    [
        RIGHT,
        RIGHT + b"\r\n\r\n",
        RIGHT.lower().replace(b"http", b"HTTP").replace(b": ", b":"),
        b"HTTP/1.1 101 \r\nServer:",
        b"HTTP/1.1 101 \xe9\x80 \t\r\nServer: Caf\xe9/1 \xff \x85",
        STATUS + b"\r\nX:\t a\tb \t",
        STATUS + b"\r\n!#$%&'*+-.^_`|~0aZ: (){}<>@,;:\\\"/[]?=",
        STATUS + b"\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nSec-WebSocket-Extensions: a\r\nSec-WebSocket-Extensions: b",
        STATUS + b"\r\nX-Content-Length: 3\r\nSec-WebSocket-Protocol: chat",
    ],
)
def test_legal_head_has_no_fault(head: bytes) -> None:
    assert head_faults(head) == ()


@pytest.mark.parametrize(
    ("head", "rule", "clause", "what"),
    [
        (STATUS + b"\r\nA: b\0c", HeadRule.GRAMMAR, "9110-5.5-1", r"a control character in a field value, 'A: b\x00c'"),
        (STATUS + b"\r\nA: \x7f", HeadRule.GRAMMAR, "9110-5.5-1", "a control character in a field value"),
        (STATUS + b"\r\nA", HeadRule.GRAMMAR, "9112-5-1", "a line without a colon, 'A'"),
        (STATUS + b"\r\nA : b", HeadRule.GRAMMAR, "9112-5.1-2", "a space before the colon"),
        (STATUS + b"\r\nA\t: b", HeadRule.GRAMMAR, "9112-5.1-2", "a space before the colon"),
        (STATUS + b"\r\nA b: c", HeadRule.GRAMMAR, "9110-5.1-1", "a field name that is not a token"),
        (STATUS + b"\r\n: c", HeadRule.GRAMMAR, "9110-5.1-1", "a field name that is not a token"),
        (STATUS + b"\r\n\xe9: c", HeadRule.GRAMMAR, "9110-5.1-1", "a field name that is not a token"),
        (STATUS + b"\nA: b", HeadRule.GRAMMAR, "9112-2.1-1", "a line that ends with LF"),
        (STATUS + b"\r\nA: b\rc", HeadRule.GRAMMAR, "9112-2.2-4", "a CR without LF"),
        (STATUS + b"\r\nA: b\r\n c", HeadRule.GRAMMAR, "9112-5.2-2", "a folded line"),
        (b"HTTP/1.1 101", HeadRule.GRAMMAR, "9112-4-1", "a malformed status line, 'HTTP/1.1 101'"),
        (b"HTTP/1.1  101 a", HeadRule.GRAMMAR, "9112-4-1", "a malformed status line"),
        (b"HTTP/1.1 101 \x1b[31m", HeadRule.GRAMMAR, "9112-4-1", "a malformed status line"),
        (b"HTTP/1.1 1010 a", HeadRule.GRAMMAR, "9112-4-1", "a malformed status line"),
        (b"\r\n" + STATUS, HeadRule.GRAMMAR, "9112-4-1", "a malformed status line"),
        (STATUS + b"\r\ncontent-LENGTH:0", HeadRule.NO_CONTENT, "9110-8.6-1", "Content-Length"),
        (STATUS + b"\r\nTransfer-Encoding: chunked", HeadRule.NO_CONTENT, "9112-6.1-1", "Transfer-Encoding"),
        (RIGHT + b"\r\nsec-websocket-accept: x", HeadRule.ONCE, "6455-11.3.3-1", "Sec-WebSocket-Accept 2 times"),
        (RIGHT + b"\r\nSec-WebSocket-Protocol: a" * 3, HeadRule.ONCE, "6455-11.3.4-2", "Protocol 3 times"),
    ],
)
def test_fault_is_found(head: bytes, rule: HeadRule, clause: str, what: str) -> None:
    first = head_faults(head)[0]
    assert (first.rule, first.clause) == (rule, clause)
    assert what in first.what
    assert clause in CLAUSES


def test_long_line_is_quoted_in_part() -> None:
    (fault,) = head_faults(STATUS + b"\r\n" + b"x" * 5000)
    assert len(fault.what) < 100


@pytest.mark.parametrize(
    ("head", "code"),
    [(STATUS, 101), (b"HTTP/1.1 403", 403), (b"HTTP/1.1\t200 a", 200), (b"HTTP/1.1 1010 a", None), (b"SSH-2.0", None)],
)
def test_status_code(head: bytes, code: int | None) -> None:
    assert status_code(head) == code


def test_malformed_head_is_read_as_far_as_it_goes() -> None:
    head = STATUS + b"\n folded\nA : b\0\r\n\tc \r\nno colon\n: d\r\nE:\xe9"
    assert status_line(head) == STATUS
    assert list(fields(head)) == [(b"A", b"b\0 c"), (b"E", b"\xe9")]
