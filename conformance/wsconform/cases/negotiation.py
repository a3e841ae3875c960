"""Family X: which extension offers a server accepts, and how it responds (RFC 6455 section 9.1, RFC 7692)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import product

from wsconform.cases.blocks import counted, deflated
from wsconform.cases.builders import text
from wsconform.conversation.model import Answer, Case
from wsconform.model import Message

PLAIN = "permessage-deflate"
RSV1 = 4

PLAINLY = counted(100)
#: Compressed without repetitions, so that it fits every window that the server may require of us.
COMPRESSED = counted(300, 70)
DEFLATED = deflated(COMPRESSED, strategy=zlib.Z_HUFFMAN_ONLY)

DECLINED = "7692-5-4"
UNKNOWN = "7692-7-1", "6455-9.1-4"
BAD_VALUE, REPEATED = "7692-7-2", "7692-7-3"
FALLBACK = "7692-7-4", DECLINED
PREFERENCE = "7692-5-2", "7692-5-1", "6455-9.1-6"
MALFORMED = "6455-9.1-1", "6455-4.3-3"
FROM_OFFER, NOTHING_ELSE, MAY_ACCEPT = "6455-4.2.2-11", "6455-4.2.2-12", "6455-9-2"
EMPTY_ELEMENTS = "9110-5.6.1-1"
QUOTED, SEVERAL, CONFLICT, CONFIGURED = "6455-4.3-2", "6455-9.1-2", "7692-5-5", "7692-5-3"
SERVER_ALONE = "7692-7.1.1.1-2"
SERVER_BITS = "7692-7.1.2.1-2", "7692-7.1.2.1-3"
CLIENT_BITS = "7692-7.1.2.2-2", "7692-7.1.2.2-3"

FOUR = "server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits", "client_max_window_bits"

#: How the title describes the row, then the header fields that are sent.
Row = tuple[str, *tuple[str, ...]]


def _with(*params: str) -> str:
    return "; ".join((PLAIN, *params))


MUST_DECLINE: tuple[tuple[tuple[str, ...], Row], ...] = (
    ((FROM_OFFER,), ("Offer of unknown extensions", "x-foo, x-bar; a=1")),
    ((FROM_OFFER,), ("Offer of an unknown extension with a known prefix", "permessage-deflate2")),
    (
        (FROM_OFFER,),
        ("Offer of extensions named like object attributes", "constructor, __proto__; toString, hasOwnProperty"),
    ),
    (UNKNOWN, ("Offer with an unknown parameter without a value", _with("foo"))),
    (UNKNOWN, ("Offer with an unknown parameter with a value", _with("foo=1"))),
    (UNKNOWN, ("Offer with a parameter name that lacks its last letter", _with("server_max_window_bit=10"))),
    (UNKNOWN, ("Offer with an unknown parameter after known ones", _with(*FOUR[:2], FOUR[3], "foo"))),
    (UNKNOWN, ("Offer with a hundred unknown parameters", _with(*(f"p{n}={n}" for n in range(100))))),
)

BAD_VALUES = (
    *("server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16", "server_max_window_bits=0"),
    *("server_max_window_bits=010", "server_max_window_bits=08", "server_max_window_bits=8.0"),
    *("server_max_window_bits=-9", "server_max_window_bits=+9", "server_max_window_bits=1e1"),
    *("server_max_window_bits=0xA", "server_max_window_bits=1_0", "server_max_window_bits=ten"),
    *("server_max_window_bits=265", "server_max_window_bits=18446744073709551626"),
    *("client_max_window_bits=7", "client_max_window_bits=16", "client_max_window_bits=0"),
    *("client_max_window_bits=08", "client_max_window_bits=foo"),
    *("server_no_context_takeover=1", "client_no_context_takeover=1"),
    *("server_no_context_takeover=true", "client_no_context_takeover=false"),
)

TWICE = (
    ("server_no_context_takeover", "server_no_context_takeover"),
    ("client_no_context_takeover", "client_no_context_takeover"),
    ("server_max_window_bits=10", "server_max_window_bits=10"),
    ("server_max_window_bits=10", "server_max_window_bits=12"),
    ("client_max_window_bits", "client_max_window_bits"),
    ("client_max_window_bits=10", "client_max_window_bits=10"),
    ("client_max_window_bits", "client_max_window_bits=10"),
    ("server_max_window_bits=10", "server_no_context_takeover", "server_max_window_bits=10"),
)

#: Only the last offer of each row may be accepted.
FALLBACKS: tuple[Row, ...] = (
    ("an offer with an unknown parameter", f"{_with('foo')}, {PLAIN}"),
    ("an offer with an invalid value", f"{_with('server_max_window_bits=16')}, {PLAIN}"),
    ("an offer without a required value", f"{_with('server_max_window_bits')}, {PLAIN}"),
    ("an offer with a repeated parameter", f"{_with(FOUR[0], FOUR[0])}, {PLAIN}"),
    ("an unknown extension", f"x-foo; bar=1, {PLAIN}"),
    ("one invalid offer of each kind", f"x-foo, {_with('foo')}, {_with('client_max_window_bits=7')}, {PLAIN}"),
    ("fifty invalid offers", ", ".join([*(_with(f"server_max_window_bits={n}") for n in range(16, 66)), PLAIN])),
)  # fmt: skip

ALONE = _with("server_no_context_takeover")
NARROW = _with("server_max_window_bits=10")
ORDERS: tuple[Row, ...] = (
    ("Single offer", PLAIN),
    ("Offer before unknown extensions", f"{PLAIN}, x-foo, x-bar; a=1"),
    ("Offer between unknown extensions", f"x-foo, {PLAIN}, x-bar; a=1"),
    ("Two offers, the first with server_no_context_takeover", f"{ALONE}, {PLAIN}"),
    ("Two offers, the second with server_no_context_takeover", f"{PLAIN}, {ALONE}"),
    ("Two offers, the first with a smaller window", f"{NARROW}, {PLAIN}"),
    ("Two offers, the second with a smaller window", f"{PLAIN}, {NARROW}"),
    (
        "Three offers, each with fewer parameters than the one before",
        f"{_with(FOUR[0], 'server_max_window_bits=10')}, {ALONE}, {PLAIN}",
    ),
    ("Same offer twice", f"{PLAIN}, {PLAIN}"),
    ("Offer before extensions that use the same reserved bit", f"{PLAIN}, x-webkit-deflate-frame, permessage-bzip2"),
)

#: Unusual but valid notation.
FORMS: tuple[Row, ...] = (
    ("a quoted value", _with('server_max_window_bits="10"')),
    ("a quoted value with an escaped character", _with('server_max_window_bits="1\\0"')),
    ("no whitespace", _with("server_no_context_takeover", "client_max_window_bits").replace(" ", "")),
    (
        "spaces on both sides of each semicolon",
        "permessage-deflate ; server_no_context_takeover  ;  client_max_window_bits",
    ),
    ("spaces around the equals sign", _with("server_max_window_bits = 10")),
    ("tabs around each semicolon", "permessage-deflate;\tserver_no_context_takeover\t;\tclient_max_window_bits"),
    ("an empty list element before it", f", {PLAIN}"),
    ("an empty list element after it", f"{PLAIN},"),
    ("several empty list elements around it", f",, x-foo,, ,{PLAIN}, ,"),
    ("an unknown extension before it that has a quoted value", f'x-foo; a="b", {PLAIN}'),
)

#: Malformed in every reading.
BROKEN: tuple[Row, ...] = (
    ("an empty value", ""),
    ("only a comma", ","),
    ("only a semicolon", ";"),
    ("two semicolons in a row", f"{PLAIN};;server_no_context_takeover"),
    ("a semicolon at the end", f"{PLAIN};"),
    ("a semicolon at the beginning", f";{PLAIN}"),
    ("an equals sign with no name before it", "=1"),
    ("a parameter without a name", _with("=10")),
    ("an equals sign without a value", _with("server_max_window_bits=")),
    ("two equals signs in a row", _with("server_max_window_bits==10")),
    ("no semicolon before a parameter", f"{PLAIN} server_no_context_takeover"),
    ("a value assigned to the extension name", f"{PLAIN}=1"),
    ("a quoted extension name", f'"{PLAIN}"'),
    ("a slash in a parameter name", _with("server/max")),
    ("a byte that is not ASCII", _with("\xe9")),
    ("an empty quoted value", _with('server_max_window_bits=""')),
    ("a space inside a quoted value", _with('server_max_window_bits="1 0"')),
    ("a space at the end of a quoted value", _with('server_max_window_bits="15 "')),
    ("an unterminated quoted value", _with('server_max_window_bits="10')),
    ("a quoted value followed by a digit", _with('server_max_window_bits="1"0')),
    ("a thousand escapes in an unterminated quoted value", _with('a="' + "\\c" * 1000)),
    ("a valid offer after a malformed one", f"{_with('=10')}, {PLAIN}"),
)

FIELDS: tuple[Row, ...] = (
    ("one for an unknown extension, one for a valid offer", "x-foo", PLAIN),
    ("one for a valid offer, one for an unknown extension", PLAIN, "x-foo"),
    ("one for each of two valid offers", ALONE, PLAIN),
    ("one for an invalid offer, one for a valid one", _with("foo"), PLAIN),
)


def cases() -> Iterator[Case]:
    """Yield offers to decline, offers to accept, and unusual notation of both."""
    yield from _declined(1, ((clauses, row[0], row[1:]) for clauses, row in MUST_DECLINE))
    yield from _declined(
        2, (((BAD_VALUE,), f"Offer with an invalid parameter ({value})", (_with(value),)) for value in BAD_VALUES)
    )
    yield from _declined(
        3, (((REPEATED,), f"Offer with a repeated parameter ({'; '.join(two)})", (_with(*two),)) for two in TWICE)
    )
    for n, (what, *fields) in enumerate(FALLBACKS, 1):
        yield _accepted(f"X.4.{n}", f"Valid offer after {what}: the valid one is accepted.", fields, FALLBACK)
    for n, (what, *fields) in enumerate(ORDERS, 1):
        yield _accepted(
            f"X.5.{n}", f"{what}: the first acceptable offer is accepted.", fields, (*PREFERENCE, CONFLICT, MAY_ACCEPT)
        )
    yield from _windows()
    for n, params in enumerate(_combinations(), 1):
        yield _accepted(
            f"X.7.{n}", f"Offer with {', '.join(params)}: the response fits the offer.", [_with(*params)], FITS
        )
    yield from _grammar()
    yield from _several_fields()
    yield Case(
        "X.11.1",
        "No offer: the server accepts no extension.",
        (text(PLAINLY),),
        (Message(PLAINLY),),
        clauses=(NOTHING_ELSE,),
        answer=Answer.NONE,
    )


FITS = SERVER_ALONE, *SERVER_BITS, *CLIENT_BITS, CONFIGURED, "7692-7.1.1.1-1", "7692-7.1.1.2-1", "7692-7.1.2.2-1"


def _declined(
    group: int, rows: Iterable[tuple[tuple[str, ...], str, tuple[str, ...]]], answer: Answer = Answer.NONE
) -> Iterator[Case]:
    for n, (clauses, what, offers) in enumerate(rows, 1):
        yield Case(
            f"X.{group}.{n}",
            f"{what}: declined; the connection works uncompressed."
            if answer is Answer.NONE
            else f"{what}: declined, or the opening handshake refused.",
            (text(PLAINLY),),
            (Message(PLAINLY),),
            clauses=(*clauses, DECLINED),
            offers=offers,
            answer=answer,
        )


def _accepted(
    id_: str, title: str, offers: Iterable[str], clauses: tuple[str, ...], answer: Answer = Answer.FIRST
) -> Case:
    """An offer to accept: two messages come back, the second of which we send compressed."""
    return Case(
        id_,
        title,
        (text(PLAINLY), text(DEFLATED, rsv=RSV1)),
        (Message(PLAINLY), Message(COMPRESSED)),
        clauses=clauses,
        offers=tuple(offers),
        answer=answer,
    )


def _windows() -> Iterator[Case]:
    wishes = [f"server_max_window_bits={bits}" for bits in range(8, 16)]
    hints = ["client_max_window_bits", *(f"client_max_window_bits={bits}" for bits in range(8, 16))]
    for n, param in enumerate((*wishes, *hints), 1):
        clauses = SERVER_BITS if param in wishes else CLIENT_BITS
        yield _accepted(f"X.6.{n}", f"Offer with {param}: the response fits the offer.", [_with(param)], clauses)


def _combinations() -> Iterator[tuple[str, ...]]:
    """All combinations of parameters, except the ones in X.5.1 and X.6."""
    four = "server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits=11", FOUR[3]
    for chosen in product((False, True), repeat=4):
        params = tuple(param for param, taken in zip(four, chosen, strict=True) if taken)
        if len(params) > 1 or params in {four[:1], four[1:2]}:
            yield params


def _grammar() -> Iterator[Case]:
    for n, (what, *fields) in enumerate(FORMS, 1):
        clause = EMPTY_ELEMENTS if "list element" in what else QUOTED if "quoted" in what else PREFERENCE[1]
        yield _accepted(f"X.8.{n}", f"Valid offer with {what}: understood.", fields, (clause, *MALFORMED))
    yield from _declined(
        9,
        ((MALFORMED, f"Malformed Sec-WebSocket-Extensions field with {row[0]}", row[1:]) for row in BROKEN),
        Answer.NONE_OR_REFUSED,
    )


def _several_fields() -> Iterator[Case]:
    for n, (what, *fields) in enumerate(FIELDS, 1):
        yield _accepted(
            f"X.10.{n}", f"Two Sec-WebSocket-Extensions fields, {what}: read as one list.", fields, (SEVERAL,)
        )
