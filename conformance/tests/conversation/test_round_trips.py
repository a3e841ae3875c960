"""Compressed round trips: which echoes must be inflated, and which are known to be right."""

from __future__ import annotations

import pytest

from wsconform.conversation.model import CompressedTrips, Echoes, Event, Sample
from wsconform.conversation.round_trips import CompressedEchoLoop
from wsconform.conversation.streams import stream
from wsconform.model import Frame, KiB, Message
from wsconform.wire.inflater import Inflater
from wsconform.wire.negotiation import Agreement

SAMPLE = Sample("json", 4 * KiB)


class Silent:
    """Sends nothing."""

    def send_frame(self, frame: Frame) -> None:
        raise AssertionError("compressed messages are sent as octets")

    def send_octets(self, what: str, octets: bytes) -> None:
        """Ignore them."""


@pytest.mark.parametrize(
    ("agreement", "right"),
    [
        (Agreement(0, 0), True),
        (Agreement(0, 0, client_bits=9, server_bits=12), True),
        (Agreement(0, 0, server_bits=9), False),  # ours may reach further back than the server's may
        (Agreement(0, 0, server_takeover=False), False),  # and into messages that the server must forget
        (Agreement(0, 0, client_takeover=False, server_takeover=False), True),
    ],
)
def test_own_octets_are_a_right_echo_only_if_they_keep_the_servers_part(agreement: Agreement, *, right: bool) -> None:
    inflater = Inflater(agreement)
    CompressedEchoLoop(CompressedTrips(SAMPLE, 3), Silent(), agreement, inflater).send()
    known = inflater.known(stream(SAMPLE, agreement, None).payload(0))
    assert (known == stream(SAMPLE, agreement, None).message(0)) is right


def test_a_right_echo_is_inflated_on_one_connection_only() -> None:
    agreement = Agreement(0, 0, server_bits=10)
    sent = stream(SAMPLE, agreement, None)
    narrow = stream(SAMPLE, Agreement(0, 0, client_bits=10), None)
    for inflated in (3, 0):
        inflater = Inflater(agreement)
        loop = CompressedEchoLoop(CompressedTrips(SAMPLE, 3), Silent(), agreement, inflater)
        loop.send()
        known = 0
        outcomes: list[Event | None] = []
        for number in range(3):
            known += inflater.known(narrow.payload(number)) is not None
            outcomes.append(loop.echoed(Message(sent.message(number))))
        assert known == 3 - inflated
        assert outcomes == [None, None, Echoes(3)]


@pytest.mark.parametrize("takeover", [True, False])
def test_echo_that_was_not_compressed_makes_later_ones_unknown(*, takeover: bool) -> None:
    agreement = Agreement(0, 0, server_takeover=takeover, client_takeover=takeover)
    inflater, sent = Inflater(agreement), stream(SAMPLE, agreement, None)
    loop = CompressedEchoLoop(CompressedTrips(SAMPLE, 3), Silent(), agreement, inflater)
    loop.send()
    loop.echoed(Message(sent.message(0), compressed=False))
    assert (inflater.known(sent.payload(1)) is None) is takeover
