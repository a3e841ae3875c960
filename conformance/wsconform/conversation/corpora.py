"""Five corpora to cut messages from, generated identically on every machine.

The types are Autobahn's (JSON, a bitmap, prose, HTML, a PDF); the content is our own.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from math import gcd
from random import Random
from typing import AnyStr

from wsconform.conversation.model import Sample
from wsconform.model import KiB, MiB

__all__ = ["CORPORA", "Corpus", "message", "period"]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus.

    Attributes:
        is_text: messages from it are text.
        length: in characters for text, in bytes for binary.
    """

    name: str
    title: str
    is_text: bool
    length: int


CORPORA = {
    corpus.name: corpus
    for corpus in (
        Corpus("json", "a JSON document", is_text=True, length=192 * KiB),
        Corpus("bitmap", "a bitmap", is_text=False, length=256 * KiB),
        Corpus("prose", "prose", is_text=False, length=224 * KiB),
        Corpus("html", "an HTML page", is_text=True, length=256 * KiB),
        Corpus("pdf", "a PDF file", is_text=False, length=1 * MiB),
    )
}


def message(sample: Sample, number: int) -> bytes:
    """Return a message of a sample, counted from 0; text is encoded in UTF-8."""
    body, start = _body(sample.corpus), number * sample.size % CORPORA[sample.corpus].length
    return _cut(body, start, sample.size).encode() if isinstance(body, str) else _cut(body, start, sample.size)


def _cut(body: AnyStr, start: int, size: int) -> AnyStr:
    """Cut a piece out of a corpus, which repeats from its start."""
    piece = body[start : start + size]
    while len(piece) < size:
        piece += body[: size - len(piece)]
    return piece


def period(sample: Sample) -> int:
    """Return the number of messages after which a sample repeats."""
    length = CORPORA[sample.corpus].length
    return length // gcd(length, sample.size)


@cache
def _body(name: str) -> str | bytes:
    corpus = CORPORA[name]
    # Of Random, only random() and getrandbits() give the same on every version of Python.
    return _MAKERS[name](Random(len(name) + corpus.length), corpus.length)


# Words: four of the five corpora are made of them

_CONSONANTS = *"bdfghklmnprstvwz", "br", "st", "tr", "sch", "gl"
_VOWELS = *"aeiou", "ei", "au", "ä", "ö", "ü"
_ENDS = "", "", "n", "r", "s", "t", "nd", "ß"


def _pick(random: Random, among: Sequence[str]) -> str:
    return among[int(random.random() * len(among))]


def _word(random: Random, syllables: int) -> str:
    parts = (_CONSONANTS, _VOWELS) * syllables + (_ENDS,)
    return "".join(_pick(random, part) for part in parts)


class _Language:
    """Some hundreds of words. The second is half as frequent as the first, the third a third, and so on."""

    def __init__(self, random: Random, size: int = 900, *, ascii_only: bool = False) -> None:
        words = (_word(random, 1 + rank * 3 // size) for rank in range(size))
        self._words = [word.encode("ascii", "ignore").decode() for word in words] if ascii_only else list(words)
        self._bounds = list(accumulate(100_000 // (rank + 1) for rank in range(size)))
        self._random = random

    def words(self, count: int) -> list[str]:
        """Return `count` words, by their frequency."""
        random, bounds, total = self._random.random, self._bounds, self._bounds[-1]
        return [self._words[bisect(bounds, int(random() * total))] for _ in range(count)]

    def sentence(self) -> str:
        """Return a sentence of four to nineteen words with a comma."""
        words = self.words(4 + self._random.getrandbits(4))
        words[len(words) // 2] += ","
        return " ".join(words).capitalize() + "."


def _filled(parts: Iterator[str], length: int) -> str:
    """Join parts and cut them to a length in characters."""
    text, missing = [], length
    while missing > 0:
        text.append(next(parts))
        missing -= len(text[-1])
    return "".join(text)[:length]


# The five


def _json(random: Random, length: int) -> str:
    return _filled(_json_parts(random), length)


def _json_parts(random: Random) -> Iterator[str]:
    language = _Language(random, ascii_only=True)
    yield "[\n"
    while True:
        name, *tags = language.words(4)
        quoted = ", ".join(f'"{tag}"' for tag in tags)
        yield (
            f' {{"id": {random.getrandbits(24)}, "name": "{name}", "active": {_pick(random, ("true", "false"))},'
            f' "position": [{random.getrandbits(7)}.{random.getrandbits(16)}, -{random.getrandbits(6)}.5],'
            f' "tags": [{quoted}], "note": "{language.sentence()}"}},\n'
        )


def _bitmap(random: Random, length: int) -> bytes:
    """Return slanted planes of grey, 32 by 32 pixels each and 16 in a row, with two bits of noise."""
    rows = length // 512
    planes = [[(random.getrandbits(7), random.getrandbits(2)) for _ in range(16)] for _ in range(rows // 32)]
    smooth = b"".join(
        bytes(shade + (row % 32 + column * slope) // 2 for shade, slope in planes[row // 32] for column in range(32))
        for row in range(rows)
    )
    noise = _noise(random, length).translate(bytes(octet & 3 for octet in range(256)))
    # No sum exceeds an octet, so that one addition of two long numbers does them all.
    return (int.from_bytes(smooth, "big") + int.from_bytes(noise, "big")).to_bytes(length, "big")


def _noise(random: Random, size: int) -> bytes:
    return random.getrandbits(8 * size).to_bytes(size, "big")


def _prose(random: Random, length: int) -> bytes:
    return _filled(_prose_parts(random), length).encode()[:length]


def _prose_parts(random: Random) -> Iterator[str]:
    language = _Language(random)
    while True:
        yield "\n\n" if random.random() < 0.1 else " "
        yield language.sentence()


def _html(random: Random, length: int) -> str:
    return _filled(_html_parts(random), length)


def _html_parts(random: Random) -> Iterator[str]:
    language = _Language(random)
    yield '<!DOCTYPE html>\n<html lang="und">\n<head><meta charset="utf-8"><title>Wörter</title></head>\n<body>\n'
    number = 0
    while True:
        number += 1
        heading, name, *row = language.words(6)
        yield f'<section id="s{number}" class="{_pick(random, ("left", "right", "wide"))}">\n'
        yield f'  <h2><a href="/{number}/{random.getrandbits(20):05x}">{heading.capitalize()} – {name}</a></h2>\n'
        yield f"  <p>{language.sentence()} <em>{language.sentence()}</em> {language.sentence()}</p>\n"
        yield "  <table><tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr></table>\n</section>\n"


def _pdf(random: Random, length: int) -> bytes:
    parts, size, number = [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"], 0, 0
    language = _Language(random, ascii_only=True)
    while size < length:
        number += 1
        parts += _pdf_object(random, language, number)
        size += sum(map(len, parts[-2:]))
    return b"".join(parts)[:length]


def _pdf_object(random: Random, language: _Language, number: int) -> tuple[bytes, bytes]:
    """Return text for odd numbers, and data that are compressed already for even ones."""
    if number % 2:
        lines = "".join(f"0 -14 Td ({language.sentence()}) Tj\n" for _ in range(8))
        stream, how = f"BT /F1 11 Tf 72 720 Td\n{lines}ET\n".encode(), ""
    else:
        stream, how = _noise(random, 4 * KiB + random.getrandbits(14)), " /Filter /FlateDecode"
    head = f"{number} 0 obj\n<< /Length {len(stream)}{how} >>\nstream\n".encode()
    return head, stream + b"endstream\nendobj\n"


_MAKERS: dict[str, Callable[[Random, int], str | bytes]] = {
    "json": _json,
    "bitmap": _bitmap,
    "prose": _prose,
    "html": _html,
    "pdf": _pdf,
}
