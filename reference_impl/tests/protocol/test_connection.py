"""Sending, answering and the states of a connection."""

import gc
import weakref

import pytest

from dwebsocket.protocol import CloseReceived, Connection, ConnectionClosed, Failed, Message, Ping, State, Violation

from .wire import FIN, masked, play, text

CLOSE_1000 = b"\x88\x02\x03\xe8"

MESSAGES = {
    "str": ("é", None, "8102c3a9"),
    "str as binary": ("é", True, "8202c3a9"),
    "str as text": ("é", False, "8102c3a9"),
    "bytes": (b"\xff", None, "8201ff"),
    "bytes as text": ("é".encode(), False, "8102c3a9"),
    "bytes as binary": (b"a", True, "820161"),
    "bytearray": (bytearray(b"ab"), None, "82026162"),
    "memoryview": (memoryview(b"abc")[1:], None, "82026263"),
}


@pytest.mark.parametrize(("message", "binary", "octets"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_goes_out_as_text_or_binary(message, binary, octets):
    connection = Connection()
    connection.send_message(message, binary=binary)

    assert connection.data_to_send().hex() == octets


@pytest.mark.parametrize(("message", "binary"), [(b"\xff", False), ("\ud800", None)], ids=["bytes", "str"])
def test_text_that_is_no_utf8_is_a_value_error(message, binary):
    connection = Connection()
    with pytest.raises(ValueError, match="utf-8"):
        connection.send_message(message, binary=binary)

    assert connection.data_to_send() == b""


@pytest.mark.parametrize("message", [None, 5, ["a"]], ids=repr)
def test_a_message_is_str_or_bytes(message):
    with pytest.raises(TypeError):
        Connection().send_message(message)


def test_what_is_sent_is_queued_in_order_and_forgotten_when_taken():
    connection = Connection()
    connection.send_message("a")
    connection.send_ping(b"b")
    connection.send_pong()

    assert connection.data_to_send() == b"\x81\x01a\x89\x01b\x8a\x00"
    assert connection.data_to_send() == b""


@pytest.mark.parametrize("send", [Connection.send_ping, Connection.send_pong])
def test_a_control_payload_over_125_octets_is_a_value_error(send):
    connection = Connection()
    send(connection, b"p" * 125)
    connection.data_to_send()
    with pytest.raises(ValueError, match="126"):
        send(connection, b"p" * 126)

    assert connection.data_to_send() == b""


def test_each_ping_is_answered_in_order():
    outcome = play(b"".join(masked(0x89, b"%d" % i) for i in range(10)))

    assert outcome.sent == b"".join(b"\x8a\x01%d" % i for i in range(10))
    assert outcome.state is State.OPEN


def test_pings_to_a_connection_that_is_never_drained_are_answered_by_the_newest():
    connection = Connection()
    connection.send_message("kept")
    for i in range(10_000):
        connection.receive_data(masked(0x89, b"%4d" % i))
    sent = connection.data_to_send()

    assert sent.startswith(b"\x81\x04kept\x8a\x04   0\x8a\x04   1")
    assert sent.endswith(b"\x8a\x049999")
    assert len(sent) < 2000
    connection.receive_data(masked(0x89, b"next"))
    assert connection.data_to_send() == b"\x8a\x04next"


def test_the_first_close_of_the_peer_is_answered_with_its_code():
    outcome = play(masked(0x88, b"\x0f\xa0reason"))

    assert outcome.sent == b"\x88\x02\x0f\xa0"
    assert (outcome.state, outcome.close_code, outcome.close_reason) == (State.CLOSED, 4000, "reason")


def test_an_empty_close_is_answered_by_an_empty_one():
    outcome = play(masked(0x88))

    assert (outcome.sent, outcome.close_code) == (b"\x88\x00", 1005)


def test_1010_is_legal_to_receive_but_not_echoed():
    outcome = play(masked(0x88, b"\x03\xf2"))

    assert outcome.events == [CloseReceived(1010, "")]
    assert outcome.sent == CLOSE_1000


def test_after_a_close_pings_are_not_answered():
    assert play(masked(0x88) + masked(0x89, b"p")).sent == b"\x88\x00"


def test_we_close_first_and_the_answer_ends_it():
    connection = Connection()
    connection.send_close(1001, "going")

    assert connection.data_to_send() == b"\x88\x07\x03\xe9going"
    assert (connection.state, connection.tcp_should_end, connection.close_code) == (State.CLOSING, False, None)

    assert connection.receive_data(masked(0x88, b"\x03\xe9")) == [CloseReceived(1001, "")]
    assert connection.data_to_send() == b""
    assert (connection.state, connection.tcp_should_end, connection.close_code) == (State.CLOSED, True, 1001)


def test_between_our_close_and_the_peers_messages_still_come_and_pings_are_answered():
    """Section 5.5.2: a Pong is due unless a Close was received."""
    connection = Connection()
    connection.send_close()
    connection.data_to_send()

    assert connection.receive_data(text("late") + masked(0x89, b"p")) == [Message("late"), Ping(b"p")]
    assert connection.data_to_send() == b"\x8a\x01p"


def test_a_violation_after_our_close_sends_no_second_close():
    connection = Connection()
    connection.send_close(1000)
    connection.data_to_send()

    assert isinstance(connection.receive_data(b"\xff")[0], Failed)
    assert connection.data_to_send() == b""
    assert connection.tcp_should_end


def test_a_second_close_is_not_sent():
    connection = Connection()
    connection.send_close()
    connection.send_close(1001, "again")

    assert connection.data_to_send() == b"\x88\x00"


@pytest.mark.parametrize(("code", "reason"), [(1005, ""), (1010, ""), (1000, "r" * 124), (1000, b"\xff")])
def test_a_close_that_may_not_be_sent_leaves_the_connection_open(code, reason):
    connection = Connection()
    for close in (connection.send_close, connection.fail):
        with pytest.raises(ValueError):  # noqa: PT011 (Python's UnicodeError is one)
            close(code, reason)

    assert (connection.state, connection.data_to_send()) == (State.OPEN, b"")


def _closing(connection):
    connection.send_close()


def _closed_by_peer(connection):
    connection.receive_data(masked(0x88))


def _failed(connection):
    connection.fail(1011)


def _vanished(connection):
    connection.receive_eof()


ENDS = [_closing, _closed_by_peer, _failed, _vanished]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    "send", [lambda c: c.send_message("a"), Connection.send_ping, Connection.send_pong], ids=["message", "ping", "pong"]
)
def test_nothing_can_be_sent_on_a_connection_that_is_not_open(end, send):
    connection = Connection()
    end(connection)
    connection.data_to_send()
    with pytest.raises(ConnectionClosed):
        send(connection)

    assert connection.data_to_send() == b""


@pytest.mark.parametrize("end", ENDS[1:])
def test_after_the_end_nothing_happens_any_more(end):
    connection = Connection()
    end(connection)
    connection.data_to_send()
    code = connection.close_code

    assert connection.receive_data(text("late")) == []
    assert connection.receive_eof() == []
    connection.send_close(1000)
    connection.fail(1011, "late")
    assert (connection.state, connection.close_code, connection.data_to_send()) == (State.CLOSED, code, b"")
    assert connection.tcp_should_end


@pytest.mark.parametrize("end", ENDS[1:])
def test_what_has_ended_needs_no_garbage_collector(end):
    connection = Connection()
    connection.receive_data(masked(1, b"an unfinished message"))
    end(connection)
    remains = weakref.ref(connection)
    gc.disable()
    try:
        del connection

        assert remains() is None
    finally:
        gc.enable()


def test_failing_sends_a_close_and_ends():
    connection = Connection()
    connection.fail(1008, "too slow")

    assert connection.data_to_send() == b"\x88\x0a\x03\xf0too slow"
    assert (connection.state, connection.close_code, connection.tcp_should_end) == (State.CLOSED, 1006, True)


@pytest.mark.parametrize(
    "before", [b"", text("a"), text("a")[:5], masked(1, b"a")], ids=["", "message", "frame", "fragment"]
)
def test_a_peer_that_vanishes_is_1006(before):
    connection = Connection()
    connection.receive_data(before)

    assert connection.receive_eof() == [CloseReceived(1006, "")]
    assert (connection.state, connection.close_code, connection.tcp_should_end) == (State.CLOSED, 1006, True)
    assert connection.data_to_send() == b""


class Reversing:
    """An extension that turns messages round; one that begins with "!" it leaves alone, and "?" it cannot read."""

    def __init__(self, reserved, mark=b""):
        self.reserved = reserved
        self.mark = mark
        self.kept = b""

    def encode(self, payload):
        return None if payload.startswith(b"!") else payload[::-1] + self.mark

    def decode(self, octets, *, last):
        self.kept += octets
        if last:
            payload, self.kept = self.kept, b""
            if payload.startswith(b"?"):
                raise Violation(1007, "not mine")
            assert payload.endswith(self.mark)
            yield payload[: len(payload) - len(self.mark)][::-1]


def test_an_extension_alters_what_goes_out():
    connection = Connection(extensions=(Reversing(0x40),))
    connection.send_message("abc")
    connection.send_message("!abc")
    connection.send_ping(b"abc")

    assert connection.data_to_send() == b"\xc1\x03cba\x81\x04!abc\x89\x03abc"


def test_an_extension_reads_marked_messages_only():
    octets = masked(0xC1, b"cba") + text("abc") + masked(0x41, b"\xa9") + masked(FIN, b"\xc3")

    assert play(octets, extensions=(Reversing(0x40),)).events == [Message("abc"), Message("abc"), Message("é")]


def test_extensions_are_undone_in_reverse_order():
    extensions = (Reversing(0x40, b"1"), Reversing(0x20, b"2"))
    connection = Connection(extensions=extensions)
    connection.send_message(b"abc")
    sent = connection.data_to_send()

    assert sent == b"\xe2\x051abc2"
    assert play(masked(sent[0], sent[2:]), extensions=extensions).events == [Message(b"abc")]
    assert play(masked(0xA2, b"cba2"), extensions=extensions).events == [Message(b"abc")]


@pytest.mark.parametrize("octets", [masked(0xC1, b"?"), masked(0xC1, b"\xff")], ids=["unreadable", "no UTF-8"])
def test_what_an_extension_gives_back_is_judged(octets):
    assert [event.code for event in play(octets, extensions=(Reversing(0x40),)).events] == [1007]
