"""Decides what was agreed by offers and answers of extensions (RFC 6455 section 9.1, RFC 7692 section 7).

Offers are parsed as strictly as answers: one of ours may be broken on purpose, and a right server declines it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from wsconform.model import Fault, Verdict

__all__ = ["Agreement", "Element", "MalformedError", "agree", "may_be_accepted", "read_elements"]

NAME = "permessage-deflate"
LARGEST_WINDOW = 15

_TOKENS = re.compile(
    r"""[ \t]+ | (?P<token> [^\x00-\x20\x7f-\U0010ffff()<>@,;:\\"/\[\]?={}]+ ) | (?P<mark> [,;=] )
    | "(?P<quoted> (?: [^"\\] | \\. )* )" | (?P<strange> . )""",
    re.VERBOSE | re.DOTALL,
)
_BITS = re.compile(r"[89]|1[0-5]")

ALONE = frozenset({"server_no_context_takeover", "client_no_context_takeover"})
WITH_BITS = frozenset({"server_max_window_bits", "client_max_window_bits"})


class MalformedError(Exception):
    """The field does not follow the grammar."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a Sec-WebSocket-Extensions field; a parameter without a value has None."""

    name: str
    params: tuple[tuple[str, str | None], ...] = ()

    def get(self, name: str) -> str | None:
        """Return the value of a parameter that the element has."""
        return dict(self.params)[name]

    def __contains__(self, name: str) -> bool:
        return any(known == name for known, _ in self.params)

    def __str__(self) -> str:
        return "; ".join((self.name, *(name if value is None else f"{name}={value}" for name, value in self.params)))


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreed parameters of permessage-deflate.

    Attributes:
        offer: the number, from 0, of the first offer that the answer fits.
        preferred: the number of the first offer that a server may accept.
        firm: the number of the first of these that does not ask for a smaller window of the server, which not every
            server can have (RFC 7692 section 7.1.2.1).
        server_takeover: the server's window may carry over from message to message.
        client_takeover: the same for the client.
        server_bits: the base-2 logarithm of the server's largest window.
        client_bits: the same for the client.
    """

    offer: int
    preferred: int
    server_takeover: bool = True
    client_takeover: bool = True
    server_bits: int = LARGEST_WINDOW
    client_bits: int = LARGEST_WINDOW
    firm: int = field(default=0, compare=False)


def agree(offers: Sequence[str], answers: Sequence[str]) -> tuple[Agreement | None, Fault | None]:
    """Return what was agreed, if anything, and the rule that the answer breaks, if any.

    There are both if the answer is clear but does not fit the offers.

    Args:
        offers: the Sec-WebSocket-Extensions fields of the request.
        answers: the Sec-WebSocket-Extensions fields of the response.
    """
    try:
        accepted = [element for value in answers for element in read_elements(value)]
    except MalformedError:
        return None, _fault("a malformed Sec-WebSocket-Extensions field", "6455-9.1-1")
    offered = _offered(offers)
    if accepted and offers and not offered:
        return None, _fault("a response that accepts an extension although the offer is malformed", "6455-9.1-1")
    if fault := _unusable(accepted, offered) if answers else None:
        return None, fault
    return _agreement(accepted[0], offered) if accepted else (None, None)


def _unusable(accepted: Sequence[Element], offered: Sequence[Element]) -> Fault | None:
    """Return why we cannot continue with an answer, if we cannot."""
    if not accepted:
        return _fault("an empty Sec-WebSocket-Extensions field", "6455-4.3-3")
    if strange := [element.name for element in accepted if element.name not in {one.name for one in offered}]:
        return _fault(f"a response that accepts {strange[0]}, which was not offered", "6455-4.2.2-12")
    if len(accepted) > 1:
        return _fault("a response that accepts two extensions that use the same reserved bit", "7692-5-5")
    if accepted[0].name != NAME:
        return _fault(f"a response that accepts the unknown extension {accepted[0].name}", "6455-4.2.2-11")
    wrong = [_offer_fault(offer) for offer in offered if offer.name == NAME]
    return wrong[0] if all(wrong) else _broken(accepted[0])


def _agreement(answer: Element, offered: Sequence[Element]) -> tuple[Agreement | None, Fault | None]:
    valid = [n for n, offer in enumerate(offered) if may_be_accepted(offer)]
    misfits = {n: _misfit(answer, offered[n]) for n in valid}
    best = min(valid, key=lambda n: _worth(misfits[n]))
    agreement = Agreement(
        offer=best,
        preferred=valid[0],
        server_takeover="server_no_context_takeover" not in answer,
        client_takeover="client_no_context_takeover" not in answer,
        server_bits=_bits(answer, "server_max_window_bits"),
        client_bits=_bits(answer, "client_max_window_bits"),
        firm=next((n for n in valid if _bits(offered[n], "server_max_window_bits") == LARGEST_WINDOW), len(offered)),
    )
    return agreement, misfits[best]


def _worth(misfit: Fault | None) -> int:
    """Return a rank for how an answer fits an offer: the lower, the better."""
    return 0 if misfit is None else 1 if misfit.verdict is Verdict.NON_STRICT else 2


def _offer_fault(offer: Element) -> Fault | None:
    """Return why a server must decline an offer of permessage-deflate (RFC 7692 section 7); None if it need not."""
    names = [name for name, _ in offer.params]
    for name, value in offer.params:
        if name not in ALONE | WITH_BITS:
            return _fault("a response that accepts an offer with an unknown parameter", "7692-7-1")
        if not _is_known(name, value, bare="client_max_window_bits"):
            return _fault("a response that accepts an offer with an invalid parameter value", "7692-7-2")
    if len(set(names)) < len(names):
        return _fault("a response that accepts an offer with a repeated parameter", "7692-7-3")
    return None


def may_be_accepted(offer: Element) -> bool:
    """Whether a server may accept an offer of ours (RFC 7692 section 7)."""
    return offer.name == NAME and _offer_fault(offer) is None


def _is_known(name: str, value: str | None, *, bare: str = "") -> bool:
    if name in ALONE:
        return value is None
    return name in WITH_BITS and ((value is None and name == bare) or bool(value and _BITS.fullmatch(value)))


def _broken(answer: Element) -> Fault | None:
    """Return what is wrong with an answer regardless of the offers."""
    names = [name for name, _ in answer.params]
    for name, value in answer.params:
        shown = name if value is None else f"{name}={value}"
        if name not in ALONE | WITH_BITS:
            return _fault(f"a response with the unknown parameter {shown}", "6455-9.1-4")
        if not _is_known(name, value):
            return _fault(f"a response with the invalid parameter {shown}", "7692-5-3")
    if len(set(names)) < len(names):
        return _fault("a response with a repeated parameter", "7692-5-3")
    return None


def _misfit(answer: Element, offer: Element) -> Fault | None:
    """Return why an answer does not fit an offer; None if it fits."""
    if "server_no_context_takeover" in offer and "server_no_context_takeover" not in answer:
        return _fault("a response that omits server_no_context_takeover", "7692-7.1.1.1-2")
    if "server_max_window_bits" in offer:
        wanted = offer.get("server_max_window_bits")
        if "server_max_window_bits" not in answer and wanted == str(LARGEST_WINDOW):
            what = f"a response that omits server_max_window_bits={wanted}, which is the default"
            return replace(_fault(what, "7692-7.1.2.1-2"), verdict=Verdict.NON_STRICT)
        if "server_max_window_bits" not in answer:
            return _fault("a response that omits server_max_window_bits", "7692-7.1.2.1-2")
        if _bits(answer, "server_max_window_bits") > int(wanted or LARGEST_WINDOW):
            return _fault(f"a response with a larger server_max_window_bits than {wanted}", "7692-7.1.2.1-2")
    if "client_max_window_bits" in answer and "client_max_window_bits" not in offer:
        return _fault("a response with client_max_window_bits, which was not offered", "7692-7.1.2.2-3")
    return None


def _bits(element: Element, name: str) -> int:
    return int(element.get(name) or LARGEST_WINDOW) if name in element else LARGEST_WINDOW


def _offered(offers: Sequence[str]) -> list[Element]:
    """Return the elements of our own fields; a field that is broken on purpose offers nothing.

    A recipient must ignore empty elements (RFC 9110 section 5.6.1).
    """
    found: list[Element] = []
    for value in offers:
        try:
            found += read_elements(",".join(part for part in value.split(",") if part.strip(" \t")))
        except MalformedError:
            return []
    return found


def read_elements(value: str) -> Iterator[Element]:
    """Parse the elements of a field.

    Raises:
        MalformedError: the field does not follow the grammar of RFC 6455 section 9.1.
    """
    tokens = list(_tokens(value))[::-1]  # the next one is the last, where taking it costs nothing
    while tokens:
        yield Element(_take(tokens, "token"), tuple(_params(tokens)))
        if tokens:
            _take(tokens, "mark", ",")


def _tokens(value: str) -> Iterator[tuple[str, str]]:
    """Yield tokens, marks and quoted strings, each as its kind and its text.

    Raises:
        MalformedError: there is something else. Going on behind it could take time that grows with the square of the
            length, since every quote without an end is searched for its end.
    """
    for found in _TOKENS.finditer(value):
        if found.lastgroup == "strange":
            raise MalformedError
        if kind := found.lastgroup:
            yield kind, found[kind]


def _take(tokens: list[tuple[str, str]], *wanted: str) -> str:
    if not tokens or tokens[-1][: len(wanted)] != wanted:
        raise MalformedError
    return tokens.pop()[1]


def _params(tokens: list[tuple[str, str]]) -> Iterator[tuple[str, str | None]]:
    while tokens[-1:] == [("mark", ";")]:
        tokens.pop()
        name = _take(tokens, "token")
        if tokens[-1:] != [("mark", "=")]:
            yield name, None
            continue
        tokens.pop()
        if tokens and tokens[-1][0] == "quoted":
            yield name, _unquoted(tokens.pop()[1])
        else:
            yield name, _take(tokens, "token")


def _unquoted(text: str) -> str:
    """Return the text of a quoted value, which must be a token (RFC 6455 section 9.1)."""
    plain = re.sub(r"\\(.)", r"\1", text)
    if list(_tokens(plain)) != [("token", plain)]:
        raise MalformedError
    return plain


def _fault(what: str, clause: str) -> Fault:
    return Fault(1010, what, clause)
