"""The two languages of a connection, bytes in and values out: HTTP responses framed right, and frames."""

import pytest

from wsconform.model import Message
from wsconform.script import steps
from wsconform.script.events import Garbled, ResponseSeen, UpgradeSeen
from wsconform.script.http import Http
from wsconform.script.limits import LARGEST, STRAY_KEPT
from wsconform.script.stream import Stream
from wsconform.wire.address import Address
from wsconform.wire.opening import Additions
from wsconform.wire.reader import CloseSeen, PingSeen

ADDRESS = Address.parse("ws://127.0.0.1:8000/echo")

PLAIN = steps.Request("/", websocket=False)
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"
OLD = b"HTTP/1.0 200 OK\r\n\r\nok"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


def requested(request=PLAIN):
    http = Http(ADDRESS)
    http.request(request)
    return http


def whole(http, data):
    return http.receive(data)


def byte_by_byte(http, data):
    events = [http.receive(data[n : n + 1]) for n in range(len(data))]
    assert events[:-1] == [None] * (len(data) - 1)
    return events[-1]


@pytest.mark.parametrize("feed", [whole, byte_by_byte])
@pytest.mark.parametrize("data", [SIZED, CHUNKED, b"HTTP/1.1 100 Continue\r\n\r\n" + SIZED])
def test_response_is_complete_when_its_framing_says_so(feed, data):
    event = feed(requested(), data)
    assert (event.status, event.reason, event.body, event.behind, event.closes) == (200, "OK", b"ok", b"", False)


@pytest.mark.parametrize("feed", [whole, byte_by_byte])
def test_octets_above_ascii_in_a_head_are_no_fault(feed):
    data = SIZED.replace(b"OK\r\n", b"Caf\xe9\x85\r\nServer: Caf\xe9 \xff\r\n")
    event = feed(requested(), data)
    assert (event.status, event.reason, event.headers["server"]) == (200, "Caf\xe9\x85", "Caf\xe9 \xff")
    switch = SWITCH.replace(b"Upgrade: websocket", b"Upgrade: websocket\r\nServer: \xe9\r\nX:\xff")
    assert isinstance(requested(steps.Request("/")).receive(switch), UpgradeSeen)


def test_response_without_length_ends_with_the_connection():
    http = requested()
    assert http.receive(OLD) is None
    event = http.receive(b"")
    assert (event.body, event.closes) == (b"ok", True)


def test_response_that_breaks_off_is_garbled():
    http = requested()
    assert http.receive(SIZED[:-1]) is None
    event = http.receive(b"")
    assert isinstance(event, Garbled)
    assert event.octets == SIZED[:-1]


@pytest.mark.parametrize(
    "data", [b"\x88\x02\x03\xe8\r\n\r\n", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nno field\r\n\r\n"]
)
def test_bytes_that_are_no_response_are_garbled(data):
    assert isinstance(requested().receive(data), Garbled)


def test_bytes_behind_a_response_are_seen():
    event = requested().receive(SIZED + b"more")
    assert (event.body, event.behind) == (b"ok", b"more")


@pytest.mark.parametrize("fields", [b"Connection: close\r\n", b"Connection: Close, x\r\n"])
def test_connection_close_announces_the_end(fields):
    event = requested().receive(SIZED.replace(b"\r\n\r\n", b"\r\n" + fields + b"\r\n"))
    assert event.closes


def test_response_to_head_has_no_body():
    event = requested(steps.Request("/", websocket=False, method="HEAD")).receive(SIZED[:-2])
    assert isinstance(event, ResponseSeen)
    assert event.body == b""
    assert requested(steps.Request("/", websocket=False, method="HEAD")).receive(SIZED).behind == b"ok"


def test_bytes_behind_a_101_are_not_parsed_as_http():
    http = requested(steps.Request())
    event = http.receive(SWITCH + b"\x81\x02hi")
    assert isinstance(event, UpgradeSeen)
    assert (event.subprotocol, event.accept) == (None, None)
    assert http.behind() == b"\x81\x02hi"


def test_a_second_request_on_the_same_connection():
    http = requested()
    http.receive(SIZED)
    assert not http.again
    http.request(steps.Request())
    assert http.again
    assert isinstance(http.receive(SWITCH), UpgradeSeen)


def test_announced_end_is_known_when_the_next_response_is_awaited():
    http = Http(ADDRESS)
    http.raw(steps.RawRequests(("GET {target} HTTP/1.1\r\n\r\n",) * 2))
    event = http.receive(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    assert isinstance(event, ResponseSeen)
    assert http.closes


def test_a_request_as_it_is_sent():
    head, body, _ = Http(ADDRESS).request(
        steps.Request("/echo", headers=(("Origin", "x"), ("Sec-WebSocket-Version", None)))
    )
    assert head == (
        b"GET /echo HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: d3Njb25mb3JtIGtleSAwMQ==\r\nOrigin: x\r\n\r\n"
    )
    assert body == b""
    head, body, _ = Http(Address.parse("ws://h/")).request(
        steps.Request("/", websocket=False, method="POST", body=b"a=1")
    )
    assert head == b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"
    assert body == b"a=1"


def test_request_by_http_1_0_is_refused():
    with pytest.raises(NotImplementedError, match="on plain TCP"):
        requested(steps.Request("/", websocket=False, http="1.0"))


def test_opening_handshake_offers_subprotocols_and_names_its_origin():
    head, _, _ = Http(Address.parse("ws://h/")).request(steps.Request(subprotocols=("a", "b"), origin="https://x"))
    assert b"\r\nSec-WebSocket-Protocol: a, b\r\nOrigin: https://x\r\n" in head


# Frames


def heard(stream, data):
    return [event for _, event in stream.receive(data)]


def test_frames_and_what_they_mean():
    stream = Stream()
    assert heard(stream, b"\x81\x02hi\x89\x00\x88\x02\x03\xe8") == [Message(b"hi"), PingSeen(b""), CloseSeen(1000)]
    assert stream.rest == b""


def test_part_of_a_frame_is_left():
    stream = Stream()
    assert heard(stream, b"\x81\x02h") == []
    assert stream.rest == b"\x81\x02h"
    assert heard(stream, b"i") == [Message(b"hi")]
    assert stream.rest == b""


def test_bytes_behind_the_close_frame_are_left():
    stream = Stream()
    heard(stream, b"\x88\x00HT")
    heard(stream, b"TP/1.1")
    assert stream.rest == b"HTTP/1.1"
    assert stream.foreign == b""


def test_http_in_place_of_a_frame_is_reported_at_once():
    """Its first octets would make a long Close frame, whose end would never come."""
    stream = Stream()
    heard(stream, b"\x81\x02hi")
    assert heard(stream, b"HTTP/1.1 200 OK\r\n") == []
    assert heard(stream, b"\r\n") == []
    assert stream.foreign == stream.rest == b"HTTP/1.1 200 OK\r\n\r\n"


ENDLESS = {
    "body": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
    "head": (b"HTTP/1.1 200 OK\r\n", b"X-Field: x\r\n" * 5000),
    "informational responses": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
    "what follows": (SIZED, b"x" * 65536),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_response_without_an_end_is_garbled(what):
    http = requested()
    first, then = ENDLESS[what]
    if first:
        http.receive(first)
    for _ in range(2 * LARGEST // len(then)):
        if isinstance(event := http.receive(then), Garbled):
            break
    assert isinstance(event, Garbled)
    for _ in range(100):
        http.receive(then)
    assert len(http.came) <= LARGEST


def test_stream_keeps_little_of_what_is_no_frame():
    for first in (b"HTTP/1.1 200 OK\r\n", b"\x88\x00", b"\x82\x7f" + (1 << 62).to_bytes(8, "big")):
        stream = Stream()
        for data in (first, *[bytes(65536)] * 10):
            list(stream.receive(data))
        assert len(stream.rest) <= STRAY_KEPT


# Requests as they are written


def test_raw_request_is_sent_as_it_is_written_with_what_the_server_wants():
    http = Http(Address.parse("ws://h:9001/a?b"), Additions(fields=(("Cookie", "id=xyzzy"),)))
    text = "GET {target}{more}c HTTP/1.1\r\nhost:{host}\r\nX: \xe9{key}\r\n{additions}\r\n"
    octets, shown = http.raw(steps.RawRequests((text,)))
    key = b"d3Njb25mb3JtIGtleSAwMQ=="
    assert octets == b"GET /a?b&c HTTP/1.1\r\nhost:h:9001\r\nX: \xe9" + key + b"\r\nCookie: id=xyzzy\r\n\r\n"
    assert shown == octets.replace(b"id=xyzzy", b"***")


def test_responses_to_requests_in_one_segment_come_one_after_the_other():
    http = Http(ADDRESS)
    http.raw(steps.RawRequests(("GET / HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n")))
    first = http.receive(SIZED + SIZED[:-2] + SWITCH + b"\x81\x00")
    assert (first.status, first.body, first.behind) == (200, b"ok", b"")
    second = http.receive(http.carried())
    assert (second.body, second.behind) == (b"", b"")
    third = http.receive(http.carried())
    assert isinstance(third, UpgradeSeen)
    assert third.head == SWITCH.rstrip(b"\r\n")
    assert (http.behind(), http.carried()) == (b"\x81\x00", b"")


def test_accept_value_may_belong_to_any_of_several_keys():
    http = Http(ADDRESS)
    http.raw(steps.RawRequests(("GET / HTTP/1.1\r\n\r\n",), keys=("{}", "dGhlIHNhbXBsZSBub25jZQ==")))
    accept = b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    assert http.receive(SWITCH.replace(b"\r\n\r\n", accept)).key == "dGhlIHNhbXBsZSBub25jZQ=="
