"""Compressed round trips: which echoes need not be inflated, and which must be."""

from __future__ import annotations

import pytest

from wsconform.conversation.model import CompressedTrips, Echoes, Event, Sample
from wsconform.conversation.streams import stream
from wsconform.conversation.trips import TripsCompressed
from wsconform.model import Frame, KiB, Message
from wsconform.wire.inflater import Inflater
from wsconform.wire.negotiation import Agreement

SAMPLE = Sample("json", 4 * KiB)


class Recorded:
    """Keeps what would go out."""

    def __init__(self) -> None:
        self.over: list[Event] = []

    def put(self, frame: Frame) -> None:
        raise AssertionError("compressed messages are octets")

    def put_octets(self, what: str, octets: bytes) -> None:
        """It goes nowhere."""

    def trips_over(self, event: Event) -> None:
        self.over.append(event)


@pytest.mark.parametrize(
    ("agreement", "will_do"),
    [
        (Agreement(0, 0), True),
        (Agreement(0, 0, client_bits=9, server_bits=12), True),
        (Agreement(0, 0, server_bits=9), False),  # ours may reach further back than the server's may
        (Agreement(0, 0, server_takeover=False), False),  # and into messages that the server must forget
        (Agreement(0, 0, client_takeover=False, server_takeover=False), True),
    ],
)
def test_our_own_octets_are_known_only_if_they_keep_the_servers_part(agreement: Agreement, *, will_do: bool) -> None:
    inflater = Inflater(agreement)
    trips = TripsCompressed(CompressedTrips(SAMPLE, 3), Recorded(), agreement, inflater)
    trips.send()
    known = inflater.known(stream(SAMPLE, agreement, None).payload(0))
    assert (known == stream(SAMPLE, agreement, None).message(0)) is will_do


def test_echoes_that_were_right_are_known_to_the_next_connection() -> None:
    agreement, talker = Agreement(0, 0, server_bits=10), Recorded()
    sent = stream(SAMPLE, agreement, None)
    narrow = stream(SAMPLE, Agreement(0, 0, client_bits=10), None)
    for inflated in (3, 0):
        inflater = Inflater(agreement)
        trips = TripsCompressed(CompressedTrips(SAMPLE, 3), talker, agreement, inflater)
        trips.send()
        known = 0
        for number in range(3):
            known += inflater.known(narrow.payload(number)) is not None
            trips.echoed(Message(sent.message(number)))
        assert known == 3 - inflated
    assert talker.over == [Echoes(3), Echoes(3)]
