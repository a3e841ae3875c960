"""Faults in the negotiation of permessage-deflate (RFC 7692 section 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wsconform.crooked.model import acts, must, of_topic, should
from wsconform.crooked.negotiation import LARGEST, NAME, Negotiation, RefusedError
from wsconform.wire.negotiation import Agreement, Element

__all__ = ["SERVERS", "answering"]


def answering(changed: Any) -> type[Negotiation]:
    """Return a negotiation that answers with other parameters.

    Args:
        changed: takes the parameters of an offer, and of the right answer to it; returns those of the answer.
    """

    def answer(self: Negotiation, offer: Element) -> Element:
        return Element(NAME, tuple(changed(offer, list(Negotiation.answer(self, offer).params))))

    return acts(Negotiation, answer=answer)


class _Unoffered(Negotiation):
    def agree(self, fields: Sequence[str]) -> tuple[str, Agreement | None]:
        self.read(fields)
        return super().agree([NAME])


class _All(Negotiation):
    def write(self, chosen: Element, answers: Sequence[Element]) -> str:
        return ", ".join(map(str, answers))


class _Refuses(Negotiation):
    def decline(self, offers: Sequence[Element]) -> tuple[str, Agreement | None]:
        if offers:
            raise RefusedError(400)
        return super().decline(offers)


class _CrashesOn8(Negotiation):
    def read(self, fields: Sequence[str]) -> list[Element]:
        offers = super().read(fields)
        if any(("server_max_window_bits", "8") in offer.params for offer in offers):
            raise RefusedError(500)
        return offers


class _Ignoring(Negotiation):
    what = ""

    def ignores(self, *, unknown: bool, bad: bool, repeated: bool) -> bool:
        return {"unknown": unknown, "bad": bad, "repeated": repeated}[self.what]


class _Lenient(Negotiation):
    """Takes a malformed field for one without offers."""

    def read(self, fields: Sequence[str]) -> list[Element]:
        try:
            return super().read(fields)
        except RefusedError:
            return [Element(NAME)]


class _Emptily(Negotiation):
    """Answers with an empty field."""

    def decline(self, offers: Sequence[Element]) -> tuple[str, Agreement | None]:
        return (" ", None) if offers else super().decline(offers)


def _larger(_: Element, params: list[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    return [
        (name, str(min(int(value) + 1, LARGEST)) if value and name == "server_max_window_bits" else value)
        for name, value in params
    ]


def _unasked(offer: Element, params: list[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    return params if "client_max_window_bits" in offer else [*params, ("client_max_window_bits", "12")]


def _writes(written: Any) -> type[Negotiation]:
    return acts(Negotiation, write=lambda self, chosen, answers: written(chosen))


SERVERS = of_topic(
    "negotiation",
    (
        must(
            "unoffered",
            "accepts permessage-deflate although none was offered",
            "6455-4.2.2-12",
            "P.3.1,X.1.1,X.11.1",
            _Unoffered,
        ),
        must(
            "accepts-unknown",
            "accepts offers with unknown parameters",
            "7692-7-1",
            "P.3.2,X.1.4,X.1.5,X.1.6,X.1.7,X.1.8",
            acts(_Ignoring, what="unknown"),
        ),
        must("accepts-bad", "accepts offers with bad values", "7692-7-2", "X.2", acts(_Ignoring, what="bad")),
        must(
            "accepts-repeated",
            "accepts offers with repeated parameters",
            "7692-7-3",
            "X.3",
            acts(_Ignoring, what="repeated"),
        ),
        must(
            "accepts-malformed",
            "accepts malformed offers",
            "6455-9.1-1",
            "X.9.3,X.9.4,X.9.5,X.9.6,X.9.7,X.9.8",
            _Lenient,
        ),
        must("accepts-all", "accepts all offers instead of one", "7692-5-5", "X.5.4,X.5.5,X.5.8,X.10.3", _All),
        should(
            "prefers-last",
            "prefers the last offer",
            "7692-5-2",
            "X.5.4,X.5.8,X.10.3",
            acts(Negotiation, choose=lambda _, answers: answers[-1]),
        ),
        should(
            "refuses-offers", "answers 400 to a handshake whose offers it declines", "7692-5-4", "X.1,X.2,X.3", _Refuses
        ),
        must("crashes-on-8", "answers an offer of an 8-bit window with 500", "7692-7-4", "P.12.1,X.6.1", _CrashesOn8),
        must(
            "drops-parameters",
            "accepts an offer without its parameters",
            "7692-7.1.2.1-2",
            "P.12.1,P.16.1,X.6.1,X.7.1,X.7.6,13.2.1,13.3.1",
            _writes(lambda _: NAME),
        ),
        must(
            "drops-valueless",
            "drops parameters without a value from its answer",
            "7692-7.1.1.1-2",
            "P.16.1,X.7.6,13.2.1",
            answering(lambda _, params: [(name, value) for name, value in params if value]),
        ),
        must(
            "larger-bits",
            "answers with a larger server_max_window_bits",
            "7692-7.1.2.1-2",
            "P.12.1,X.6.7,X.7.1,13.3.1,13.5.1",
            answering(_larger),
        ),
        must(
            "unasked-bits",
            "answers with client_max_window_bits although it was not offered",
            "7692-7.1.2.2-3",
            "P.11,X.4,X.5,X.7.2",
            answering(_unasked),
        ),
        must(
            "bare-bits",
            "answers with client_max_window_bits without a value",
            "6455-9-4",
            "X.6.9,X.7.1,12.1.1,13.1.1",
            answering(lambda offer, params: offer.params),
        ),
        must(
            "answers-16",
            "answers with server_max_window_bits=16",
            "6455-9-4",
            "X.7.1,12.1.1,13.1.1",
            _writes(lambda one: f"{NAME}; server_max_window_bits=16"),
        ),
        must(
            "answers-unknown",
            "answers with an unknown parameter",
            "6455-9.1-4",
            "X.7.1,12.1.1,13.1.1",
            _writes(lambda one: f"{one}; level=9"),
        ),
        must(
            "answers-twice",
            "repeats its parameters",
            "6455-9-4",
            "X.7.6,P.16.1",
            _writes(
                lambda one: "; ".join(
                    (
                        str(one),
                        *(str(Element(name)) if value is None else f"{name}={value}" for name, value in one.params),
                    )
                )
            ),
        ),
        must(
            "malformed-answer",
            "ends its answer with a semicolon",
            "6455-9.1-1",
            "X.7.1,12.1.1,13.1.1",
            _writes(lambda one: f"{one};"),
        ),
        must(
            "other-name",
            "accepts the offer under the name x-webkit-deflate-frame",
            "6455-4.2.2-12",
            "X.7.1,12.1.1,13.1.1",
            _writes(lambda _: "x-webkit-deflate-frame"),
        ),
        must("empty-answer", "declines offers with an empty field", "6455-4.2.2-13", "X.1,X.2,X.3", _Emptily),
    ),
)
