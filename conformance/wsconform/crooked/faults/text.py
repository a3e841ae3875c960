"""Faults with UTF-8 (RFC 6455 sections 5.6 and 8.1)."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Callable

from wsconform.crooked.connection import TEXT, Connection, ViolationError
from wsconform.crooked.model import acts, must, of_topic

__all__ = ["SERVERS"]

INVALID, ANY = "6455-8.1-1", "6455-5.6-3"


def _reads_text(errors: str) -> type[Connection]:
    """Return a connection that decodes text with another handler of errors."""
    return acts(Connection, new_utf8=lambda _: codecs.getincrementaldecoder("utf-8")(errors))


def _echoes(changed: Callable[[str], str]) -> type[Connection]:
    """Return a connection that echoes other text."""

    def echo(self: Connection, opcode: int, payload: bytes) -> None:
        Connection.echo(self, opcode, changed(payload.decode()).encode() if opcode == TEXT else payload)

    return acts(Connection, echo=echo)


def _refuses(is_bad: Callable[[str], bool]) -> type[Connection]:
    """Return a connection that refuses some valid text."""

    def message(self: Connection, opcode: int, payload: bytes) -> None:
        if opcode == TEXT and is_bad(payload.decode()):
            raise ViolationError(1007)
        Connection.message(self, opcode, payload)

    return acts(Connection, message=message)


def _takes(is_taken: Callable[[bytes], bool]) -> type[Connection]:
    """Return a connection that accepts some invalid text."""

    class Lenient(Connection):
        """Looks at a message as a whole."""

        def check_text(self, octets: bytes, *, final: bool) -> None:
            if final and self.opcode == TEXT:
                whole = octets if self.compressed else b"".join(self.parts)
                if not is_taken(whole):
                    self.utf8 = self.new_utf8()
                    super().check_text(whole, final=True)

        def peek(self) -> None:
            """Do not look ahead."""

    return Lenient


def _valid(octets: bytes, errors: str) -> bool:
    try:
        octets.decode("utf-8", errors)
    except UnicodeDecodeError:
        return False
    return True


def _is_cut(octets: bytes) -> bool:
    """Whether text is valid but for an end within a character."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(octets)
    except UnicodeDecodeError:
        return False
    return True


def _first_only(self: Connection, octets: bytes, *, final: bool) -> None:
    if len(self.parts) == 1:
        Connection.check_text(self, octets, final=False)


def _binary_too(self: Connection, octets: bytes, *, final: bool) -> None:
    try:
        self.utf8.decode(octets, final)
    except UnicodeDecodeError:
        raise ViolationError(1007) from None


def _noncharacter(text: str) -> bool:
    return any(ord(one) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(one) <= 0xFDEF for one in text)


SERVERS = of_topic(
    "text",
    (
        must(
            "any-text",
            "accepts text that is not UTF-8",
            INVALID,
            "6.3.1,6.10.1,6.14.1",
            acts(Connection, check_text=lambda *_, **__: None),
        ),
        must(
            "takes-surrogates",
            "accepts surrogates in text",
            INVALID,
            "6.20.1,6.21.1",
            _takes(lambda octets: _valid(octets, "surrogatepass")),
        ),
        must(
            "takes-overlong-nul",
            "accepts C0 80 for NUL",
            INVALID,
            "6.19.1",
            _takes(lambda octets: _valid(octets.replace(b"\xc0\x80", b"\0"), "strict")),
        ),
        must(
            "takes-above-10ffff",
            "accepts characters above U+10FFFF",
            INVALID,
            "6.4.1,6.4.2,6.11.5",
            _takes(lambda octets: _valid(octets.replace(b"\xf4\x90", b"\xf4\x8f"), "strict")),
        ),
        must(
            "takes-cut-text",
            "accepts text that ends within a character",
            INVALID,
            "6.6.1,6.6.3",
            _takes(_is_cut),
        ),
        must(
            "replaces",
            "replaces what is not UTF-8 by U+FFFD",
            INVALID,
            "6.3.1,6.10.1",
            acts(
                Connection,
                check_text=lambda *_, **__: None,
                echo=lambda self, opcode, payload: Connection.echo(
                    self, opcode, payload.decode(errors="replace").encode() if opcode == TEXT else payload
                ),
            ),
        ),
        must(
            "checks-first-fragment",
            "checks only the first fragment of text for UTF-8",
            INVALID,
            "6.3.2",
            acts(Connection, check_text=_first_only, peek=lambda _: None),
        ),
        must(
            "checks-no-fragments",
            "checks only text in one frame for UTF-8",
            INVALID,
            "6.3.2",
            acts(
                Connection,
                check_text=lambda self, octets, *, final: (
                    Connection.check_text(self, octets, final=True) if final and len(self.parts) == 1 else None
                ),
                peek=lambda _: None,
            ),
        ),
        must(
            "binary-as-utf8",
            "requires binary messages to be UTF-8",
            "6455-5.6-2",
            "1.2.2,1.2.5",
            acts(Connection, check_text=_binary_too),
        ),
        must(
            "splits-text",
            "requires each fragment of a text to be UTF-8",
            "6455-5.6-1",
            "R.8.10,R.8.14,R.8.15",
            acts(Connection, text_ends=lambda *_: True),
        ),
        must("drops-mark", "drops a byte order mark", ANY, "R.8.21", _echoes(lambda text: text.removeprefix("\ufeff"))),
        must("ends-at-nul", "cuts text at NUL", ANY, "6.7.1", _echoes(lambda text: text.split("\0")[0])),
        must("refuses-nul", "refuses text with NUL", ANY, "6.7.1", _refuses(lambda text: "\0" in text)),
        must("refuses-noncharacters", "refuses noncharacters", ANY, "6.22.1,6.22.2", _refuses(_noncharacter)),
        must(
            "refuses-astral",
            "refuses characters above U+FFFF",
            ANY,
            "6.5.4",
            _refuses(lambda text: any(ord(one) > 0xFFFF for one in text)),
        ),
        must(
            "normalises",
            "normalises text",
            ANY,
            "6.2.4,6.5.5,6.6.5",
            _echoes(lambda text: unicodedata.normalize("NFC", text)),
        ),
        must("strips", "removes whitespace at the end of text", ANY, "12.1.1", _echoes(str.rstrip)),
        must("crlf", "turns LF into CR LF", ANY, "12.1.1", _echoes(lambda text: text.replace("\n", "\r\n"))),
        must("splits-lines", "drops line separators", ANY, "12.1.1", _echoes(lambda text: "".join(text.splitlines()))),
        must(
            "ascii-text",
            "replaces characters above ASCII",
            ANY,
            "6.2.1",
            _echoes(lambda text: text.encode("ascii", "replace").decode()),
        ),
    ),
)
