"""UTF-8 is refused at the first octet that cannot be right."""

import pytest

from dwebsocket.protocol import CloseCode, Violation
from dwebsocket.protocol.utf8 import Utf8Check

# Octets, and the position of the one that decides. Sequences follow table 3-7 of the Unicode standard.
WRONG = {
    "continuation first": (b"a\x80", 1),
    "overlong of two": (b"\xc0", 0),
    "overlong of two, last": (b"\xc1", 0),
    "overlong of three": (b"\xe0\x9f", 1),
    "overlong of four": (b"\xf0\x8f", 1),
    "lowest surrogate": (b"\xed\xa0", 1),
    "highest surrogate": (b"\xed\xbf", 1),
    "above U+10FFFF": (b"\xf4\x90", 1),
    "lead octet f5": (b"\xf5", 0),
    "lead octet ff": (b"\xff", 0),
    "ASCII for a continuation": (b"\xce\x41", 1),
    "ASCII for the third": (b"\xe2\x82\x41", 2),
    "lead for the fourth": (b"\xf0\x9f\x98\xc3", 3),
    "after good text": ("κόσμε".encode() + b"\xed\xa0", 11),
}
RIGHT = ["", "a", "κόσμε", "\0", "\ufeff", "\u07ff\u0800\ud7ff\ue000\uffff", "\U00010000\U0010ffff", "\ufffe"]


@pytest.mark.parametrize(("octets", "decides"), WRONG.values(), ids=WRONG)
def test_the_deciding_octet_is_refused_and_none_before(octets, decides):
    check = Utf8Check()
    for octet in octets[:decides]:
        check.feed(bytes([octet]))

    with pytest.raises(Violation) as refused:
        check.feed(octets[decides : decides + 1])

    assert refused.value.code == CloseCode.INVALID_DATA


@pytest.mark.parametrize(("octets", "decides"), WRONG.values(), ids=WRONG)
def test_the_deciding_octet_is_refused_in_one_piece(octets, decides):
    with pytest.raises(Violation):
        Utf8Check().feed(octets[: decides + 1])


@pytest.mark.parametrize("text", RIGHT, ids=ascii)
def test_right_text_passes_however_it_is_cut(text):
    octets = text.encode()
    for at in range(len(octets) + 1):
        check = Utf8Check()
        check.feed(octets[:at])
        check.feed(octets[at:])

        assert check.complete


@pytest.mark.parametrize("text", ["é", "€", "😀"])
def test_inside_a_character_text_is_not_complete(text):
    octets = text.encode()
    check = Utf8Check()
    for octet in octets[:-1]:
        check.feed(bytes([octet]))

        assert not check.complete

    check.feed(octets[-1:])

    assert check.complete


def test_every_second_octet_is_judged_as_python_judges_the_character():
    for lead in range(0xC2, 0xF5):
        missing = 0 if lead < 0xE0 else 1 if lead < 0xF0 else 2
        for second in range(256):
            octets = bytes([lead, second])
            assert _accepted(octets) == _decodes(octets + b"\x80" * missing), octets


def _accepted(octets: bytes) -> bool:
    check = Utf8Check()
    try:
        check.feed(octets[:1])
        check.feed(octets[1:])
    except Violation:
        return False
    return True


def _decodes(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True
