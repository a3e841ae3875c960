"""The interface of extensions, and their negotiation (RFC 6455 section 9).

An extension has two parts: a ``Negotiator``, which is configured once and accepts or declines the offers of a
handshake, and the ``Extension`` that it makes for one connection.
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
    """One extension that a client offers; a parameter without value has ``None``."""

    name: str
    params: tuple[tuple[str, str | None], ...] = ()


class Extension(Protocol):
    """An agreed extension on one connection; it transforms whole messages."""

    @property
    def reserved(self) -> int:
        """The bits of a frame's first octet (of 0x70) that mark a message which it has encoded."""

    def decode(self, octets: bytes, *, last: bool) -> Iterable[bytes]:
        """Decode the next octets of a message, however they are cut.

        Args:
            octets: as the peer sent them, or as another extension has decoded them.
            last: whether the message ends with them.

        Returns:
            Portions. Each is made on iteration and none is large, so the caller can stop when the
            message gets too large.

        Raises:
            Violation: the octets cannot be decoded. It may also be raised on iteration.

        """

    def encode(self, payload: bytes) -> bytes | None:
        """Return the payload to send with the reserved bits set, or ``None`` to send the message unchanged."""


class Negotiator(Protocol):
    """Accept or decline offers during the opening handshake."""

    def accept(self, offer: Offer) -> tuple[str, Extension] | None:
        """Return the element for the answer's Sec-WebSocket-Extensions and the extension.

        ``None`` declines the offer.
        """


def negotiate(offers: Sequence[Offer], negotiators: Sequence[Negotiator]) -> list[tuple[str, Extension]]:
    """Let each negotiator accept the first offer that it can; decline all other offers."""
    accepted = ((negotiator.accept(offer) for offer in offers) for negotiator in negotiators)
    first = (next((answer for answer in answers if answer is not None), None) for answers in accepted)
    return [answer for answer in first if answer is not None]


def read_offers(value: str) -> list[Offer]:
    """Read the joined Sec-WebSocket-Extensions fields of a request.

    Raises:
        HandshakeRefused: 400. Section 9.1 requires that a value which does not follow the grammar fails
            the connection instead of being ignored.

    """
    offers = list(_offers(value))
    if not offers:
        raise HandshakeRefused(400, "Sec-WebSocket-Extensions names no extension.")
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
