"""The numbers are those of RFC 6455 and of IANA."""

import pytest

from dwebsocket.protocol import CloseCode, Opcode, may_be_sent


@pytest.mark.parametrize(
    "codes",
    [range(1000, 1004), range(1007, 1015), range(3000, 5000)],
    ids=str,
)
def test_a_registered_or_private_code_may_be_sent(codes):
    assert all(may_be_sent(code) for code in codes)


@pytest.mark.parametrize(
    "codes",
    [range(1000), [1004, 1005, 1006, 1015], range(1016, 3000), range(5000, 65536), [-1, 65536]],
    ids=["below 1000", "reserved", "unregistered", "above 4999", "no 16 bits"],
)
def test_any_other_code_may_not_be_sent(codes):
    assert not any(may_be_sent(code) for code in codes)


def test_opcodes_follow_section_11_8():
    assert {opcode.name: opcode.value for opcode in Opcode} == {
        "CONTINUATION": 0,
        "TEXT": 1,
        "BINARY": 2,
        "CLOSE": 8,
        "PING": 9,
        "PONG": 10,
    }


def test_close_codes_leave_only_1004_out():
    assert set(CloseCode) == set(range(1000, 1016)) - {1004}
