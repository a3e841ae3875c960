"""Long answers in which something repeats: reading them takes time that grows with their length, not with its square.

What takes milliseconds in one go would take a minute otherwise, in which the suite could do nothing else.
"""

from __future__ import annotations

from contextlib import suppress

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from wsconform.script.http import Http
from wsconform.script.steps import Request
from wsconform.wire.address import Address
from wsconform.wire.deflate import scan
from wsconform.wire.frames import Decoder
from wsconform.wire.inflater import Inflater
from wsconform.wire.negotiation import Agreement, MalformedError, agree, read_elements
from wsconform.wire.opening import Head
from wsconform.wire.reader import FrameReader

ADDRESS = Address.parse("ws://127.0.0.1:8000/echo")

LENGTH = 60_000  # characters; heads of servers are not longer
SECONDS = 4  # of the processor
PARTS = st.text('a ,;="\\\t:/[%\n\r\0é', max_size=4)
#: A long text that repeats its middle.
LONG = st.builds(
    lambda before, unit, behind: before + unit * (LENGTH // max(1, len(unit))) + behind, PARTS, PARTS, PARTS
)
OCTETS = st.binary(max_size=4)
LONG_OCTETS = st.builds(
    lambda before, unit, behind: before + unit * (LENGTH // max(1, len(unit))) + behind, OCTETS, OCTETS, OCTETS
)
NAMES = st.sampled_from(
    ["X", "Sec-WebSocket-Extensions", "Content-Length", "Transfer-Encoding", "Connection", "x " * 99]
)
# Making such a text shorter makes it fast, so it is not tried.
few = settings(max_examples=settings.default.max_examples // 3, phases=[Phase.explicit, Phase.generate])


@few
@given(LONG)
def test_long_elements(cpu_limit, value):
    with cpu_limit(SECONDS):
        agree(["permessage-deflate"], [value])
        agree([value], ["permessage-deflate"])
        with suppress(MalformedError):
            list(read_elements(value))


@few
@given(NAMES, LONG)
def test_long_field_of_an_answer(cpu_limit, name, value):
    octets = f"HTTP/1.1 101 Switching Protocols\r\n{name}:{value}\r\n\r\n".encode("latin-1")
    http = Http(ADDRESS)
    http.request(Request())
    with cpu_limit(SECONDS):
        Head().feed(octets)
        http.receive(octets)


@few
@given(LONG)
def test_long_head_without_an_end(cpu_limit, value):
    octets = f"HTTP/1.1 200 {value}".encode("latin-1")
    head, http = Head(), Http(ADDRESS)
    http.request(Request())
    with cpu_limit(SECONDS):
        for at in range(0, len(octets), 50):
            if not head.whole:
                head.feed(octets[at : at + 50])
            http.receive(octets[at : at + 50])


@few
@given(LONG_OCTETS)
def test_long_stream(cpu_limit, octets):
    decoder, reader = Decoder(), FrameReader()
    with cpu_limit(SECONDS):
        for at in range(0, len(octets), 50):
            for frame in decoder.feed(octets[at : at + 50]):
                reader.read(frame)


@few
@given(LONG_OCTETS)
def test_long_compressed_message(cpu_limit, octets):
    with cpu_limit(SECONDS):
        scan(octets[: 1 << 15])
        Inflater(Agreement(0, 0)).inflate(octets)
