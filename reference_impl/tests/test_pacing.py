"""Where messages end, however the octets are cut."""

import pytest

from dwebsocket.pacing import MessageEnds

from .helpers import BINARY, CLOSE, PING, TEXT, frame

MESSAGES = {
    "empty": [frame(TEXT)],
    "short": [frame(TEXT, "x")],
    "125 octets": [frame(BINARY, bytes(125))],
    "126 octets": [frame(BINARY, bytes(126))],
    "65535 octets": [frame(BINARY, bytes(65535))],
    "65536 octets": [frame(BINARY, bytes(65536))],
    "fragments": [frame(TEXT, "a", fin=False) + frame(PING, "p") + frame(0, "b", fin=False) + frame(0)],
    "two": [frame(TEXT, "one"), frame(TEXT, "two")],
    "control frames before": [frame(PING) + frame(CLOSE, b"\x03\xe8") + frame(TEXT, "late")],
    "without mask": [b"\x81\x02ab", b"\x82\x01c"],
}


def cut(chunks):
    """Pass chunks through, and return the pieces between which a message ends or a chunk does."""
    ends, pieces = MessageEnds(), []
    for chunk in chunks:
        at = 0
        while at < len(chunk):
            end = ends.find(chunk, at)
            assert end > at
            pieces.append(chunk[at:end])
            at = end
    return pieces


@pytest.mark.parametrize("messages", MESSAGES.values(), ids=MESSAGES)
def test_each_message_is_a_piece_when_all_come_at_once(messages):
    assert cut([b"".join(messages)]) == messages


@pytest.mark.parametrize("messages", MESSAGES.values(), ids=MESSAGES)
def test_each_message_is_a_piece_with_the_beginning_of_another_behind(messages):
    assert cut([b"".join(messages) + b"\x81\xfe\x00"]) == [*messages, b"\x81\xfe\x00"]


@pytest.mark.parametrize("messages", [m for m in MESSAGES.values() if len(m[0]) < 200], ids=str)
def test_a_cut_anywhere_changes_nothing_but_adds_itself(messages):
    octets = b"".join(messages)
    borders = {sum(map(len, messages[: n + 1])) for n in range(len(messages))}
    for at in range(1, len(octets)):
        pieces = cut([octets[:at], octets[at:]])
        seen = {sum(map(len, pieces[: n + 1])) for n in range(len(pieces))}
        assert seen == borders | {at}, at


@pytest.mark.parametrize("name", ["short", "126 octets", "fragments", "two"])
def test_octet_by_octet_nothing_is_lost(name):
    octets = b"".join(MESSAGES[name])
    assert b"".join(cut([octets[n : n + 1] for n in range(len(octets))])) == octets
