"""Whatever a server answers to a request, it is a response, an upgrade, or garbled; nothing is raised."""

from __future__ import annotations

from hypothesis import event, example, given
from hypothesis import strategies as st

from conformance.tests.fuzzing.octets import CUTS, DAMAGES, cut
from wsconform.script import steps
from wsconform.script.events import Garbled, ResponseSeen, UpgradeSeen
from wsconform.script.http import Http
from wsconform.wire.address import Address

ADDRESS = Address.parse("ws://127.0.0.1:8000/echo")

REQUESTS = st.sampled_from(
    [
        steps.Request(),
        steps.Request("/", websocket=False),
        steps.Request("/", websocket=False, method="HEAD"),
        steps.Request("/", websocket=False, method="POST", body=b"a=1"),
        steps.Request("/", websocket=False, headers=(("Connection", "close"),)),
    ]
)
STATUS_LINES = st.sampled_from(
    (
        *(b"HTTP/1.1 200 OK", b"HTTP/1.1 101 Switching Protocols", b"HTTP/1.1 100 Continue", b"HTTP/1.0 404 No"),
        *(b"HTTP/1.1 204 No Content", b"HTTP/1.1 304 x", b"HTTP/1.1 200", b"HTTP/2 200 OK", b"HTTP/1.1 999 \xe9", b"x"),
    )
)
FIELDS = st.sampled_from(
    (
        *(b"Content-Length: " + value for value in (b"2", b"0", b"9" * 20, b"-1", b"2, 2", b"2, 3")),
        *(b"Transfer-Encoding: " + value for value in (b"chunked", b"gzip", b"gzip, chunked")),
        *(b"Connection: " + value for value in (b"close", b"keep-alive", b"Upgrade")),
        *(b"Upgrade: websocket", b"Upgrade: h2c", b"Sec-WebSocket-Accept: \xe9", b"Sec-WebSocket-Protocol: a"),
        *(b"X: \xff", b"X:", b" folded", b"X : y", b"X"),
    )
)
BODIES = st.sampled_from(
    [b"", b"ok", b"2\r\nok\r\n0\r\n\r\n", b"2;x=y\r\nok\r\n", b"-1\r\n", b"f" * 30, b"0\r\nA: b\r\n\r\n"]
)


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """A response, and perhaps what follows it."""
    lines = [draw(STATUS_LINES), *draw(st.lists(FIELDS, max_size=4))]
    octets = b"\r\n".join([*lines, b"", b""]) + draw(BODIES) + draw(st.sampled_from([b"", b"\x81\0", b"more"]))
    for damage in draw(DAMAGES):
        octets = damage.done(octets)
    return octets


def heard(http: Http, octets: bytes, sizes: list[int], *, ends: bool) -> object:
    """The first thing that comes of octets in pieces; what is said when they end, if there is nothing before."""
    for piece in cut(octets, sizes):
        # No bytes at all mean the end of the connection.
        if piece and (seen := http.receive(piece)) is not None:
            return seen
    return http.receive(b"") if ends else None


@given(REQUESTS, responses(), CUTS, st.booleans())
@example(steps.Request(), b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nX: \xff\r\n\r\n", [], False)
def test_an_answer_is_heard(request, octets, sizes, ends):
    http, other = Http(ADDRESS), Http(ADDRESS)
    http.request(request)
    other.request(request)
    seen = heard(http, octets, sizes, ends=ends)
    event(type(seen).__name__)

    assert seen is None or isinstance(seen, ResponseSeen | UpgradeSeen | Garbled)
    assert isinstance(http.closes, bool)
    whole = heard(other, octets, [], ends=ends)
    assert type(seen) is type(whole)
    if isinstance(seen, ResponseSeen):
        assert (seen.status, seen.headers, seen.body) == (whole.status, whole.headers, whole.body)
    if isinstance(seen, ResponseSeen | UpgradeSeen):
        assert octets.startswith(http.came, len(octets) - len(other.came))
    else:
        assert octets.startswith(http.came)


@given(responses(), responses())
def test_after_anything_more_can_come(first, second):
    http = Http(ADDRESS)
    http.request(steps.Request())
    seen = [http.receive(each) for each in (first, second) if each]

    assert all(each is None or isinstance(each, ResponseSeen | UpgradeSeen | Garbled) for each in seen)
    assert len(http.came) <= len(first) + len(second)
