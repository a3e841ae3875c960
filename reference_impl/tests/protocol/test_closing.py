"""The payload of a Close frame, both ways."""

import pytest

from dwebsocket.protocol import CloseCode, Violation
from dwebsocket.protocol.closing import close_payload, read_close

BOTH_WAYS = {
    "code": (1000, "", b"\x03\xe8"),
    "code and reason": (1001, "bye", b"\x03\xe9bye"),
    "reason in UTF-8": (4999, "é€😀", b"\x13\x87" + "é€😀".encode()),
    "longest reason": (3000, "r" * 123, b"\x0b\xb8" + b"r" * 123),
}
BROKEN = {
    "one octet": (b"\x03", 1002),
    "code 0": (b"\0\0", 1002),
    "code 999": (b"\x03\xe7", 1002),
    "code 1005": (b"\x03\xed", 1002),
    "code 5000": (b"\x13\x88", 1002),
    "reason that is no UTF-8": (b"\x03\xe8\xff", 1007),
    "reason cut inside a character": (b"\x03\xe8\xe2\x82", 1007),
    "surrogate": (b"\x03\xe8\xed\xa0\x80", 1007),
}


@pytest.mark.parametrize(("code", "reason", "payload"), BOTH_WAYS.values(), ids=BOTH_WAYS)
def test_what_is_written_is_read(code, reason, payload):
    assert close_payload(code, reason) == payload
    assert close_payload(code, reason.encode()) == payload
    assert read_close(payload) == (code, reason)


def test_no_code_and_no_reason_is_an_empty_payload():
    assert close_payload(None) == b""
    assert read_close(b"") == (CloseCode.NO_STATUS, "")


def test_a_reason_without_code_gets_1000():
    assert close_payload(None, "bye") == b"\x03\xe8bye"


@pytest.mark.parametrize(("payload", "code"), BROKEN.values(), ids=BROKEN)
def test_a_broken_payload_is_refused_with_the_fitting_code(payload, code):
    with pytest.raises(Violation) as broken:
        read_close(payload)

    assert broken.value.code == code


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1010, 1015, 1016, 2999, 5000, 65536, -1])
def test_a_server_may_not_send_such_a_code(code):
    with pytest.raises(ValueError, match=str(code)):
        close_payload(code)


@pytest.mark.parametrize("reason", ["r" * 124, "é" * 62, b"\xff", "\ud800"], ids=ascii)
def test_such_a_reason_may_not_be_sent(reason):
    with pytest.raises(ValueError):  # noqa: PT011 (Python's UnicodeError is one)
        close_payload(1000, reason)
