"""Opening handshakes of any kind: they are accepted or refused with an HTTP answer, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from dwebsocket.protocol import (
    Accepted,
    Connection,
    HandshakeRefused,
    Message,
    Offer,
    PerMessageDeflate,
    Request,
    accept,
    is_websocket_request,
    parse_request,
)
from dwebsocket.protocol.extensions import read_offers
from tests.protocol.wire import text

from .heads import FIELDS, METHODS, OFFERS, RIGHT, VERSIONS, fields, heads, written
from .octets import DAMAGES


def outcome(function, *arguments, **named):
    """What a function returns, or the refusal that it raises, whose answer is checked."""
    try:
        result = function(*arguments, **named)
    except HandshakeRefused as refusal:
        _check_answer(refusal)
        return refusal
    return result


def _check_answer(refusal):
    assert str(refusal)
    head, _, body = refusal.response().partition(b"\r\n\r\n")
    status, *answered = head.decode("ascii").split("\r\n")
    assert status.startswith(f"HTTP/1.1 {refusal.status} ")
    assert 400 <= refusal.status < 500
    assert f"Content-Length: {len(body)}" in answered
    event(f"refused with {refusal.status}")


@given(heads(), DAMAGES)
def test_a_head_is_read_or_refused(head, damages):
    for damage in damages:
        head = damage.done(head)
    result = outcome(parse_request, head)

    if result is None:
        assert b"\r\n\r\n" not in head.removeprefix(b"\r\n")
    elif not isinstance(result, HandshakeRefused):
        request, size = result
        assert head[:size].endswith(b"\r\n\r\n")
        for name, value in request.headers:
            assert name.isascii()
            assert value == value.strip(" \t")
            assert not set("\r\n\0") & set(value)
        outcome(accept, request)


@given(heads(), st.data())
def test_a_head_is_read_only_when_its_end_has_come(head, data):
    result = outcome(parse_request, head)
    size = data.draw(st.integers(0, len(head)))
    first = outcome(parse_request, head[:size])

    if isinstance(first, HandshakeRefused):
        assert isinstance(result, HandshakeRefused)
    elif first is not None:
        assert first == result
    elif isinstance(result, tuple):
        assert size < result[1]


REQUESTS = st.builds(Request, METHODS, st.just("/"), VERSIONS, st.one_of(fields(), st.lists(FIELDS).map(tuple)))


@given(
    REQUESTS,
    st.lists(st.sampled_from(["chat", "superchat", "a", "b"]), max_size=3),
    st.sampled_from([None, "null".__eq__, "http://".__lt__]),
    st.lists(st.builds(PerMessageDeflate, context_takeover=st.booleans()), max_size=2),
)
def test_a_request_is_accepted_or_refused(request, subprotocols, origin_allowed, extensions):
    is_websocket_request(request)
    result = outcome(accept, request, subprotocols=subprotocols, origin_allowed=origin_allowed, extensions=extensions)
    if isinstance(result, HandshakeRefused):
        return
    event("accepted")
    assert isinstance(result, Accepted)
    status, *answered = result.response.decode("ascii").removesuffix("\r\n\r\n").split("\r\n")
    assert status == "HTTP/1.1 101 Switching Protocols"
    assert all(": " in line for line in answered)
    assert result.subprotocol is None or result.subprotocol in subprotocols
    assert len(result.extensions) <= len(extensions)
    if len(result.extensions) < 2:
        assert Connection(extensions=result.extensions).receive_data(text("x")) == [Message("x")]


@given(st.lists(OFFERS, min_size=1, max_size=5), st.sampled_from(["", '"']))
def test_offers_are_read_as_they_are_written(offers, quote):
    if any(not (value or "a").isascii() for _, parameters in offers for _, value in parameters):
        with pytest.raises(HandshakeRefused):
            read_offers(written(offers, quote))
        return
    assert read_offers(written(offers, quote)) == [Offer(*each) for each in offers]


@given(st.lists(OFFERS, min_size=1, max_size=3).map(written), DAMAGES, st.text('",;= \\a\t\n\0é', max_size=20))
def test_any_offers_are_read_or_refused(value, damages, behind):
    octets = (value + behind).encode()
    for damage in damages:
        octets = damage.done(octets)
    result = outcome(read_offers, octets.decode("latin-1"))

    if not isinstance(result, HandshakeRefused):
        assert result
        for each in result:
            PerMessageDeflate().accept(each)


def test_the_fields_that_are_changed_are_right():
    request = Request("GET", "/", "1.1", RIGHT)
    assert isinstance(accept(request), Accepted)
