from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup

from wsreport.text import anchor, cut, hexdump, one_line, seconds, tail, visible

ANY = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain, שלום, ✓", "plain, שלום, ✓"),
        ("NUL \x00 and escape \x1b[31m", r"NUL \x00 and escape \x1b[31m"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("lone \udc80", r"lone \udc80"),
        ("tag \U000e0041", r"tag \U000e0041"),
        ("kept\n\ttab", "kept\n\ttab"),
        ("log\r\nline\rhidden", "log\nline\\rhidden"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text, seen):
    assert visible(text) == seen


def test_a_line_stays_one_line_of_bounded_length():
    assert one_line("a\nb\tc\x1b\u2028", 100) == r"a\nb\tc\x1b\u2028"
    assert one_line("x" * 50, 10) == "xxxxxxxxxx… (50 characters in total)"


@given(ANY)
def test_whatever_text_comes_out_can_be_seen_and_encoded(text):
    seen = visible(text)

    assert seen.replace("\n", "").replace("\t", "").isprintable()
    seen.encode("utf-8")


@pytest.mark.parametrize("value", [3, None, Markup("<b>\x00</b>")])
def test_what_is_no_untrusted_text_is_left_alone(value):
    assert visible(value) is value


def test_an_ordinary_anchor_reads_like_its_parts():
    assert anchor("reference/gevent", "5.15") == "reference/gevent:5.15"
    assert anchor("dwebsocket==0.5.12/uwsgi", "9.1.1") == "dwebsocket==0.5.12/uwsgi:9.1.1"


@given(ANY, ANY)
def test_an_anchor_has_only_characters_that_are_safe_in_attribute_and_fragment(cell, case):
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/:=@+-~")

    assert set(anchor(cell, case)) <= allowed


@example(("\ud800", ""), ("?", ""))
@example(("a:b", "c"), ("a", "b:c"))
@example(("~7e", ""), ("~", ""))
@given(st.tuples(ANY, ANY), st.tuples(ANY, ANY))
def test_different_parts_never_share_an_anchor(one, other):
    assert (anchor(*one) == anchor(*other)) == (one == other)


def test_a_hexdump_has_rows_of_sixteen_with_what_is_printable():
    assert hexdump("48656c6c6f00ff" + "2e" * 10, 17).splitlines() == [
        "48 65 6c 6c 6f 00 ff 2e 2e 2e 2e 2e 2e 2e 2e 2e  Hello...........",
        "2e                                               .",
    ]


def test_a_hexdump_says_how_much_there_was():
    assert hexdump("4141", 65536).splitlines() == ["41 41  AA", "… the first 2 of 65,536 bytes"]


def test_a_hexdump_of_nothing_is_empty():
    assert hexdump("", 0) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\N{EN DASH}"),
        (0, "0 ms"),
        (0.00042, "0.42 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (61.5, "61.5 s"),
        (120, "2 min 0 s"),
        (3601.2, "60 min 1 s"),
    ],
)
def test_durations_have_the_unit_that_suits_them(value, text):
    assert seconds(value) == text


def test_long_text_is_cut_and_says_so():
    assert cut("A" * 2000, 3) == "AAA… (2,000 characters in total)"
    assert cut("AAA", 3) == "AAA"


def test_of_a_long_log_the_end_is_kept():
    assert tail("A" * 2000 + "end", 3) == "… (the end of 2,003 characters)\nend"
    assert tail("first\nsecond\nthird\n", 9) == "… (the end of 19 characters)\nthird\n"
    assert tail("end", 3) == "end"
