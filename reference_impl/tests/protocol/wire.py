"""A client's octets, and every way in which TCP may cut them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dwebsocket.protocol import Connection, Event, Extension, Limits, Message, State

KEY = b"\x37\xfa\x21\x3d"
FIN = 0x80


def xor(data: bytes, key: bytes) -> bytes:
    """Section 5.3 word for word: octet i of the payload with octet i mod 4 of the key."""
    return bytes(octet ^ key[i % 4] for i, octet in enumerate(data))


def length_field(length: int, form: int | None = None) -> bytes:
    """The length with the mask bit set, in the shortest form or in that of 7, 16 or 64 bits."""
    form = form or (7 if length < 126 else 16 if length < 65536 else 64)
    if form == 7:
        return bytes([0x80 | length])
    return bytes([0x80 | (126 if form == 16 else 127)]) + length.to_bytes(form // 8, "big")


def masked(first: int, payload: bytes = b"", *, key: bytes = KEY, form: int | None = None) -> bytes:
    """A frame as a client sends it."""
    return bytes([first]) + length_field(len(payload), form) + key + xor(payload, key)


def text(message: str) -> bytes:
    """A text message in one frame."""
    return masked(FIN | 1, message.encode())


@dataclass
class Outcome:
    """What a connection made of the octets."""

    events: list[Event]
    sent: bytes
    state: State
    close_code: int | None
    close_reason: str


def play(
    *pieces: bytes,
    limits: Limits | None = None,
    extensions: tuple[Extension, ...] | Callable[[], tuple[Extension, ...]] = (),
    one_message: bool = False,
) -> Outcome:
    """Feed the pieces to a new connection; extensions that remember something are made for it.

    With `one_message` it stops behind each message.
    """
    connection = Connection(limits or Limits(), extensions() if callable(extensions) else extensions)
    take = one_by_one if one_message else Connection.receive_data
    events = [event for piece in pieces for event in take(connection, piece)]
    return Outcome(events, connection.data_to_send(), connection.state, connection.close_code, connection.close_reason)


def one_by_one(connection: Connection, piece: bytes) -> Iterator[Event]:
    """Feed a piece, and let the connection stop behind each message: that is then its last event."""
    events = connection.receive_data(piece, one_message=True)
    while True:
        assert not any(isinstance(event, Message) for event in events[:-1])
        yield from events
        if not connection.pending:
            return
        events = connection.receive_data(b"", one_message=True)


def cuts(octets: bytes) -> Iterator[tuple[bytes, ...]]:
    """The octets one by one, and in two at every position."""
    yield tuple(octets[i : i + 1] for i in range(len(octets)))
    for at in range(1, len(octets)):
        yield octets[:at], octets[at:]


def played_every_way(octets: bytes, **options: object) -> Outcome:
    """Feed the octets whole, one by one, cut at every position and with a ping behind them, and stop behind messages.

    Returns:
        The outcome, after asserting that it does not depend on the way.

    """
    whole = play(octets, **options)
    assert play(octets, one_message=True, **options) == whole
    for pieces in cuts(octets):
        assert play(*pieces, **options) == whole, f"cut into {pieces}"
        assert play(*pieces, one_message=True, **options) == whole, f"cut into {pieces}, one message at a time"
    assert play(octets + PING, **options) == _followed_by_ping(octets, **options)
    return whole


PING = masked(FIN | 9, b"behind")


def _followed_by_ping(octets: bytes, **options: object) -> Outcome:
    return play(octets, PING, **options)
