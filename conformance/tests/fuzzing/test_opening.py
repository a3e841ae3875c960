"""Response heads of any kind: the answers to our offers are found and judged, whatever they are."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from reference_impl.tests.fuzzing.heads import OFFERS, written

from conformance.tests.fuzzing.octets import CUTS, DAMAGES, cut
from conformance.tests.support.values import KNOWN_CLAUSES
from wsconform.wire.negotiation import MalformedError, agree, may_be_accepted, read_elements
from wsconform.wire.opening import Head

FIELDS = st.one_of(
    st.sampled_from(
        [b"Upgrade: websocket", b"Connection: Upgrade", b"Server: x", b"Set-Cookie: a\xe9=\x00", b" folded"]
    ),
    st.builds(
        lambda name, value: name + value.encode("utf-8"),
        st.sampled_from([b"Sec-WebSocket-Extensions: ", b"sec-websocket-extensions:", b"Sec-WebSocket-Extensions : "]),
        st.lists(OFFERS, max_size=2).map(written),
    ),
    st.binary(max_size=20),
)
STATUS_LINES = st.sampled_from(
    [b"HTTP/1.1 101 Switching Protocols", b"HTTP/1.1 400", b"HTTP/1.1 1011", b"SSH-2.0", b""]
)


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """A response head, and perhaps what follows it."""
    lines = [draw(STATUS_LINES), *draw(st.lists(FIELDS, max_size=6)), b"", b""]
    end = draw(st.sampled_from([b"\r\n"] * 5 + [b"\n"]))
    octets = end.join(lines) + draw(st.sampled_from([b"", b"\x81\x01a", b"\r\n\r\n"]))
    for damage in draw(DAMAGES):
        octets = damage.done(octets)
    return octets


def fed(octets: bytes, sizes: list[int]) -> tuple[object, ...]:
    head, given = Head(), b""
    for piece in cut(octets, sizes):
        given += piece if head.whole else head.feed(piece)
    return head.whole, head.status, head.answers, given


@given(heads(), CUTS)
def test_a_head_is_the_same_however_it_is_cut(octets, sizes):
    whole, status, answers, given = fed(octets, [])

    assert fed(octets, sizes) == (whole, status, answers, given)
    assert whole or not given
    assert status is None or 0 <= status <= 999
    event(f"status {status}")
    _check_agreement(["permessage-deflate; client_max_window_bits"], answers)


def _check_agreement(offers, answers):
    agreement, fault = agree(offers, answers)
    if fault is not None:
        assert fault.clause in KNOWN_CLAUSES
        assert fault.code == 1010
    if agreement is not None:
        assert agreement.preferred <= agreement.offer or fault is not None
        assert 8 <= agreement.server_bits <= 15
        assert 8 <= agreement.client_bits <= 15
    assert agreement is None or answers


@given(st.lists(st.lists(OFFERS, min_size=1, max_size=3).map(written), max_size=3), st.data())
def test_any_answers_are_judged(offers, data):
    choices = [offer.split(", ")[0] for offer in offers] or ["permessage-deflate"]
    answer = st.one_of(st.sampled_from(choices), st.lists(OFFERS, max_size=2).map(written), st.text(max_size=9))
    _check_agreement(offers, data.draw(st.lists(answer, max_size=2)))


@given(st.lists(OFFERS, min_size=1, max_size=4), st.sampled_from(["", '"']), DAMAGES)
def test_elements_are_read_as_they_are_written(offers, quote, damages):
    value = written(offers, quote)
    legal = all((text or "a").isascii() for _, parameters in offers for _, text in parameters)
    if legal:
        assert [(element.name, element.params) for element in read_elements(value)] == offers
    else:
        with pytest.raises(MalformedError):
            list(read_elements(value))
    octets = value.encode()
    for damage in damages:
        octets = damage.done(octets)
    with suppress(MalformedError):
        for element in read_elements(octets.decode("latin-1")):
            may_be_accepted(element)
            assert list(read_elements(str(element))) == [element]
