"""Family X: which offers of extensions are accepted, and with what answer (RFC 6455 section 9.1, RFC 7692)."""

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
#: Without a single repetition, so that it keeps to whatever window the server wants of us.
COMPRESSED = counted(300, 70)
DEFLATED = deflated(COMPRESSED, strategy=zlib.Z_HUFFMAN_ONLY)

DECLINED = "7692-5-4"
UNKNOWN, BAD_VALUE, REPEATED = "7692-7-1", "7692-7-2", "7692-7-3"
FALLBACK = "7692-7-4", DECLINED
PREFERENCE = "7692-5-2", "7692-5-1", "6455-9.1-6"
MALFORMED = "6455-9.1-1", "6455-4.3-3"
FROM_OFFER, NOTHING_ELSE, MAY_ACCEPT = "6455-4.2.2-11", "6455-4.2.2-12", "6455-9-2"
QUOTED, SEVERAL, CONFLICT, CONFIGURED = "6455-4.3-2", "6455-9.1-2", "7692-5-5", "7692-5-3"
SERVER_ALONE = "7692-7.1.1.1-2"
SERVER_BITS = "7692-7.1.2.1-2", "7692-7.1.2.1-3"
CLIENT_BITS = "7692-7.1.2.2-2", "7692-7.1.2.2-3"

FOUR = "server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits", "client_max_window_bits"

#: How the title goes on, then the fields that are sent.
Row = tuple[str, *tuple[str, ...]]


def _with(*params: str) -> str:
    return "; ".join((PLAIN, *params))


MUST_DECLINE: tuple[tuple[tuple[str, ...], Row], ...] = (
    ((FROM_OFFER,), ("extensions that nobody knows", "x-foo, x-bar; a=1")),
    ((FROM_OFFER,), ("an extension whose name begins like a known one", "permessage-deflate2")),
    ((FROM_OFFER,), ("the names of what every object has", "constructor, __proto__; toString, hasOwnProperty")),
    ((UNKNOWN, "6455-9.1-4"), ("an unknown parameter without a value", _with("foo"))),
    ((UNKNOWN, "6455-9.1-4"), ("an unknown parameter with a value", _with("foo=1"))),
    ((UNKNOWN, "6455-9.1-4"), ("a parameter that lacks its last letter", _with("server_max_window_bit=10"))),
    ((UNKNOWN, "6455-9.1-4"), ("an unknown parameter behind known ones", _with(*FOUR[:2], FOUR[3], "foo"))),
    ((UNKNOWN, "6455-9.1-4"), ("a hundred unknown parameters", _with(*(f"p{n}={n}" for n in range(100))))),
)  # fmt: skip

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

#: None of the earlier offers may be accepted; the last one may.
FALLBACKS: tuple[Row, ...] = (
    ("an offer with an unknown parameter", f"{_with('foo')}, {PLAIN}"),
    ("an offer with a bad value", f"{_with('server_max_window_bits=16')}, {PLAIN}"),
    ("an offer without a value where one is needed", f"{_with('server_max_window_bits')}, {PLAIN}"),
    ("an offer with a repeated parameter", f"{_with(FOUR[0], FOUR[0])}, {PLAIN}"),
    ("an extension that nobody knows", f"x-foo; bar=1, {PLAIN}"),
    ("one bad offer of each kind", f"x-foo, {_with('foo')}, {_with('client_max_window_bits=7')}, {PLAIN}"),
    ("fifty bad offers", ", ".join([*(_with(f"server_max_window_bits={n}") for n in range(16, 66)), PLAIN])),
)  # fmt: skip

ALONE = _with("server_no_context_takeover")
NARROW = _with("server_max_window_bits=10")
ORDERS: tuple[Row, ...] = (
    ("an offer alone", PLAIN),
    ("an offer before extensions that nobody knows", f"{PLAIN}, x-foo, x-bar; a=1"),
    ("an offer between extensions that nobody knows", f"x-foo, {PLAIN}, x-bar; a=1"),
    ("two offers, the first without the server's context", f"{ALONE}, {PLAIN}"),
    ("two offers, the second without the server's context", f"{PLAIN}, {ALONE}"),
    ("two offers, the first with a smaller window", f"{NARROW}, {PLAIN}"),
    ("two offers, the second with a smaller window", f"{PLAIN}, {NARROW}"),
    ("three offers, each with fewer wishes", f"{_with(FOUR[0], 'server_max_window_bits=10')}, {ALONE}, {PLAIN}"),
    ("the same offer twice", f"{PLAIN}, {PLAIN}"),
    ("extensions that need the same bit", f"{PLAIN}, x-webkit-deflate-frame, permessage-bzip2"),
)

#: Written in an unusual way, but right.
FORMS: tuple[Row, ...] = (
    ("a value in quotes", _with('server_max_window_bits="10"')),
    ("a value in quotes with an escape", _with('server_max_window_bits="1\\0"')),
    ("no blanks", _with("server_no_context_takeover", "client_max_window_bits").replace(" ", "")),
    ("blanks on both sides", "permessage-deflate ; server_no_context_takeover  ;  client_max_window_bits"),
    ("blanks around the equals sign", _with("server_max_window_bits = 10")),
    ("tabs", "permessage-deflate;\tserver_no_context_takeover\t;\tclient_max_window_bits"),
    ("an empty element before it", f", {PLAIN}"),
    ("an empty element behind it", f"{PLAIN},"),
    ("several empty elements", f",, x-foo,, ,{PLAIN}, ,"),
    ("a value in quotes before it", f'x-foo; a="b", {PLAIN}'),
)

#: No server can make sense of these.
BROKEN: tuple[Row, ...] = (
    ("no element", ""),
    ("a comma alone", ","),
    ("a semicolon alone", ";"),
    ("two semicolons", f"{PLAIN};;server_no_context_takeover"),
    ("a semicolon at the end", f"{PLAIN};"),
    ("a semicolon at the beginning", f";{PLAIN}"),
    ("a value without a name", "=1"),
    ("a parameter without a name", _with("=10")),
    ("an equals sign without a value", _with("server_max_window_bits=")),
    ("two equals signs", _with("server_max_window_bits==10")),
    ("no semicolon before a parameter", f"{PLAIN} server_no_context_takeover"),
    ("an extension with a value", f"{PLAIN}=1"),
    ("a quoted name", f'"{PLAIN}"'),
    ("a slash in a parameter", _with("server/max")),
    ("an octet that is not ASCII", _with("\xe9")),
    ("an empty value in quotes", _with('server_max_window_bits=""')),
    ("a blank within quotes", _with('server_max_window_bits="1 0"')),
    ("a blank at the end of quotes", _with('server_max_window_bits="15 "')),
    ("quotes that do not end", _with('server_max_window_bits="10')),
    ("quotes that end too early", _with('server_max_window_bits="1"0')),
    ("a thousand escapes in quotes that do not end", _with('a="' + "\\c" * 1000)),
    ("a good offer behind a broken one", f"{_with('=10')}, {PLAIN}"),
)

FIELDS: tuple[Row, ...] = (
    ("an extension that nobody knows and for an offer", "x-foo", PLAIN),
    ("an offer and for an extension that nobody knows", PLAIN, "x-foo"),
    ("two offers", ALONE, PLAIN),
    ("a bad offer and for a good one", _with("foo"), PLAIN),
)


def cases() -> Iterator[Case]:
    """What must be declined, what may be accepted, and how both may be written."""
    yield from _declined(1, ((clauses, f"An offer of {row[0]}", row[1:]) for clauses, row in MUST_DECLINE))
    yield from _declined(2, (((BAD_VALUE,), f"An offer with {value}", (_with(value),)) for value in BAD_VALUES))
    yield from _declined(3, (((REPEATED,), f"An offer with {' and '.join(two)}", (_with(*two),)) for two in TWICE))
    for n, (what, *fields) in enumerate(FALLBACKS, 1):
        yield _accepted(f"X.4.{n}", f"Behind {what} stands a good one, which is accepted.", fields, FALLBACK)
    for n, (what, *fields) in enumerate(ORDERS, 1):
        yield _accepted(
            f"X.5.{n}", f"The first that may be is accepted of {what}.", fields, (*PREFERENCE, CONFLICT, MAY_ACCEPT)
        )
    yield from _windows()
    for n, params in enumerate(_combinations(), 1):
        yield _accepted(
            f"X.7.{n}", f"An offer with {' and '.join(params)} has an answer that fits it.", [_with(*params)], FITS
        )
    yield from _grammar()
    yield from _several_fields()
    yield Case(
        "X.11.1",
        "Where nothing was offered, nothing is accepted.",
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
            f"{what} is declined, and the connection works without."
            if answer is Answer.NONE
            else f"{what} is declined or refused.",
            (text(PLAINLY),),
            (Message(PLAINLY),),
            clauses=(*clauses, DECLINED),
            offers=offers,
            answer=answer,
        )


def _accepted(
    id_: str, title: str, offers: Iterable[str], clauses: tuple[str, ...], answer: Answer = Answer.FIRST
) -> Case:
    """Two messages come back, of which the second is compressed."""
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
        yield _accepted(f"X.6.{n}", f"An offer with {param} has an answer that fits it.", [_with(param)], clauses)


def _combinations() -> Iterator[tuple[str, ...]]:
    """All but those that stand alone in X.5.1 and X.6."""
    four = "server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits=11", FOUR[3]
    for chosen in product((False, True), repeat=4):
        params = tuple(param for param, taken in zip(four, chosen, strict=True) if taken)
        if len(params) > 1 or params in {four[:1], four[1:2]}:
            yield params


def _grammar() -> Iterator[Case]:
    for n, (what, *fields) in enumerate(FORMS, 1):
        yield _accepted(
            f"X.8.{n}", f"An offer is understood that is written with {what}.", fields, (QUOTED, *MALFORMED)
        )
    yield from _declined(9, ((MALFORMED, f"A field with {row[0]}", row[1:]) for row in BROKEN), Answer.NONE_OR_REFUSED)


def _several_fields() -> Iterator[Case]:
    for n, (what, *fields) in enumerate(FIELDS, 1):
        yield _accepted(f"X.10.{n}", f"Fields of their own for {what} mean the same as one.", fields, (SEVERAL,))
