"""Corpora are the same everywhere, and messages are cut from them in order."""

from __future__ import annotations

import hashlib
import zlib

import pytest

from wsconform.conversation.corpora import CORPORA, Corpus, message, period
from wsconform.conversation.model import Sample

DIGESTS = {
    "json": "2ed82fa89dd6876916e87ea45f3b93124278be47527699f8496ee44c6f5a0c53",
    "bitmap": "e3a95206a0840a254f20440c90f9ec4afb5c890af3bc4ae80b4c21f210c4f1ee",
    "prose": "d730927663e756ecb48865b9c5b13c1029df81b8e06ffc1aa03f4c5e33987a21",
    "html": "fa82c0d0b368b510e28e6e41e524f7120ddd2d16cf0a04ee12fe7615b4b09ce4",
    "pdf": "da686ffcacd7878be96f33eb8d669717f030314d9298c615de5023331c0b4289",
}


def whole(name: str) -> bytes:
    """All of a corpus as one message."""
    return message(Sample(name, CORPORA[name].length), 0)


@pytest.mark.parametrize("name", DIGESTS)
def test_corpus_never_changes(name: str) -> None:
    """Streams are cached and faults are told by message number, on whatever Python."""
    assert hashlib.sha256(whole(name)).hexdigest() == DIGESTS[name]


def test_corpora_are_autobahns_five_in_its_order() -> None:
    assert {name: (corpus.is_text, corpus.length) for name, corpus in CORPORA.items()} == {
        "json": (True, 196_608),
        "bitmap": (False, 262_144),
        "prose": (False, 229_376),
        "html": (True, 262_144),
        "pdf": (False, 1_048_576),
    }
    assert list(CORPORA) == list(DIGESTS)


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=CORPORA)
def test_corpus_has_its_length(corpus: Corpus) -> None:
    octets = whole(corpus.name)
    assert len(octets.decode() if corpus.is_text else octets) == corpus.length


def test_html_has_characters_of_more_than_one_octet_and_json_has_none() -> None:
    assert len(whole("html")) > CORPORA["html"].length
    assert whole("json").isascii()


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("json", 0.1, 0.5), ("bitmap", 0.4, 0.9), ("prose", 0.2, 0.5), ("html", 0.1, 0.5), ("pdf", 0.9, 1.0)],
)
def test_corpus_compresses_like_its_kind(name: str, low: float, high: float) -> None:
    octets = whole(name)
    assert low < len(zlib.compress(octets)) / len(octets) < high


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=CORPORA)
@pytest.mark.parametrize("size", [16, 1000, 131_072])
def test_message_begins_where_the_one_before_ended(corpus: Corpus, size: int) -> None:
    """And the corpus goes round, so that the pieces put together are the corpus again and again."""
    sample, octets = Sample(corpus.name, size), whole(corpus.name)
    body = octets.decode() if corpus.is_text else octets
    end = corpus.length // size
    for number in (0, 1, end - 1, end, end + 1, 10 * end):
        piece = message(sample, number)
        expected = [body[(number * size + i) % corpus.length] for i in range(size)]
        assert list(piece.decode() if corpus.is_text else piece) == expected


@pytest.mark.parametrize(("name", "size", "count"), [("json", 16, 12288), ("prose", 1024, 224), ("html", 3, 262_144)])
def test_messages_repeat_after_a_period_and_not_before(name: str, size: int, count: int) -> None:
    sample = Sample(name, size)
    assert period(sample) == count
    assert count * size % CORPORA[name].length == 0
    assert message(sample, 5) == message(sample, 5 + count)


def test_empty_message() -> None:
    assert message(Sample("html", 0), 3) == b""
    assert period(Sample("html", 0)) == 1


def test_message_longer_than_its_corpus() -> None:
    octets = whole("json")
    assert message(Sample("json", 2 * len(octets) + 7), 0) == octets * 2 + octets[:7]
