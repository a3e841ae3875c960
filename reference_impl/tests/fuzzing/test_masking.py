"""A masking key on octets of any length, held in any way."""

from hypothesis import given
from hypothesis import strategies as st

from dwebsocket.protocol.masking import apply_mask, apply_mask_in_python
from tests.protocol.wire import xor

from .octets import BINARIES, KEYS, made


@given(BINARIES, KEYS, st.sampled_from([bytes, bytearray, memoryview]), st.integers(0, 3))
def test_each_octet_is_masked_with_its_octet_of_the_key(recipe, key, held, start):
    octets = made(recipe)[start:]
    expected = xor(octets[:2000], key)

    for apply in (apply_mask, apply_mask_in_python):
        masked = apply(held(octets), key)
        assert masked[:2000] == expected
        assert len(masked) == len(octets)
        assert apply(masked, key) == octets
