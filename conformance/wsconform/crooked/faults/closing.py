"""Faults with Close frames and the end of TCP (RFC 6455 sections 5.5.1 and 7)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

from wsconform.crooked.connection import BINARY, CLOSE, PING, TEXT, Connection, OverError
from wsconform.crooked.model import Crooked, acts, must, of_topic, should
from wsconform.crooked.shared import PATIENCE
from wsconform.wire.frames import Received

__all__ = ["SERVERS", "AnswersBehind"]

ANSWER, ENDS, NOT_UTF8, AFTER = "6455-5.5.1-7", "6455-5.5.1-11", "6455-8.1-4", "6455-5.5.1-6"


def _takes_codes(name: str, summary: str, clause: str, caught: str, *codes: int) -> Crooked:
    legal = lambda self, code: code in codes or Connection.is_legal_code(self, code)  # noqa: E731 (as an argument)
    return must(name, summary, clause, caught, acts(Connection, is_legal_code=legal))


def _refuses_codes(name: str, summary: str, clause: str, caught: str, *codes: int) -> Crooked:
    legal = lambda self, code: code not in codes and Connection.is_legal_code(self, code)  # noqa: E731
    return should(name, summary, clause, caught, acts(Connection, is_legal_code=legal))


def _answers(with_body: Callable[[bytes], bytes]) -> type[Connection]:
    """Return a connection that answers a Close with another body."""
    return acts(Connection, answer_close=lambda self, body: self.send_close(with_body(body)))


class _WaitsForMessage(Connection):
    """Does not answer a Close within a message."""

    def handle(self, frame: Received) -> None:
        if frame.opcode != CLOSE or self.opcode is None:
            super().handle(frame)


class _EchoesHalf(Connection):
    """Echoes the start of a message that a Close cuts off."""

    def check_close(self, body: bytes) -> None:
        super().check_close(body)
        if self.opcode is not None:
            self.send(self.opcode, b"".join(self.parts))


class AnswersBehind(Connection):
    """Answers what came behind a Close: pings, and messages if they are echoed."""

    echoes = False

    def closed(self) -> None:
        """Look at what came behind the Close."""
        for frame in self.decoder().feed(self.frames.stray):
            if frame.opcode == PING:
                self.ping(frame)
            elif frame.opcode in (TEXT, BINARY) and self.echoes:
                self.send(frame.opcode, frame.payload)


class _KeepsHalf(Connection):
    """Keeps TCP open when the client has ended its half."""

    def end(self) -> None:
        if self.client_ended:
            self.shared.over.wait(PATIENCE)
        super().end()


class _KeepsAfterError(Connection):
    """Keeps TCP open after a violation."""

    is_failed = False

    def failed(self) -> None:
        self.is_failed = True

    def end(self) -> None:
        if not self.is_failed:
            super().end()
            return
        with suppress(OSError):
            self.drain()


class _EndsTcpFirst(Connection):
    """Ends its half of TCP before it would answer a Close."""

    def answer_close(self, body: bytes) -> None:
        self.sock.shutdown(socket.SHUT_WR)
        raise OverError


class _NeedsReason(Connection):
    """Ignores a Close without a body."""

    def handle(self, frame: Received) -> None:
        if frame.opcode != CLOSE or frame.payload:
            super().handle(frame)


def _message_behind(self: Connection) -> None:
    self.send(TEXT, b"Goodbye")


def _cut(body: bytes) -> bytes:
    """Return a body whose reason ends in the middle of a character, if it has one of several bytes."""
    for size in range(len(body), 2, -1):
        try:
            body[2:size].decode()
        except UnicodeDecodeError:
            return body[:size]
    return body


def _takes_any_body(self: Connection, body: bytes) -> None:
    if len(body) > 1:
        Connection.check_close(self, body)


def _fragmented(self: Connection, body: bytes) -> None:
    self.send(CLOSE, body, fin=False)


SERVERS = of_topic(
    "closing",
    (
        must(
            "any-close-code",
            "answers a Close with its code, legal or not",
            "6455-7.4.2-1",
            "7.9.1,7.9.2,7.9.4,7.9.5,7.5.1",
            acts(Connection, check_close=lambda *_: None),
        ),
        must(
            "takes-close-in-fragments",
            "accepts Close frames with FIN 0",
            "6455-5.5-2",
            "C.1.1,C.1.3,C.1.5,C.1.6",
            acts(
                Connection,
                is_bad_control=lambda self, frame: (
                    len(frame.payload) > 125 if frame.opcode == CLOSE else Connection.is_bad_control(self, frame)
                ),
            ),
        ),
        _takes_codes("takes-1015", "accepts and returns close code 1015", "6455-7.4.1-4", "C.3.1", 1015),
        should(
            "takes-1004",
            "accepts and returns close code 1004",
            "6455-7.4.1-5",
            "7.9.3",
            acts(Connection, is_legal_code=lambda self, code: code == 1004 or Connection.is_legal_code(self, code)),
        ),
        _takes_codes(
            "takes-5000",
            "accepts and returns close codes from 5000 on",
            "6455-7.4.2-4",
            "C.3.7,C.3.8,C.3.9",
            5000,
            32768,
            65535,
        ),
        _takes_codes(
            "takes-1", "accepts and returns close codes below 1000", "6455-7.4.2-1", "C.3.4,C.3.5,C.3.6", 1, 500, 998
        ),
        _takes_codes(
            "takes-1005", "accepts and returns close codes 1005 and 1006", "6455-7.4.1-2", "C.3.2,C.3.3", 1005, 1006
        ),
        _refuses_codes(
            "refuses-1012",
            "refuses close codes that were registered later",
            "IANA-close-codes-1",
            "C.2.1,C.2.2,C.2.3",
            1012,
            1013,
            1014,
        ),
        _refuses_codes(
            "refuses-private-codes",
            "refuses close codes from 3000 on",
            "6455-7.4.2-3",
            "C.2.13,C.2.14,C.2.15,C.2.16,C.2.17,C.2.18",
            3000,
            3003,
            3008,
            3999,
            4000,
            4999,
        ),
        must(
            "takes-any-reason",
            "accepts reasons that are not UTF-8",
            NOT_UTF8,
            "C.4.5,C.4.6,C.4.7,C.4.8,C.4.9,C.4.10,C.4.11",
            acts(Connection, is_legal_reason=lambda *_: True),
        ),
        must(
            "returns-any-reason",
            "returns reasons, UTF-8 or not",
            NOT_UTF8,
            "C.4.5,C.4.6,C.4.7,C.4.8,C.4.9,C.4.10,C.4.11",
            acts(Connection, is_legal_reason=lambda *_: True, answer_close=Connection.send_close),
        ),
        should(
            "takes-short-close",
            "accepts Close frames with a body of one byte",
            "6455-5.5.1-2",
            "7.3.2",
            acts(Connection, check_close=_takes_any_body),
        ),
        must(
            "short-close",
            "answers a Close with a body of one byte",
            "6455-5.5.1-2",
            "7.1.1,7.3.1",
            _answers(lambda body: body[:1] or b"!"),
        ),
        must(
            "long-close",
            "answers a Close with a body of 126 bytes",
            "6455-5.5-1",
            "7.1.1,7.3.3",
            _answers(lambda body: body[:2] + b"x" * 124),
        ),
        must("cut-reason", "returns reasons cut within a character", NOT_UTF8, "C.4.1,C.4.2,C.4.3", _answers(_cut)),
        must(
            "latin-1-reason-back",
            "answers a Close with a reason in Latin-1",
            NOT_UTF8,
            "7.3.3",
            _answers(lambda body: (body[:2] or b"\x03\xe8") + b"Ferm\xe9"),
        ),
        must(
            "answers-1005",
            "answers an empty Close with 1005",
            "6455-7.4.1-2",
            "7.3.1",
            _answers(lambda body: body[:2] or b"\x03\xed"),
        ),
        must(
            "answers-1006",
            "answers each Close with 1006",
            "6455-7.4.1-3",
            "7.1.1,7.3.1",
            _answers(lambda _: b"\x03\xee"),
        ),
        must("answers-0", "answers each Close with code 0", "6455-7.4.2-1", "7.1.1,7.3.1", _answers(lambda _: b"\0\0")),
        must(
            "little-endian-code",
            "writes close codes with the low byte first",
            "6455-5.5.1-2",
            "7.1.1,7.3.3",
            _answers(lambda body: body[1::-1]),
        ),
        must(
            "fragmented-close",
            "answers a Close with FIN 0",
            "6455-5.5-2",
            "7.1.1,7.3.1",
            acts(Connection, answer_close=_fragmented),
        ),
        must("ignores-empty-close", "does not answer a Close without a code", ANSWER, "7.3.1", _NeedsReason),
        must(
            "waits-for-message",
            "does not answer a Close within a message",
            ANSWER,
            "C.5.1,C.5.2,C.5.3,C.5.4,C.5.5,C.5.6",
            _WaitsForMessage,
        ),
        must(
            "echoes-half",
            "echoes the start of a message that a Close cuts off",
            "6455-6.1-4",
            "C.5.1,C.5.2,C.5.3,C.5.4,C.5.5,C.5.6",
            _EchoesHalf,
        ),
        should(
            "closes-twice",
            "sends two Close frames",
            AFTER,
            "C.2.4,C.4.1,C.4.2,C.4.3,C.4.4,C.5.7,C.6.1,C.6.2,C.6.3,C.6.4,C.6.6,C.6.9,C.6.10",
            acts(Connection, answer_close=lambda self, body: [self.send_close(body[:2]) for _ in range(2)]),
        ),
        must(
            "message-behind-close",
            "sends a message after its Close",
            AFTER,
            "7.1.1,7.3.1,1.1.1",
            acts(Connection, closed=_message_behind),
        ),
        must(
            "never-silent",
            "answers pings and messages after a Close",
            "6455-5.5.1-15",
            "C.6.5,C.6.7,C.6.8,C.6.11",
            acts(AnswersBehind, echoes=True),
        ),
        should(
            "keeps-half",
            "keeps TCP open when the client has ended its half",
            "6455-7.1.1-6",
            "C.7.1,C.7.2,C.7.3,C.7.4",
            _KeepsHalf,
        ),
        should(
            "waits-for-close",
            "keeps TCP open after a violation until the client closes",
            "6455-7.1.7-1",
            "C.8.1,C.8.2",
            acts(Connection, failed=Connection.drain),
        ),
        must(
            "keeps-after-error", "keeps TCP open after a violation", "6455-7.1.7-1", "3.1,4.1.1,5.1", _KeepsAfterError
        ),
        must(
            "client-first",
            "waits for the client to end TCP first",
            ENDS,
            "C.5.7,C.6.1,C.8.3",
            acts(Connection, closed=Connection.drain),
        ),
        must("ends-tcp-first", "ends TCP instead of answering a Close", ANSWER, "7.1.1,7.3.1", _EndsTcpFirst),
    ),
)
