"""Memory of a connection to which a client sends what is made to grow, and which it never reads from."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from dwebsocket.protocol import Connection, Limits, Offer, PerMessageDeflate, State
from tests.protocol.wire import FIN

from .octets import BINARIES, BOMBS, COMPRESSED, CONTINUATION, KEYS, PING, RSV1, Framed, Repeated, joined, made, masked

CONSTANT = 1 << 19
"""Octets beside the message: a window, zlib's own, Pongs, objects, and what the tests themselves hold."""
AT_ONCE = 4 << 20
"""Octets that may be taken while one call lasts: a portion, and the pieces of which a message is joined."""

GROWING = st.one_of(
    st.builds(Framed, st.sampled_from([0x01, 0x02, 0x00]), BINARIES, KEYS),
    st.builds(Framed, st.sampled_from([0x41, 0x42]), BOMBS, KEYS),
    st.builds(Framed, st.sampled_from([0x41, 0x42, 0xC1, 0xC2, 0x00]), st.one_of(BOMBS, COMPRESSED), KEYS),
    st.builds(Repeated, st.sampled_from([masked(FIN | PING, bytes(125), b"1234")]), st.just(1000)),
    st.builds(
        Repeated,
        st.sampled_from(
            [
                masked(CONTINUATION, b"", b"1234"),
                masked(CONTINUATION, b"a", b"1234"),
                masked(0x02 | RSV1, b"\0", b"1234"),
            ]
        ),
        st.just(1000),
    ),
)


@given(
    st.lists(joined(GROWING, 2), min_size=1, max_size=6),
    st.sampled_from([100, 1 << 16, 1 << 20]),
    st.booleans(),
)
def test_memory_is_bounded_by_the_limits(parts, limit, keeps):
    params = () if keeps else (("client_no_context_takeover", None),)
    _, extension = PerMessageDeflate().accept(Offer("permessage-deflate", params))
    connection = Connection(Limits(max_message_size=limit), (extension,))
    pieces = [made(part) for part in parts]
    largest = max(map(len, pieces))

    tracemalloc.start()
    try:
        for piece in pieces:
            connection.receive_data(piece)
            held, peak = tracemalloc.get_traced_memory()
            assert held <= 1.25 * limit + CONSTANT
            assert peak <= 8 * limit + 2 * largest + AT_ONCE
            tracemalloc.reset_peak()
            if connection.state is State.CLOSED:
                break
    finally:
        tracemalloc.stop()
