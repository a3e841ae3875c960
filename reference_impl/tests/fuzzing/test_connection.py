"""A connection between a client that may send anything and a view that may call anything.

The same octets go to four connections: whole and cut, and with a stop behind each message and without. All four must
say, send and become the same. What is right must be understood, and nothing may grow beyond the limits.
"""

from __future__ import annotations

import zlib

import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dwebsocket.protocol import (
    CloseReceived,
    Connection,
    ConnectionClosed,
    Failed,
    Limits,
    Message,
    Offer,
    PerMessageDeflate,
    Ping,
    Pong,
    State,
)
from tests.protocol.wire import FIN, one_by_one

from . import octets as strategies
from .footprint import footprint
from .octets import BINARY, CLOSE, PING, RSV1, TAIL, TEXT, cut, encoded, fragmented, made, masked

SMALL_LIMITS = Limits(max_message_size=1000, max_frame_size=600, max_empty_fragments=3)
LIMITS = st.sampled_from([Limits(), SMALL_LIMITS, Limits(max_message_size=100)])
CODES = {1002, 1007, 1009}
PONGS_KEPT = 300
"""More Pongs than this are not kept for a client that reads nothing."""
OVERHEAD = 192 << 10
"""Octets a connection may take beyond its limits: its objects, a window, the beginning of a frame, and Pongs."""

BITS = st.sampled_from([None, *range(8, 16)])
PARAMETERS = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {"server_bits": BITS, "client_bits": BITS, "server_keeps": st.booleans(), "client_keeps": st.booleans()}
    ),
)
SETTINGS = st.builds(
    PerMessageDeflate,
    level=st.sampled_from([1, 9]),
    memory=st.sampled_from([1, 9]),
    threshold=st.sampled_from([0, 1, 1024]),
    window_bits=st.integers(8, 15),
    context_takeover=st.booleans(),
)


def offer(server_bits, client_bits, server_keeps, client_keeps):
    params = []
    if server_bits is not None:
        params.append(("server_max_window_bits", str(server_bits)))
    if client_bits is not None:
        params.append(("client_max_window_bits", str(client_bits)))
    if not server_keeps:
        params.append(("server_no_context_takeover", None))
    if not client_keeps:
        params.append(("client_no_context_takeover", None))
    return Offer("permessage-deflate", tuple(params))


class Way:
    """A connection, and how octets get into it."""

    def __init__(self, connection, *, in_pieces, one_message):
        self.connection = connection
        self._in_pieces = in_pieces
        self._take = one_by_one if one_message else Connection.receive_data

    def receive(self, octets, sizes):
        pieces = cut(octets, sizes) if self._in_pieces else [octets]
        return [event for piece in pieces for event in self._take(self.connection, piece)]

    def call(self, name, *arguments, **named):
        try:
            getattr(self.connection, name)(*arguments, **named)
        except (ValueError, TypeError, ConnectionClosed) as error:
            return error
        return None


class Conversation(RuleBasedStateMachine):
    """See the module."""

    @initialize(limits=LIMITS, parameters=PARAMETERS, configured=SETTINGS)
    def open(self, limits, parameters, configured):
        self.limits, self.parameters, self.configured = limits, parameters, configured
        self.connect()

    def connect(self):
        self.clean = True  # all that has come was right
        self.ours = 0  # octets that we have queued ourselves and not taken
        self.ignored = 0  # how often octets came to a closed connection
        self.client_bits = None  # of permessage-deflate, if it was agreed
        self.compressor = None
        answers = [None] * 4
        if self.parameters is not None:
            answers = [self.configured.accept(offer(**self.parameters)) for _ in range(4)]
            element = answers[0][0]
            self.client_bits = _client_bits(element)
            self.client_keeps = "client_no_context_takeover" not in element
        ways = [(pieces, one) for pieces in (False, True) for one in (False, True)]
        self.ways = [
            Way(Connection(self.limits, () if answer is None else (answer[1],)), in_pieces=pieces, one_message=one)
            for (pieces, one), answer in zip(ways, answers, strict=True)
        ]

    # What all ways do

    def receive(self, octets, sizes):
        """Feed octets in all ways, and return the events, which are the same."""
        closed = self.state is State.CLOSED
        events, *others = (way.receive(octets, sizes) for way in self.ways)
        differ = any(other != events for other in others)
        for other in others:
            assert other == events or (self.client_bits is not None and _only_the_fault_differs(other, events))
        assert not (closed and events)
        for one in events[:-1]:
            assert not isinstance(one, CloseReceived | Failed)
        if events and isinstance(events[-1], Failed):
            event(f"failed with {events[-1].code}: {events[-1].reason}")
            assert events[-1].code in CODES
            assert len(events[-1].reason.encode()) <= 123
        if events and isinstance(events[-1], CloseReceived | Failed):
            assert self.state is State.CLOSED
        self.ignored += closed
        if differ or self.ignored == 2:
            self.connect()
        return events

    def receive_right(self, octets, sizes, expected, *, size):
        """Feed what is right, and may only be too large."""
        understood = self.clean and self.state is not State.CLOSED
        events = self.receive(octets, sizes)
        if not understood:
            return
        if self.limits == Limits():
            assert events == expected
        elif events != expected:
            failed = events.pop()
            assert failed == Failed(1009, failed.reason)
            assert events == expected[: len(events)]
        else:
            assert size <= self.limits.max_message_size

    def call(self, name, *arguments, **named):
        """Call a method of all connections; return the exception, if they raise one."""
        raised = [way.call(name, *arguments, **named) for way in self.ways]
        assert len(set(map(repr, raised))) == 1
        return raised[0]

    @property
    def state(self):
        return self.ways[0].connection.state

    # What the client does

    @rule(message=strategies.MESSAGES, fragments=strategies.FRAGMENTS, sizes=strategies.CUTS)
    def receive_message(self, message, fragments, sizes):
        message = made(message)
        opcode, payload = encoded(message)
        expected = [*_seen(control for _, _, control in fragments), Message(message)]
        self.receive_right(fragmented(opcode, payload, fragments), sizes, expected, size=len(payload))

    @rule(
        message=strategies.MESSAGES,
        fragments=strategies.FRAGMENTS,
        sizes=strategies.CUTS,
        flush=st.sampled_from([zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH]),
    )
    def receive_compressed(self, message, fragments, sizes, flush):
        message = made(message)
        opcode, payload = encoded(message)
        expected = [*_seen(control for _, _, control in fragments), Message(message)]
        sent = payload
        if self.client_bits is not None:
            opcode, sent = opcode | RSV1, self._compressed(payload, flush)
        self.receive_right(fragmented(opcode, sent, fragments), sizes, expected, size=len(payload))

    def _compressed(self, payload, flush):
        # zlib has no window of 8 bits, so then nothing refers to what came before.
        if self.compressor is None or not self.client_keeps:
            level = 6 if self.client_bits > 8 else 0
            self.compressor = zlib.compressobj(level, zlib.DEFLATED, -max(9, self.client_bits))
        return (self.compressor.compress(payload) + self.compressor.flush(flush)).removesuffix(TAIL)

    @rule(control=strategies.CONTROLS, key=strategies.KEYS, sizes=strategies.CUTS)
    def receive_control(self, control, key, sizes):
        self.receive_right(masked(FIN | control[0], control[1], key), sizes, _seen([control]), size=0)

    @rule(
        count=st.sampled_from([2, 300, 400]), payload=st.sampled_from([b"", b"abc", bytes(125)]), sizes=strategies.CUTS
    )
    def receive_many_pings(self, count, payload, sizes):
        self.take_what_is_sent()
        expected = [Ping(payload)] * count
        self.receive_right(masked(FIN | PING, payload, b"1234") * count, sizes, expected, size=0)
        self.take_what_is_sent()

    @rule(payload=strategies.CLOSES, key=strategies.KEYS, sizes=strategies.CUTS, behind=st.binary(max_size=9))
    def receive_close(self, payload, key, sizes, behind):
        code = int.from_bytes(payload[:2], "big") if payload else 1005
        expected = [CloseReceived(code, payload[2:].decode())]
        self.receive_right(masked(FIN | CLOSE, payload, key) + behind, sizes, expected, size=0)

    @rule(hostile=strategies.HOSTILE, sizes=strategies.CUTS)
    def receive_hostile(self, hostile, sizes):
        self.clean = False
        self.receive(hostile.made(), sizes)

    @rule(
        compressed=strategies.COMPRESSED,
        opcode=st.sampled_from([TEXT, BINARY]),
        fragments=strategies.FRAGMENTS,
        sizes=strategies.CUTS,
    )
    def receive_broken_compression(self, compressed, opcode, fragments, sizes):
        self.clean = False
        self.receive(fragmented(opcode | RSV1, compressed.made(), fragments), sizes)

    @rule()
    def receive_nothing(self):
        assert self.receive(b"", []) == []

    @rule()
    def receive_eof(self):
        expected = [] if self.state is State.CLOSED else [CloseReceived(1006, "")]
        for way in self.ways:
            assert way.connection.receive_eof() == expected
            assert way.connection.receive_eof() == []

    # What the view does

    @rule(message=strategies.MESSAGES, binary=st.sampled_from([None, True, False]))
    def send_message(self, message, binary):
        message = made(message)
        was, error = self.state, self.call("send_message", message, binary=binary)
        if was is not State.OPEN:
            assert type(error) is ConnectionClosed
        elif error is not None:
            assert isinstance(error, ValueError)
            assert binary is False
            with pytest.raises(UnicodeDecodeError):
                message.decode()
        else:
            self.ours += 2 * len(encoded(message)[1]) + 100

    @rule(name=st.sampled_from(["send_ping", "send_pong"]), payload=st.binary(max_size=130))
    def send_control(self, name, payload):
        was, error = self.state, self.call(name, payload)
        if len(payload) > 125:
            assert type(error) is ValueError
        elif was is not State.OPEN:
            assert type(error) is ConnectionClosed
        else:
            assert error is None
            self.ours += 130

    @rule(
        name=st.sampled_from(["send_close", "fail"]),
        code=st.one_of(st.integers(-1, 70_000), st.sampled_from([1000, 1001, 1005, 1010, 4999])),
        reason=st.one_of(st.text(max_size=130), st.binary(max_size=3)),
    )
    def end(self, name, code, reason):
        was, error = self.state, self.call(name, code, reason)
        if error is not None:
            assert isinstance(error, ValueError)
            assert self.state is was
        elif name == "fail":
            assert self.state is State.CLOSED
        else:
            assert self.state is (State.CLOSING if was is State.OPEN else was)

    @rule()
    def take_what_is_sent(self):
        first, *others = (way.connection.data_to_send() for way in self.ways)
        assert others == [first] * len(others)
        assert len(first) <= self.ours + (PONGS_KEPT + 1) * 127
        self.ours = 0
        for way in self.ways:
            assert way.connection.data_to_send() == b""

    # What always holds

    @invariant()
    def all_ways_agree(self):
        first, *others = (
            (each.state, each.close_code, each.close_reason, each.tcp_should_end, each.pending)
            for each in (way.connection for way in self.ways)
        )
        assert others == [first] * len(others)
        assert first[4] is False
        assert first[3] is (first[0] is State.CLOSED)
        assert (first[1] is None) is (first[0] is not State.CLOSED)

    @invariant()
    def nothing_grows_beyond_the_limits(self):
        if self.limits.max_message_size > 1 << 20:
            return
        for way in self.ways:
            assert footprint(way.connection) <= 2 * self.limits.max_message_size + self.ours + OVERHEAD


def _only_the_fault_differs(some, others):
    """A compressed message may break several rules: those of DEFLATE, of UTF-8, and a limit.

    Which is noticed first depends on how much of the message is there.
    """
    return some[:-1] == others[:-1] and all(
        isinstance(events[-1], Failed) and events[-1].code in (1007, 1009) for events in (some, others)
    )


def _client_bits(element):
    parameters = dict(part.strip().partition("=")[::2] for part in element.split(";"))
    return int(parameters.get("client_max_window_bits") or 15)


def _seen(controls):
    return [(Ping if each[0] == PING else Pong)(each[1]) for each in controls if each is not None]


TestConversation = Conversation.TestCase
# An example is a whole conversation, so there are fewer of them.
TestConversation.settings = settings(max_examples=settings.default.max_examples // 3, stateful_step_count=20)
