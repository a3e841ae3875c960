"""The head of a request: complete, not complete, or refused."""

import pytest

from dwebsocket.protocol import HandshakeRefused, Request, parse_request

HEAD = b"GET /chat?x=1 HTTP/1.1\r\nHost: a\r\nX-Two:\t 1 \r\nx-two: \xe9 2\r\nEmpty:\r\n\r\n"
REQUEST = Request("GET", "/chat?x=1", "1.1", (("Host", "a"), ("X-Two", "1"), ("x-two", "é 2"), ("Empty", "")))


def test_a_complete_head_is_read_and_what_follows_is_left():
    assert parse_request(HEAD) == (REQUEST, len(HEAD))
    assert parse_request(HEAD + b"\x81\x80") == (REQUEST, len(HEAD))


def test_at_every_cut_the_head_is_not_complete():
    assert [parse_request(HEAD[:at]) for at in range(len(HEAD))] == [None] * len(HEAD)


def test_an_empty_line_before_the_request_is_passed_over():
    assert parse_request(b"\r\n" + HEAD) == (REQUEST, len(HEAD) + 2)


def test_a_head_without_fields_is_one():
    assert parse_request(b"GET / HTTP/1.1\r\n\r\n") == (Request("GET", "/", "1.1", ()), 18)


def test_fields_are_found_whatever_their_case():
    assert REQUEST.get_all("X-TWO") == ["1", "é 2"]
    assert REQUEST.get("X-TWO") == "1, é 2"
    assert REQUEST.get("empty") == ""
    assert REQUEST.get("none") is None
    assert REQUEST.get_all("none") == []


REFUSED = {
    "LF alone": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "LF alone, later": (b"GET / HTTP/1.1\r\nHost: a\nX", 400),
    "CR in a value": (b"GET / HTTP/1.1\r\nHost: a\rb", 400),
    "no version": (b"GET /\r\n\r\n", 400),
    "no target": (b"GET  HTTP/1.1\r\n\r\n", 400),
    "blank in the target": (b"GET /a b HTTP/1.1\r\n\r\n", 400),
    "8-bit target": (b"GET /\xe9 HTTP/1.1\r\n\r\n", 400),
    "bad method": (b"G(T / HTTP/1.1\r\n\r\n", 400),
    "bad version": (b"GET / HTTP/1\r\n\r\n", 400),
    "lower-case protocol": (b"GET / http/1.1\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "blank before the colon": (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    "blank before the first field": (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    "folded line": (b"GET / HTTP/1.1\r\nA: a\r\n b\r\n\r\n", 400),
    "no colon": (b"GET / HTTP/1.1\r\nHost\r\n\r\n", 400),
    "no name": (b"GET / HTTP/1.1\r\n: a\r\n\r\n", 400),
    "control character": (b"GET / HTTP/1.1\r\nA: a\0b\r\n\r\n", 400),
    "long target": (b"GET /" + b"a" * 8192 + b" HTTP/1.1\r\n\r\n", 414),
    "endless target": (b"GET /" + b"a" * 8192, 414),
    "many fields": (b"GET / HTTP/1.1\r\n" + b"A: a\r\n" * 101 + b"\r\n", 431),
    "endless fields": (b"GET / HTTP/1.1\r\n" + b"A: a\r\n" * 101, 431),
    "long field": (b"GET / HTTP/1.1\r\nA: " + b"a" * 65536 + b"\r\n\r\n", 431),
    "endless field": (b"GET / HTTP/1.1\r\nA: " + b"a" * 65536, 431),
}


@pytest.mark.parametrize(("head", "status"), REFUSED.values(), ids=REFUSED)
def test_a_malformed_or_too_large_head_is_refused(head, status):
    with pytest.raises(HandshakeRefused) as refused:
        parse_request(head)

    assert refused.value.status == status


def test_a_target_of_8000_octets_and_100_fields_are_taken():
    head = b"GET /" + b"a" * 7999 + b" HTTP/1.1\r\n" + b"A: a\r\n" * 100 + b"\r\n"
    request, consumed = parse_request(head)

    assert (len(request.target), len(request.headers), consumed) == (8000, 100, len(head))
