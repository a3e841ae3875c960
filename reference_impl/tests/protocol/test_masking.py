"""Every way of applying a masking key does what section 5.3 says."""

import importlib
import sys

import pytest

from dwebsocket.protocol import masking

from .wire import xor

LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 125, 126, 510, 511, 512, 513, 514, 515, 4099]
KEYS = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\1\2\3\4", b"\0\0\0\xff", b"\x80\x7f\x00\x01"]
WAYS = [masking.apply_mask, masking.apply_mask_in_python]


@pytest.mark.parametrize("apply_mask", WAYS, ids=["chosen", "python"])
@pytest.mark.parametrize("key", KEYS, ids=bytes.hex)
def test_octet_i_meets_key_octet_i_mod_4(apply_mask, key):
    for length in LENGTHS:
        data = bytes(i * 7 % 256 for i in range(length))
        assert apply_mask(data, key) == xor(data, key)


@pytest.mark.parametrize("apply_mask", WAYS, ids=["chosen", "python"])
@pytest.mark.parametrize("length", [9, 2000])
def test_a_view_is_taken_and_bytes_are_returned(apply_mask, length):
    data = bytes(i % 251 for i in range(length))
    result = apply_mask(memoryview(data)[1:], b"abcd")

    assert type(result) is bytes
    assert result == xor(data[1:], b"abcd")


def test_without_the_c_function_python_does_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "websockets.speedups", None)
    name = masking.__name__
    with monkeypatch.context() as context:
        context.delitem(sys.modules, name)
        alone = importlib.import_module(name)

    assert alone.apply_mask is alone.apply_mask_in_python
    assert alone.apply_mask(b"Hello", b"\x37\xfa\x21\x3d") == bytes.fromhex("7f9f4d5158")
