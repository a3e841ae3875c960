"""The reference and the suite talk to each other: what one sends, the other one reads, after any handshake.

They share no code, so what both have wrong must be wrong in two ways at once.
"""

from __future__ import annotations

import zlib

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from conformance.tests.fuzzing.octets import CUTS, MESSAGES, cut, made, octets_of
from dwebsocket import protocol
from dwebsocket.protocol import Connection, PerMessageDeflate, State, accept, parse_request
from wsconform.model import Frame, Message, Opcode, Pong, Split
from wsconform.wire.deflate import TAIL
from wsconform.wire.frames import Decoder, encode_frame, encode_split, fragments
from wsconform.wire.inflater import Inflater
from wsconform.wire.negotiation import agree
from wsconform.wire.opening import Head
from wsconform.wire.reader import CloseSeen, FrameReader, PingSeen

RSV1 = 4
KEY = b"\x37\xfa\x21\x3d"
OFFERS = st.lists(
    st.sampled_from(
        ["client_max_window_bits", "server_no_context_takeover", "client_no_context_takeover"]
        + [f"{side}_max_window_bits={bits}" for side in ("server", "client") for bits in (8, 9, 12, 15)]
    ),
    max_size=4,
    unique_by=lambda parameter: parameter.partition("=")[0],
)
SETTINGS = st.builds(
    PerMessageDeflate,
    level=st.integers(1, 9),
    memory=st.integers(1, 9),
    threshold=st.sampled_from([0, 1, 100, 1024]),
    window_bits=st.integers(8, 15),
    context_takeover=st.booleans(),
)
REQUEST = (
    "GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Extensions: {}\r\n\r\n"
)


class Conversation(RuleBasedStateMachine):
    """See the module."""

    @initialize(parameters=OFFERS, configured=SETTINGS)
    def open(self, parameters, configured):
        offer = "; ".join(["permessage-deflate", *parameters])
        request, _ = parse_request(REQUEST.format(offer).encode())
        accepted = accept(request, extensions=[configured])
        head = Head()
        head.feed(accepted.response)
        agreement, fault = agree([offer], head.answers)
        assert (head.status, fault) == (101, None)
        assert agreement is not None
        self.agreement = agreement
        self.server = Connection(extensions=accepted.extensions)
        self.decoder, self.reader = Decoder(), FrameReader()
        self.reader.inflater = Inflater(agreement)
        self.compressor = None
        self.due = []  # what the suite is to read of what the server has sent

    @rule(message=MESSAGES)
    def server_sends(self, message):
        message = made(message)
        if self.server.state is State.OPEN:
            self.server.send_message(message)
            self.due.append((octets_of(message), isinstance(message, bytes)))

    @rule(payload=st.binary(max_size=125), ping=st.booleans())
    def server_sends_control(self, payload, ping):
        if self.server.state is State.OPEN:
            (self.server.send_ping if ping else self.server.send_pong)(payload)
            self.due.append(PingSeen(payload) if ping else Pong(payload))

    @rule(code=st.sampled_from([None, 1000, 1001, 1011, 3000, 4999]), reason=st.text(max_size=30))
    def server_closes(self, code, reason):
        reason = reason if code else ""
        if self.server.state is State.OPEN:
            self.server.send_close(code, reason)
            self.due.append(CloseSeen(code, reason.encode()))

    @rule(sizes=CUTS)
    def suite_reads(self, sizes):
        octets = self.server.data_to_send()
        frames = [frame for piece in cut(octets, sizes) for frame in self.decoder.feed(piece)]
        seen = [self.reader.read(frame) for frame in frames]
        assert [(each.payload, each.binary) if isinstance(each, Message) else each for each in seen] == self.due
        assert self.decoder.unfinished == b""
        self.due = []

    @rule(message=MESSAGES, size=st.sampled_from([1 << 20, 1000, 126, 17, 1]), compress=st.booleans(), sizes=CUTS)
    def suite_sends(self, message, size, compress, sizes):
        message = made(message)
        payload = octets_of(message)
        opcode = Opcode.TEXT if isinstance(message, str) else Opcode.BINARY
        size = max(size, len(payload) // 1000)  # not too many fragments
        if compress:
            frames = self._compressed(opcode, payload, size)
        else:
            frames = encode_split(Split(opcode, payload, size), lambda count: KEY * count)
        assert self._received(frames, sizes) == [protocol.Message(message)]

    def _compressed(self, opcode, payload, size):
        if self.compressor is None or not self.agreement.client_takeover:
            bits = self.agreement.client_bits
            # zlib has no window of 8 bits, so then nothing refers to what came before.
            self.compressor = zlib.compressobj(9 if bits > 8 else 0, zlib.DEFLATED, -max(9, bits))
        octets = self.compressor.compress(payload) + self.compressor.flush(zlib.Z_SYNC_FLUSH)
        pieces = fragments(Split(opcode, octets.removesuffix(TAIL), size))
        return b"".join(
            encode_frame(Frame(kind, piece, fin, RSV1 if kind == opcode else 0), KEY) for kind, _, fin, piece in pieces
        )

    @rule(payload=st.binary(max_size=125), sizes=CUTS)
    def suite_pings(self, payload, sizes):
        ping = encode_frame(Frame(Opcode.PING, payload), KEY)
        assert self._received(ping, sizes) == [protocol.Ping(payload)]
        # It is answered behind a Close, too (RFC 6455 section 5.5.2), where the suite reads no more frames.
        if self.server.state is State.OPEN:
            self.due.append(Pong(payload))

    def _received(self, octets, sizes):
        return [event for piece in cut(octets, sizes) for event in self.server.receive_data(piece)]

    @invariant()
    def nothing_failed(self):
        assert self.reader.inflater.noted == []
        assert self.server.close_code is None


TestConversation = Conversation.TestCase
# An example is a whole conversation, so there are fewer of them.
TestConversation.settings = settings(max_examples=settings.default.max_examples // 3, stateful_step_count=20)
