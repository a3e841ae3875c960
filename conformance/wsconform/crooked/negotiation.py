"""A correct server's negotiation of permessage-deflate (RFC 7692 section 7): offers in, an answer out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wsconform.wire.negotiation import Agreement, Element, MalformedError, may_be_accepted, read_elements

__all__ = ["KNOWN", "LARGEST", "NAME", "Negotiation", "RefusedError"]

NAME = "permessage-deflate"
LARGEST = 15
KNOWN = "server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits", "client_max_window_bits"


class RefusedError(Exception):
    """The handshake is answered with an HTTP error."""

    def __init__(self, status: int) -> None:
        self.status = status


class Negotiation:
    """Accepts the first offer that it may accept, as it stands."""

    def agree(self, fields: Sequence[str]) -> tuple[str, Agreement | None]:
        """Return the extensions field of the answer and the agreement that it expresses.

        Raises:
            RefusedError: the offers are malformed, or this server refuses them.
        """
        offers = self.read(fields)
        accepted = list(self.acceptable(offers))
        if not accepted:
            return self.decline(offers)
        answers = [self.answer(offer) for offer in accepted]
        chosen = self.choose(answers)
        return self.write(chosen, answers), _agreement(chosen)

    def read(self, fields: Sequence[str]) -> list[Element]:
        """Return the offers of a request."""
        try:
            return [element for field in fields for element in read_elements(_without_empty(field))]
        except MalformedError:
            raise RefusedError(400) from None

    def acceptable(self, offers: Sequence[Element]) -> Iterator[Element]:
        """Yield the offers that may be accepted."""
        for offer in offers:
            reduced = self.reduced(offer)
            if may_be_accepted(reduced):
                yield reduced

    def reduced(self, offer: Element) -> Element:
        """Return an offer without the parameters that this server ignores."""
        kept: list[tuple[str, str | None]] = []
        for name, value in offer.params:
            bad = name in KNOWN and not may_be_accepted(Element(NAME, ((name, value),)))
            repeated = any(name == earlier for earlier, _ in kept)
            if not self.ignores(unknown=name not in KNOWN, bad=bad, repeated=repeated):
                kept.append((name, value))
        return Element(offer.name, tuple(kept))

    def ignores(self, *, unknown: bool, bad: bool, repeated: bool) -> bool:
        """Whether a parameter is ignored: one that is unknown, has a bad value, or came before."""
        return False

    def decline(self, offers: Sequence[Element]) -> tuple[str, Agreement | None]:
        """Answer a handshake without an acceptable offer."""
        return "", None

    def answer(self, offer: Element) -> Element:
        """Return the answer to an offer."""
        return Element(NAME, tuple(param for param in offer.params if param != ("client_max_window_bits", None)))

    def choose(self, answers: Sequence[Element]) -> Element:
        """Return the answer that counts."""
        return answers[0]

    def write(self, chosen: Element, answers: Sequence[Element]) -> str:
        """Return the field of the response."""
        return str(chosen)


def _without_empty(field: str) -> str:
    """Return a list without empty elements, which a recipient ignores (RFC 9110 section 5.6.1)."""
    return ",".join(part for part in field.split(",") if part.strip(" \t"))


def _agreement(answer: Element) -> Agreement:
    bits = {name: int(value) for name, value in answer.params if value}
    return Agreement(
        offer=0,
        preferred=0,
        server_takeover="server_no_context_takeover" not in answer,
        client_takeover="client_no_context_takeover" not in answer,
        server_bits=bits.get("server_max_window_bits", LARGEST),
        client_bits=bits.get("client_max_window_bits", LARGEST),
    )
