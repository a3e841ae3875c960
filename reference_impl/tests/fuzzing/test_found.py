"""What was found by generated input, as octets written out."""

import pytest

from dwebsocket.protocol import Limits, Offer, PerMessageDeflate
from tests.protocol.wire import FIN, masked, play

from .octets import NOISE, TAIL, Deflated

BINARY, RSV1 = 2, 0x40


def agreed():
    return (PerMessageDeflate().accept(Offer("permessage-deflate"))[1],)


def test_final_blocks_are_counted_alike_however_the_octets_are_cut():
    """17 of them and 512 octets that cannot be compressed were accepted whole, and refused octet by octet."""
    payload = b"\x03\0" * 17 + Deflated(NOISE[:512], 9, 0, 2).made().removesuffix(TAIL)
    octets = masked(FIN | RSV1 | BINARY, payload)
    whole = play(octets, extensions=agreed)

    assert play(*(octets[at : at + 1] for at in range(len(octets))), extensions=agreed) == whole


BROKEN_TWICE = {
    "not UTF-8, then not DEFLATE": Deflated(b"\x80", 0, 0, 2).made() + Deflated(b"", 0, 0, 2).made(),
    "not UTF-8, and too large": Deflated(b"\xff" + bytes(2000), 9, 0, 2).made().removesuffix(TAIL),
}


@pytest.mark.parametrize("payload", BROKEN_TWICE.values(), ids=BROKEN_TWICE)
def test_a_message_that_breaks_two_rules_fails_however_it_is_cut(payload):
    octets = masked(FIN | RSV1 | 1, payload)
    for pieces in ((octets,), tuple(octets[at : at + 1] for at in range(len(octets)))):
        [failed] = play(*pieces, extensions=agreed, limits=Limits(max_message_size=1000)).events
        assert failed.code in (1007, 1009)
