"""Send to a peer that takes what it likes: who waits, for how long, and what is kept."""

import threading
from _thread import RLock
from math import inf
from time import monotonic

import pytest

from dwebsocket.protocol import CloseCode, Connection, ConnectionClosed, State
from dwebsocket.sender import Sender
from dwebsocket.transport import Transport

from .support.helpers import LIMIT, PING, frame


class Peer(Transport):
    """A transport whose peer takes as many octets as it is told to.

    Attributes:
        room: octets that it takes before it must be given room again.
        taken: what it has taken.
        ended: times that the end was told.
        waiting: called when somebody waits for room.
    """

    def __init__(self, room=inf):
        self.room = room
        self.taken = b""
        self.ended = 0
        self.waiting = lambda: None
        self.aborted = threading.Event()

    def receive(self, timeout):
        return None

    def send(self, data):
        if self.aborted.is_set():
            raise BrokenPipeError
        size = int(min(len(data), self.room))
        self.taken += bytes(data[:size])
        self.room -= size
        return size

    def wait_to_send(self, timeout):
        self.waiting()
        return self.room > 0 or self.aborted.wait(min(timeout, 0.01))

    def end_sending(self, *, peer_is_sending=False):
        self.ended += 1

    def end(self, patience):
        self.aborted.set()


class Ends:
    """A sender, what is behind it, and the peer."""

    def __init__(self, room=inf, patience=LIMIT):
        self.peer = Peer(room)
        self.connection = Connection()
        self.sender = Sender(self.peer, self.connection, RLock(), patience)

    def send(self, message, deadline=None):
        self.sender.send_message(message, None, deadline)

    def ping(self, count=1):
        self.connection.receive_data(frame(PING, b"?") * count)
        self.sender.flush()

    def close(self):
        self.connection.send_close(CloseCode.NORMAL)
        self.sender.flush()

    def fill(self):
        """Queue a Pong that the peer takes half of."""
        self.peer.room = 1
        self.ping()
        assert self.sender.has_unsent


PONG = b"\x8a\x01?"
HELLO = b"\x81\x05hello"
CLOSE = b"\x88\x02\x03\xe8"


def test_a_message_is_sent():
    ends = Ends()
    ends.send("hello")
    assert ends.peer.taken == HELLO
    assert not ends.sender.has_unsent


def test_a_message_is_sent_in_as_many_parts_as_the_peer_takes():
    ends = Ends(room=1)

    def give_room():
        ends.peer.room = 2

    ends.peer.waiting = give_room
    ends.send("hello")
    assert ends.peer.taken == HELLO


def test_a_peer_that_takes_nothing_is_given_up():
    ends = Ends(room=3, patience=0.02)
    with pytest.raises(TimeoutError):
        ends.send("hello")
    assert ends.peer.aborted.is_set()
    assert ends.connection.close_code == CloseCode.ABNORMAL
    with pytest.raises(ConnectionClosed):
        ends.send("again")


def test_a_peer_that_takes_a_little_in_time_is_not_given_up(monkeypatch):
    """The time that all of it takes is many times the patience."""
    ends = Ends(room=0, patience=3)
    times = [monotonic()]
    monkeypatch.setattr("dwebsocket.sender.monotonic", lambda: times[-1])

    def give_room():
        times.append(times[-1] + 2)
        ends.peer.room = 1

    ends.peer.waiting = give_room
    ends.send("hello")
    assert ends.peer.taken == HELLO
    assert times[-1] - times[0] > 4 * 3


def test_a_deadline_ends_a_message_even_if_the_peer_takes_some_of_it():
    ends = Ends(room=0)

    def give_room():
        ends.peer.room = 1

    ends.peer.waiting = give_room
    with pytest.raises(TimeoutError):
        ends.send("x" * 100_000_000, deadline=monotonic() + 0.02)
    assert ends.peer.aborted.is_set()


def test_a_deadline_ends_the_wait_for_another_thread_that_is_sending():
    ends = Ends()
    with ends.sender.wait_until_idle(), pytest.raises(TimeoutError):
        ends.send("hello", deadline=monotonic() + 0.01)
    assert ends.peer.aborted.is_set()


def test_a_deadline_does_not_matter_to_a_peer_that_reads():
    ends = Ends()
    ends.send("hello", deadline=monotonic())
    assert ends.peer.taken == HELLO


def test_nobody_waits_to_answer_a_ping():
    ends = Ends(room=2)
    ends.peer.waiting = lambda: pytest.fail("somebody waits")
    ends.ping(1000)
    assert ends.peer.taken == PONG[:2]
    assert ends.sender.has_unsent


def test_what_was_left_is_sent_by_the_next_flush_and_in_order():
    ends = Ends(room=2)
    ends.ping()
    ends.close()
    assert ends.peer.taken == PONG[:2]
    ends.peer.room = inf
    ends.sender.flush()
    assert ends.peer.taken == PONG + CLOSE
    assert not ends.sender.has_unsent


def test_what_was_left_is_sent_before_the_next_message():
    ends = Ends()
    ends.fill()
    ends.peer.room = inf
    ends.send("hello")
    assert ends.peer.taken == PONG + HELLO
    assert not ends.sender.has_unsent


def test_pongs_that_nobody_takes_are_bounded():
    ends = Ends()
    ends.fill()
    for _ in range(1000):
        ends.ping(100)
    ends.peer.room = inf
    ends.sender.flush()
    assert len(ends.peer.taken) < 1000 * len(PONG)


def test_a_peer_that_never_takes_its_pongs_is_given_up():
    ends = Ends(patience=0.01)
    ends.fill()
    give_up = threading.Event()
    while not ends.peer.aborted.is_set():
        ends.sender.flush()
        give_up.wait(0.001)
    assert ends.connection.state is State.CLOSED
    assert not ends.sender.has_unsent


def test_a_close_from_another_thread_frees_the_one_that_is_stuck():
    """Without limit, it would be stuck for as long as the peer stays."""
    ends = Ends(room=0, patience=None)
    stuck, outcome = threading.Event(), []
    ends.peer.waiting = stuck.set

    def send():
        with pytest.raises(TimeoutError) as caught:
            ends.send("hello")
        outcome.append(caught.value)

    thread = threading.Thread(target=send)
    thread.start()
    assert stuck.wait(LIMIT)
    ends.close()
    thread.join(LIMIT)
    assert outcome
    assert ends.peer.aborted.is_set()


def test_the_end_waits_for_what_is_left_and_not_longer_than_it_may():
    ends = Ends()
    ends.fill()
    ends.close()
    ends.sender.send_rest(monotonic() + 0.02)
    assert ends.peer.aborted.is_set()

    ends = Ends()
    ends.fill()
    ends.peer.waiting = lambda: setattr(ends.peer, "room", inf)
    ends.close()
    ends.sender.send_rest(monotonic() + LIMIT)
    assert ends.peer.taken == PONG + CLOSE


def test_tcp_ends_behind_the_last_frame_and_not_before():
    ends = Ends(room=2)
    ends.connection.fail(CloseCode.PROTOCOL_ERROR)
    ends.sender.flush()
    assert ends.peer.ended == 0
    ends.peer.room = inf
    ends.sender.flush()
    assert ends.peer.ended == 1


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_who_is_ended_in_the_middle_of_a_frame_leaves_no_half_of_it(error):
    ends = Ends(room=3)

    def end():
        raise error

    ends.peer.waiting = end
    with pytest.raises(error):
        ends.send("hello")
    assert ends.peer.aborted.is_set()
    assert not ends.sender.has_unsent
