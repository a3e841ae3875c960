"""Compressed messages of any kind are inflated, or are a fault; nothing else happens, and nothing grows."""

from __future__ import annotations

import zlib

from hypothesis import event, given
from hypothesis import strategies as st

from conformance.tests.fuzzing.octets import COMPRESSED, MESSAGES, octets_of
from conformance.tests.support.values import KNOWN_CLAUSES
from wsconform.model import Fault
from wsconform.wire.deflate import TAIL, scan
from wsconform.wire.inflater import LARGEST, Inflater
from wsconform.wire.negotiation import Agreement

BITS = st.integers(8, 15)


def reader(bits: int, *, takeover: bool) -> Inflater:
    return Inflater(Agreement(0, 0, server_takeover=takeover, server_bits=bits))


@given(st.lists(COMPRESSED, min_size=1, max_size=4), BITS, st.booleans())
def test_a_message_is_inflated_or_a_fault(recipes, bits, takeover):
    inflater = reader(bits, takeover=takeover)
    for recipe in recipes:
        result = inflater.inflate(recipe.made())
        if isinstance(result, Fault):
            assert result.clause in KNOWN_CLAUSES
            event(f"fault against {result.clause}")
        else:
            assert len(result) <= LARGEST
    assert all(fault.clause in KNOWN_CLAUSES for fault in inflater.noted)


@given(
    st.lists(MESSAGES, min_size=1, max_size=5),
    st.integers(9, 15),
    st.booleans(),
    st.sampled_from([1, 9]),
    st.sampled_from([zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED]),
    st.sampled_from([zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH]),
)
def test_what_zlib_compresses_is_inflated(messages, bits, takeover, level, strategy, flush):
    inflater = reader(bits, takeover=takeover)
    compressor = None
    for message in messages:
        if compressor is None or not takeover:
            compressor = zlib.compressobj(level, zlib.DEFLATED, -bits, 9, strategy)
        octets = octets_of(message)
        payload = (compressor.compress(octets) + compressor.flush(flush)).removesuffix(TAIL)
        assert inflater.inflate(payload) == octets
    assert inflater.noted == []


@given(COMPRESSED)
def test_a_scan_is_of_what_is_there(recipe):
    payload = recipe.made()
    found = scan(payload)

    assert not (found.whole and found.error)
    assert 0 <= found.farthest <= 1 << 15
    assert found.size <= 1032 * (len(payload) + len(TAIL))  # DEFLATE cannot make more of an octet
    if found.error:
        event(found.error)
