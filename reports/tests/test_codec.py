from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pytest

from wsreport.codec import DecodeError, EncodeError, decode, encode


@dataclass(frozen=True)
class Inner:
    n: int


@dataclass(frozen=True)
class Outer:
    from_: str
    ratio: float
    flag: bool
    maybe: int | None
    inners: tuple[Inner, ...]
    table: dict[str, int]
    word: Literal["one", "two"] = "one"
    other: Literal["one", "two"] | None = None


VALUE = Outer("us", 0.5, True, None, (Inner(1), Inner(2)), {"a": 1}, other="two")
DATA = {
    "from": "us",
    "ratio": 0.5,
    "flag": True,
    "maybe": None,
    "inners": [{"n": 1}, {"n": 2}],
    "table": {"a": 1},
    "word": "one",
    "other": "two",
}


def test_a_value_becomes_json_and_comes_back():
    assert encode(VALUE) == DATA
    assert decode(Outer, DATA) == VALUE


def test_an_integer_may_stand_where_a_float_is_needed():
    assert decode(Outer, {**DATA, "ratio": 2}).ratio == 2.0


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"from": 1}, "from: expected str, not 1"),
        ({"ratio": "0.5"}, "ratio: expected float"),
        ({"ratio": True}, "ratio: expected float"),
        ({"flag": 1}, "flag: expected bool"),
        ({"maybe": True}, "maybe: expected int"),
        ({"maybe": 1.5}, "maybe: expected int"),
        ({"inners": {}}, "inners: expected an array"),
        ({"inners": [{"n": 1}, {"n": None}]}, r"inners\[1\].n: expected int"),
        ({"inners": [3]}, r"inners\[0\]: expected an object"),
        ({"inners": [{}]}, r"inners\[0\].n: missing"),
        ({"table": []}, "table: expected an object"),
        ({"table": {"a": "x" * 99}}, r"table.a: expected int, not 'x+\.\.\."),
        ({"word": "three"}, "word: 'three' is not one of one, two"),
        ({"word": None}, "word: None is not one of one, two"),
        ({"other": ["one"]}, r"other: \['one'\] is not one of one, two"),
        ({"more": 1}, "more: unknown field"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_its_path(change, complaint):
    with pytest.raises(DecodeError, match=complaint):
        decode(Outer, {**DATA, **change})


def test_no_word_is_a_word_where_none_is_needed():
    assert decode(Outer, {**DATA, "other": None}).other is None


@pytest.mark.parametrize("change", [{"word": "three"}, {"word": None}, {"other": "three"}])
def test_a_word_that_does_not_fit_its_annotation_is_not_encoded(change):
    (name,) = change
    with pytest.raises(EncodeError, match=rf"Outer\.{name}: .* is not one of one, two"):
        encode((replace(VALUE, **change),))


def test_something_other_than_an_object_is_refused():
    with pytest.raises(DecodeError, match="expected an object, not 3"):
        decode(Outer, 3)
