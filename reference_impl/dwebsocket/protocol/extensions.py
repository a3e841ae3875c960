"""The interface of extensions, and their negotiation (RFC 6455 section 9).

An extension has two parts: a ``Negotiator``, which is configured once and accepts or declines offers, and the
``Extension`` that it creates for each connection.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from .errors import HandshakeRefused
from .request import TOKEN

__all__ = ["Extension", "Negotiator", "Offer", "negotiate", "read_offers"]

_PARAMETER = re.compile(rf'[ \t]*;[ \t]*({TOKEN})(?:[ \t]*=[ \t]*(?:({TOKEN})|"((?:[^"\\]|\\.)*)"))?')
_NAME = re.compile(rf"[ \t]*({TOKEN})")
_SEPARATOR = re.compile(r"[ \t]*(?:,|$)")
_EMPTY = re.compile(r"[ \t]*,")


@dataclass(frozen=True, slots=True)
class Offer:
    """One extension that a client offers. The value of a parameter without a value is ``None``."""

    name: str
    params: tuple[tuple[str, str | None], ...] = ()


class Extension(Protocol):
    """An agreed extension on one connection; it transforms whole messages."""

    @property
    def reserved(self) -> int:
        """The reserved bits (within 0x70) of a frame's first octet that mark a message encoded by this extension."""

    def decode(self, octets: bytes, *, last: bool) -> Iterable[bytes]:
        """Decode the next octets of a message; they may be split anywhere.

        Args:
            octets: as the peer sent them, or as another extension has decoded them.
            last: whether the message ends with these octets.

        Returns:
            Portions, which are decoded during iteration. None is large, so the caller can stop when the message
            becomes too large.

        Raises:
            Violation: the octets cannot be decoded. May also be raised during iteration.

        """

    def encode(self, payload: bytes) -> bytes | None:
        """Return the payload to send with the reserved bits set, or ``None`` to send the message unchanged."""


class Negotiator(Protocol):
    """Accept or decline offers during the opening handshake."""

    def accept(self, offer: Offer) -> tuple[str, Extension] | None:
        """Return the element for Sec-WebSocket-Extensions in the response, and the extension.

        ``None`` declines the offer.
        """


def negotiate(offers: Sequence[Offer], negotiators: Sequence[Negotiator]) -> list[tuple[str, Extension]]:
    """Let each negotiator accept the first offer that it supports; decline all others."""
    accepted = ((negotiator.accept(offer) for offer in offers) for negotiator in negotiators)
    first = (next((answer for answer in answers if answer is not None), None) for answers in accepted)
    return [answer for answer in first if answer is not None]


def read_offers(value: str) -> list[Offer]:
    """Read the joined Sec-WebSocket-Extensions fields of a request.

    Raises:
        HandshakeRefused: 400; the value does not follow the grammar. Section 9.1 requires to fail the connection
            then, instead of ignoring the value.

    """
    offers = list(_offers(value))
    if not offers:
        raise HandshakeRefused(400, "Sec-WebSocket-Extensions does not name an extension.")
    return offers


def _offers(value: str) -> Iterator[Offer]:
    at = 0
    while at < len(value):
        if empty := _EMPTY.match(value, at):  # RFC 9110 section 5.6.1: a recipient lets empty elements pass
            at = empty.end()
            continue
        name = _NAME.match(value, at)
        if name is None:
            raise _malformed()
        params, at = _read_params(value, name.end())
        end = _SEPARATOR.match(value, at)
        if end is None:
            raise _malformed()
        at = end.end()
        yield Offer(name[1], params)


def _read_params(value: str, at: int) -> tuple[tuple[tuple[str, str | None], ...], int]:
    params = []
    while match := _PARAMETER.match(value, at):
        name, token, quoted = match.groups()
        if quoted is not None:
            token = re.sub(r"\\(.)", r"\1", quoted)
            if re.fullmatch(TOKEN, token) is None:
                raise _malformed()
        params.append((name, token))
        at = match.end()
    return tuple(params), at


def _malformed() -> HandshakeRefused:
    return HandshakeRefused(400, "Sec-WebSocket-Extensions is malformed.")
