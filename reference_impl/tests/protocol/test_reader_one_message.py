"""Stopping behind a message: what follows it is neither parsed nor answered before it is asked for."""

import pytest

from dwebsocket.protocol import CloseReceived, Connection, Failed, Message, Ping, Pong, State

from .wire import FIN, masked, one_by_one, text

TEXT, BINARY, CONTINUATION = 1, 2, 0
PING, PONG = masked(FIN | 9, b"p"), b"\x8a\x01p"
CLOSE, BROKEN = masked(FIN | 8, b"\x03\xe8"), b"\xff"

MESSAGES = {
    "empty": (text(""), Message("")),
    "short": (text("x"), Message("x")),
    "125 octets": (masked(FIN | BINARY, bytes(125)), Message(bytes(125))),
    "126 octets": (masked(FIN | BINARY, bytes(126)), Message(bytes(126))),
    "65535 octets": (masked(FIN | BINARY, bytes(65535)), Message(bytes(65535))),
    "65536 octets": (masked(FIN | BINARY, bytes(65536)), Message(bytes(65536))),
    "fragments": (masked(TEXT, b"a") + masked(CONTINUATION, b"b") + masked(FIN), Message("ab")),
}
SHORT = {name: message for name, message in MESSAGES.items() if len(message[0]) < 200}


def receive(connection, data=b""):
    """Take one message; return the events and what is answered."""
    return connection.receive_data(data, one_message=True), connection.data_to_send()


@pytest.mark.parametrize(("octets", "message"), MESSAGES.values(), ids=MESSAGES)
def test_one_message_alone_leaves_nothing_pending(octets, message):
    connection = Connection()

    assert receive(connection, octets) == ([message], b"")
    assert not connection.pending


@pytest.mark.parametrize(("octets", "message"), MESSAGES.values(), ids=MESSAGES)
def test_each_call_returns_one_message(octets, message):
    connection = Connection()

    assert receive(connection, octets * 3) == ([message], b"")
    assert connection.pending
    assert receive(connection) == ([message], b"")
    assert connection.pending
    assert receive(connection) == ([message], b"")
    assert not connection.pending


@pytest.mark.parametrize(("octets", "message"), SHORT.values(), ids=SHORT)
def test_octet_by_octet_a_message_comes_with_its_last_one(octets, message):
    connection = Connection()
    for _ in range(2):
        taken = [receive(connection, octets[at : at + 1]) for at in range(len(octets))]

        assert taken == [([], b"")] * (len(octets) - 1) + [([message], b"")]
        assert not connection.pending


BEHIND = {
    "ping": (PING, [Ping(b"p")], PONG, State.OPEN),
    "close": (CLOSE, [CloseReceived(1000, "")], b"\x88\x02\x03\xe8", State.CLOSED),
    "close, then anything": (CLOSE + BROKEN, [CloseReceived(1000, "")], b"\x88\x02\x03\xe8", State.CLOSED),
    "part of a frame": (PING[:3], [], b"", State.OPEN),
}


@pytest.mark.parametrize(("behind", "events", "answer", "state"), BEHIND.values(), ids=BEHIND)
@pytest.mark.parametrize(("octets", "message"), MESSAGES.values(), ids=MESSAGES)
def test_what_follows_a_message_is_answered_by_the_next_call(octets, message, behind, events, answer, state):
    connection = Connection()

    assert receive(connection, octets + behind) == ([message], b"")
    assert (connection.state, connection.pending) == (State.OPEN, True)
    assert receive(connection) == (events, answer)
    assert (connection.state, connection.pending) == (state, False)


@pytest.mark.parametrize(("octets", "message"), MESSAGES.values(), ids=MESSAGES)
def test_a_broken_frame_behind_a_message_fails_the_next_call(octets, message):
    connection = Connection()

    assert receive(connection, octets + BROKEN) == ([message], b"")
    assert connection.state is State.OPEN
    [failed], close = receive(connection)
    assert isinstance(failed, Failed)
    assert close[:4] == b"\x88%c\x03\xea" % (len(failed.reason) + 2)
    assert (connection.state, connection.pending) == (State.CLOSED, False)


def test_control_frames_before_a_message_come_with_it():
    connection = Connection()
    octets = PING + masked(TEXT, b"a") + masked(FIN | 10, b"q") + masked(FIN, b"b") + PING

    assert receive(connection, octets) == ([Ping(b"p"), Pong(b"q"), Message("ab")], PONG)
    assert receive(connection) == ([Ping(b"p")], PONG)


def test_data_that_arrives_before_the_rest_is_taken_follows_it():
    connection = Connection()
    octets = text("one") + text("two") + text("three")

    assert receive(connection, octets[:13]) == ([Message("one")], b"")
    assert receive(connection, octets[13:]) == ([Message("two")], b"")
    assert receive(connection) == ([Message("three")], b"")
    assert not connection.pending


def test_all_that_is_pending_can_be_taken_at_once():
    connection = Connection()
    connection.receive_data(text("one") + text("two") + PING, one_message=True)

    assert connection.receive_data(text("three")) == [Message("two"), Ping(b"p"), Message("three")]
    assert not connection.pending


@pytest.mark.parametrize("cut", range(len(text("early")) + 1))
def test_early_octets_are_taken_by_the_first_call(cut):
    connection = Connection(early=text("early")[:cut])

    assert connection.pending is (cut > 0)
    assert [*one_by_one(connection, b""), *one_by_one(connection, text("early")[cut:])] == [Message("early")]


def test_the_rest_is_not_copied_for_each_message():
    """Or the time for many short messages in one piece would be quadratic."""
    octets = text("x") * 10_000
    connection = Connection()
    connection.receive_data(octets, one_message=True)
    for _ in range(9_998):
        assert connection.receive_data(b"", one_message=True) == [Message("x")]
        assert connection._reader._buffer is octets
    assert connection.receive_data(b"", one_message=True) == [Message("x")]
    assert not connection.pending
