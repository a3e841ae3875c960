"""Long heads in which something repeats: reading them takes time that grows with their length, not with its square.

The lengths are those that a server lets pass. What takes milliseconds in one go would take a minute otherwise.
"""

from __future__ import annotations

from contextlib import suppress

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from dwebsocket.protocol import HandshakeRefused, PerMessageDeflate, Request, accept, parse_request
from dwebsocket.protocol.extensions import read_offers

from .heads import RIGHT

LENGTH = 60_000  # characters; a head has at most 65,536 octets
SECONDS = 3  # of the processor
PARTS = st.text('a ,;="\\\t:/[%\n\0é', max_size=4)
#: A long text that repeats its middle.
LONG = st.builds(
    lambda before, unit, behind: before + unit * (LENGTH // max(1, len(unit))) + behind, PARTS, PARTS, PARTS
)
# Making such a text shorter makes it fast, so it is not tried.
few = settings(max_examples=settings.default.max_examples // 3, phases=[Phase.explicit, Phase.generate])


@few
@given(LONG)
def test_long_offers(cpu_limit, value):
    with cpu_limit(SECONDS), suppress(HandshakeRefused):
        read_offers(value)


@few
@given(st.sampled_from([name for name, _ in RIGHT] + ["Sec-WebSocket-Protocol", "Content-Length", "Origin"]), LONG)
def test_long_field_of_a_handshake(cpu_limit, name, value):
    fields = (*((known, right) for known, right in RIGHT if known != name), (name, value))
    with cpu_limit(SECONDS), suppress(HandshakeRefused):
        accept(Request("GET", "/", "1.1", fields), subprotocols=["a"], extensions=[PerMessageDeflate()])


@few
@given(LONG)
def test_long_request_line(cpu_limit, line):
    with cpu_limit(SECONDS), suppress(HandshakeRefused):
        parse_request(f"{line[:8000]} HTTP/1.1\r\nHost: a\r\n\r\n".encode("latin-1"))


@few
@given(LONG)
@example(" " * LENGTH + "\0")
def test_long_field_of_a_head(cpu_limit, value):
    with cpu_limit(SECONDS), suppress(HandshakeRefused):
        parse_request(f"GET / HTTP/1.1\r\nHost: a\r\nX:{value}\r\n\r\n".encode("latin-1"))


@few
@given(LONG)
def test_long_line_that_is_no_field(cpu_limit, line):
    with cpu_limit(SECONDS), suppress(HandshakeRefused):
        parse_request(f"GET / HTTP/1.1\r\n{line}\r\nHost: a\r\n\r\n".encode("latin-1"))
