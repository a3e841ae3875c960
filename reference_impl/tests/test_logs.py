"""What clients send is harmless in a log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dwebsocket.logs import shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/chat/room-1", "/chat/room-1"),
        ("/\r\nERROR forged", r"/\r\nERROR forged"),
        ("/\x1b[2J", r"/\x1b[2J"),
        ("/\x9b2J", r"/\x9b2J"),
        ("/\u202egpj", r"/\u202egpj"),
        ("/\u2028", r"/\u2028"),
        ("/é", r"/\xe9"),
        ("/\ud800", r"/\ud800"),
        (r"/\n", r"/\\n"),
        ("/%s", "/%s"),
    ],
)
def test_what_is_not_printable_is_escaped(text, expected):
    assert shown(text) == expected


def test_a_long_text_is_cut():
    assert shown("x" * 1000) == "x" * 1000
    assert shown("x" * 1001) == "x" * 1000 + "..."


@given(st.text())
def test_any_text_becomes_one_printable_line(text):
    assert shown(text).isascii()
    assert shown(text).isprintable()
