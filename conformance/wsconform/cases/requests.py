"""Family H, from group 2 on: opening handshakes that differ from the usual one in one thing.

Each is a script that any server at a URL can play. What the RFCs demand is a failure, what they recommend is
non-strict, and where they leave the decision to the server, it is only reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from wsconform.cases.builders import text
from wsconform.model import Level, Verdict
from wsconform.script import steps
from wsconform.script.model import Log, ScriptCase

__all__ = ["cases"]

PASS, INFO, NON_STRICT, FAIL = Verdict.PASS, Verdict.INFO, Verdict.NON_STRICT, Verdict.FAIL

#: The lines of a usual opening handshake.
LINES = (
    "GET {target} HTTP/1.1",
    "Host: {host}",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: {key}",
    "Sec-WebSocket-Version: 13",
)
#: The sample key of RFC 6455 section 1.2.
SAMPLE = "dGhlIHNhbXBsZSBub25jZQ=="

ACCEPT = steps.ExpectDecision(refused=FAIL, other=FAIL, error=FAIL, dropped=FAIL)
SHOULD_ACCEPT = steps.ExpectDecision(refused=NON_STRICT, other=NON_STRICT)
MAY_REFUSE = steps.ExpectDecision(refused=INFO, other=INFO)
REFUSE = steps.ExpectDecision(accepted=FAIL, other=NON_STRICT)
SHOULD_REFUSE = steps.ExpectDecision(accepted=NON_STRICT, other=NON_STRICT)
IGNORE = steps.ExpectDecision(accepted=FAIL)
#: Either is right, without a word about it; only a 5xx or a dropped connection is second best.
EITHER = steps.ExpectDecision()
UNDECIDED = steps.ExpectDecision(accepted=INFO, refused=INFO, other=INFO, dropped=INFO)
#: For request lines that a server may not be able to read: it may answer as HTTP/0.9 did.
SHOULD_REFUSE_LINE = replace(SHOULD_REFUSE, unclear=NON_STRICT)
UNDECIDED_LINE = replace(UNDECIDED, unclear=INFO)
WITH_VERSION = replace(REFUSE, version=True)

ECHO: tuple[steps.Step, ...] = (
    steps.Send("Hello"),
    steps.ExpectMessage("Hello"),
    steps.Close(),
    steps.ExpectClose((1000, None)),
)

#: How a title ends, by the decision that is expected.
ENDINGS = (
    (ACCEPT, "accepted"),
    (SHOULD_ACCEPT, "accepted"),
    (MAY_REFUSE, "accepted, or refused by the server's limits"),
    (REFUSE, "refused"),
    (SHOULD_REFUSE, "refused"),
    (SHOULD_REFUSE_LINE, "refused"),
    (IGNORE, "no WebSocket"),
    (EITHER, "accepted or refused"),
    (UNDECIDED, "accepted or refused"),
    (UNDECIDED_LINE, "accepted or refused"),
    (WITH_VERSION, "refused, and version 13 is named"),
)


def written(*lines: str, body: str = "") -> str:
    """Return a request."""
    return "".join(f"{line}\r\n" for line in lines) + "{additions}\r\n" + body


def changed(*new: str, without: str = "", first: str = LINES[0], body: str = "") -> str:
    """Return the usual opening handshake with a change.

    Args:
        new: lines that replace the line of the field with the same name, or are added at the end.
        without: the name of a field to omit.
        first: the request line.
        body: text after the empty line.
    """
    names = {without.lower(), *(line.partition(":")[0].strip().lower() for line in new)}
    kept = [line for line in LINES[1:] if line.partition(":")[0].lower() not in names]
    return written(first, *kept, *new, body=body)


#: A row: what is special, the request, the expected decision, clauses, and other attributes of the step.
Row = tuple[str, str, steps.ExpectDecision, tuple[str, ...], dict[str, object]]


def _row(what: str, request: str, due: steps.ExpectDecision, *clauses: str, **more: object) -> Row:
    return what, request, due, clauses, more


def _request_lines() -> Iterator[Row]:
    method = "6455-4.2.1-2", "6455-4.2.1-1"
    for name in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS", "get", "FOO"):
        yield _row(f"with the method {name}", changed(first=f"{name} {{target}} HTTP/1.1"), IGNORE, *method)
    old = "6455-4.2.1-3", "9110-7.8-2"
    yield _row("over HTTP/1.0", changed(first="GET {target} HTTP/1.0"), IGNORE, *old)
    for version in ("1.2", "2.0"):
        yield _row(
            f"over HTTP/{version}", changed(first=f"GET {{target}} HTTP/{version}"), UNDECIDED_LINE, "6455-4.2.1-3"
        )
    yield _row(
        "with the version HTP/1.1",
        changed(first="GET {target} HTP/1.1"),
        SHOULD_REFUSE_LINE,
        "9112-3-2",
        "6455-4.2.1-3",
    )
    absolute = changed(first="GET http://{host}{target} HTTP/1.1")
    yield _row("with an absolute request target", absolute, SHOULD_ACCEPT, "6455-4.2.1-4")
    for what, target in (("an asterisk", "*"), ("host and port", "{host}"), ("nothing", "")):
        yield _row(
            f"with {what} as the request target",
            changed(first=f"GET {target} HTTP/1.1"),
            SHOULD_REFUSE_LINE,
            "9112-3-2",
        )
    split = changed(first="GET {target} x HTTP/1.1")
    yield _row("with a space in the request target", split, SHOULD_REFUSE_LINE, "9112-3-2")
    for what, more in (("a parameter", "wsconform=1"), ("bytes that are not UTF-8", "wsconform=%ff%fe")):
        line = f"GET {{target}}{{more}}{more} HTTP/1.1"
        yield _row(f"with {what} added to the request target", changed(first=line), MAY_REFUSE, "6455-4.2.1-4")
    for size, due in ((2_000, MAY_REFUSE), (7_900, SHOULD_ACCEPT), (65_536, EITHER)):
        line = f"GET {{target}}{{more}}x={'x' * size} HTTP/1.1"
        yield _row(f"with {size:,} bytes added to the request target", changed(first=line), due, "9112-3-1")


def _hosts() -> Iterator[Row]:
    host = "9112-3.2-1", "6455-4.2.1-5"
    yield _row("without Host", changed(without="Host"), REFUSE, *host)
    yield _row("with two equal Host fields", changed("Host: {host}", "Host: {host}"), REFUSE, *host)
    yield _row("with two different Host fields", changed("Host: {host}", "Host: example.org"), REFUSE, *host)
    yield _row("with a space in Host", changed("Host: a b"), REFUSE, *host)
    yield _row("with an empty Host", changed("Host:"), UNDECIDED, *host)


def _upgrades() -> Iterator[Row]:
    upgrade, connection = ("6455-4.2.1-6", "9110-7.8-1"), ("6455-4.2.1-7", "9110-7.8-4")
    yield _row("without any field of an upgrade", written(*LINES[:2]), IGNORE, "6455-4.2.1-1", "9110-7.8-1")
    yield _row("without Upgrade", changed(without="Upgrade"), IGNORE, *upgrade)
    for value in ("h2c", "websocket2", "xwebsocket", "web socket"):
        yield _row(f"with Upgrade: {value}", changed(f"Upgrade: {value}"), IGNORE, *upgrade)
    for value in ("WEBSOCKET", "WebSocket"):
        yield _row(f"with Upgrade: {value}", changed(f"Upgrade: {value}"), ACCEPT, "6455-4.2.1-6")
    for value in ("websocket, h2c", "h2c, WebSocket", "websocket,", ",websocket"):
        yield _row(
            f"with Upgrade: {value}", changed(f"Upgrade: {value}"), SHOULD_ACCEPT, "6455-4.2.1-6", "9110-5.6.1-1"
        )
    two = changed("Upgrade: h2c", "Upgrade: websocket")
    yield _row("with two Upgrade fields, the second websocket", two, SHOULD_ACCEPT, "6455-4.2.1-6", "9110-5.3-1")
    yield _row("with Upgrade: websocket/13", changed("Upgrade: websocket/13"), UNDECIDED, "6455-4.2.1-6")
    yield _row("without Connection", changed(without="Connection"), IGNORE, *connection)
    for value in ("close", "keep-alive", "notupgrade", "upgraded", "Upgrade2, x"):
        yield _row(f"with Connection: {value}", changed(f"Connection: {value}"), IGNORE, *connection)
    for value in (
        "UPGRADE",
        "upgrade",
        "keep-alive, Upgrade",
        "Upgrade, keep-alive",
        "keep-alive,Upgrade",
        "x\t,\tUpgrade",
    ):
        shown = value.replace("\t", "(tab)")
        yield _row(f"with Connection: {shown}", changed(f"Connection: {value}"), ACCEPT, "6455-4.2.1-7")
    for value in (", Upgrade", "Upgrade,", "keep-alive,, Upgrade"):
        yield _row(
            f"with Connection: {value}", changed(f"Connection: {value}"), SHOULD_ACCEPT, "6455-4.2.1-7", "9110-5.6.1-1"
        )
    for first, second in (("keep-alive", "Upgrade"), ("Upgrade", "keep-alive")):
        lines = changed(f"Connection: {first}", f"Connection: {second}")
        yield _row(f"with two Connection fields, {first} and {second}", lines, ACCEPT, "6455-4.2.1-7", "9110-5.3-1")
    yield _row("with Connection: close, Upgrade", changed("Connection: close, Upgrade"), UNDECIDED, "6455-4.2.1-7")


def _keys() -> Iterator[Row]:
    yield _row("without Sec-WebSocket-Key", changed(without="Sec-WebSocket-Key"), REFUSE, "6455-4.2.1-8")
    yield _row("with an empty Sec-WebSocket-Key", changed("Sec-WebSocket-Key:"), REFUSE, "6455-4.2.1-8", keys=("",))
    for what, key in (
        ("of 15 bytes", "AAAAAAAAAAAAAAAAAAAA"),
        ("of 17 bytes", "AAAAAAAAAAAAAAAAAAAAAAA="),
        ("of 20 bytes", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("that is not Base64", "dGhlIHNhbXBsZSBub25j!!=="),
        ("without padding", "dGhlIHNhbXBsZSBub25jZQ"),
        ("in the alphabet for URLs", "__79-_n38_Tx8O_u7ezr6g=="),
        ("with a space inside", "dGhlIHNhbXBs ZSBub25jZQ=="),
        ("of 64 KiB", "A" * 65_536),
    ):
        lines = changed(f"Sec-WebSocket-Key: {key}")
        yield _row(f"with a key {what}", lines, SHOULD_REFUSE, "6455-4.2.1-9", keys=(key,))
    bits = "dGhlIHNhbXBsZSBub25jZR=="
    yield _row(
        "with a key with other pad bits", changed(f"Sec-WebSocket-Key: {bits}"), UNDECIDED, "6455-4.2.1-9", keys=(bits,)
    )
    twice = changed("Sec-WebSocket-Key: {key}", "Sec-WebSocket-Key: {key}")
    yield _row("with the same key twice", twice, SHOULD_REFUSE, "6455-11.3.1-1")
    two = changed("Sec-WebSocket-Key: {key}", f"Sec-WebSocket-Key: {SAMPLE}")
    yield _row("with two different keys", two, SHOULD_REFUSE, "6455-11.3.1-1", keys=("{}", SAMPLE))
    for what, key in (
        ("the sample key of RFC 6455", SAMPLE),
        ("a key of zeros", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("a key of ones", "/////////////////////w=="),
        ("a key with plus signs", "++++++++++++++++++++++=="[:22] + "=="),
        ("a key of random bytes", "x3JJHMbDL1EzLkh9GBhXDw=="),
    ):
        yield _row(f"with {what}", changed(f"Sec-WebSocket-Key: {key}"), ACCEPT, "6455-4.2.2-17", keys=(key,))


def _versions() -> Iterator[Row]:
    yield _row("without Sec-WebSocket-Version", changed(without="Sec-WebSocket-Version"), REFUSE, "6455-4.2.1-10")
    for value in ("12", "14", "0", "8", "99", "255"):
        lines = changed(f"Sec-WebSocket-Version: {value}")
        clauses = "6455-4.2.2-6", "6455-4.4-1", "6455-4.2.1-10", "9110-15.5.22-1", "6455-11.6-1"
        yield _row(f"with version {value}", lines, WITH_VERSION, *clauses)
    for value in ("", "13.0", "013", "+13", "1", "130", "13, 8", "x", "256"):
        lines = changed(f"Sec-WebSocket-Version: {value}".rstrip())
        yield _row(f"with version {value or '(empty)'}", lines, REFUSE, "6455-4.2.1-10", "6455-4.2.1-14")
    twice = changed("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 13")
    yield _row("with version 13 twice", twice, SHOULD_REFUSE, "6455-11.3.5-2")
    for first, second in (("13", "8"), ("8", "13")):
        lines = changed(f"Sec-WebSocket-Version: {first}", f"Sec-WebSocket-Version: {second}")
        yield _row(f"with two versions, {first} and {second}", lines, REFUSE, "6455-11.3.5-2", "6455-4.2.1-10")


def _fields() -> Iterator[Row]:
    names, order, blanks = "6455-4.1-35", "6455-4.2.1-12", "6455-4.2.1-15"
    for what, form in (("lower case", str.lower), ("upper case", str.upper), ("swapped case", str.swapcase)):
        changed_lines = [
            form(name) + colon + value for name, colon, value in (line.partition(":") for line in LINES[1:])
        ]
        yield _row(f"with field names in {what}", written(LINES[0], *changed_lines), ACCEPT, names)
    yield _row("with its fields in reverse order", written(LINES[0], *LINES[:0:-1]), ACCEPT, order)
    for what, before, after in (
        ("two spaces before and after", "  ", "  "),
        ("tabs around", "\t", "\t"),
        ("nothing before", "", ""),
    ):
        padded = [
            f"{name}:{before}{value.strip()}{after}" for name, _, value in (line.partition(":") for line in LINES[1:])
        ]
        yield _row(f"with {what} each value", written(LINES[0], *padded), ACCEPT, blanks)
    more = changed("X-Wsconform: a", "Wsconform-Empty:", "Cookie: a=b; c=d", "Accept: */*")
    yield _row("with fields that the server need not know", more, ACCEPT, "6455-4.2.1-13", "6455-4.1-26")
    for size in (2_048, 4_096):
        lines = changed(f"X-Wsconform: {'x' * size}")
        yield _row(f"with a field of {size:,} bytes", lines, MAY_REFUSE, "9112-6.1-2", "6455-4.1-26")
    yield _row("with a field of 64 KiB", changed(f"X-Wsconform: {'x' * 65_536}"), EITHER, "9112-6.1-2")
    yield _row("with 1,000 fields", changed(*(f"X-{n}: {n}" for n in range(1_000))), EITHER, "9112-6.1-2")
    opaque = "9110-5.5-2"
    for what, value in (
        ("Latin-1", "Caf\xe9"),
        ("UTF-8", "Caf\xc3\xa9 \xe2\x82\xac"),
        ("bytes of no encoding", "\xff\xfe\x80"),
    ):
        for name in ("User-Agent", "Cookie"):
            lines = changed(f"{name}: a={value}")
            yield _row(f"with {what} in {name}", lines, SHOULD_ACCEPT, opaque)
    yield _row("with a folded Connection field", changed("Connection: keep-alive,\r\n Upgrade"), EITHER, "9112-5.2-1")
    yield _row("with a folded field", changed("X-Wsconform: a\r\n b"), EITHER, "9112-5.2-1")
    yield _row("with a space before a colon", changed("Upgrade : websocket"), REFUSE, "9112-5.1-1")
    first = written(LINES[0], " Upgrade: websocket", *(line for line in LINES[1:] if not line.startswith("Upgrade")))
    yield _row("with a space before the first field, which is Upgrade", first, IGNORE, "9112-2.2-3")
    yield _row("with a line without a colon", changed("Wsconform"), SHOULD_REFUSE, "9112-2.2-5")
    yield _row("with NUL in a value", changed("X-Wsconform: a\0b"), replace(REFUSE, accepted=INFO), "9110-5.5-3")
    yield _row(
        "with CR in a value", changed("X-Wsconform: a\rb"), replace(REFUSE, accepted=INFO), "9112-2.2-2", "9110-5.5-3"
    )
    yield _row("with an empty line before it", "\r\n" + changed(), SHOULD_ACCEPT, "9112-2.2-1")
    yield _row("with lines that end with LF", changed().replace("\r\n", "\n"), UNDECIDED_LINE, "9112-2.2-2")
    yield _row("with an Origin that is no URL", changed("Origin: http://["), UNDECIDED, "6455-4.2.2-4", "6455-10.1-1")
    yield _row(
        "with two Origin fields", changed("Origin: https://a.example", "Origin: null"), UNDECIDED, "6455-4.2.2-4"
    )


def _subprotocols() -> Iterator[Row]:
    listed = "6455-4.2.2-8", "6455-4.2.2-9"
    for what, lines, offered in (
        ("an unknown subprotocol", ("x-unknown",), ("x-unknown",)),
        ("two unknown subprotocols", ("x-one, x-two",), ("x-one", "x-two")),
        ("subprotocols in two fields", ("x-one", "x-two"), ("x-one", "x-two")),
        ("a subprotocol of unusual characters", ("!#$%&'*+-.^_`|~aZ",), ("!#$%&'*+-.^_`|~aZ",)),
        ("a thousand subprotocols", (", ".join(f"x{n}" for n in range(1_000)),), tuple(f"x{n}" for n in range(1_000))),
    ):
        request = changed(*(f"Sec-WebSocket-Protocol: {line}" for line in lines))
        yield _row(f"with {what}", request, EITHER, *listed, subprotocols=offered)
    for what, value in (
        ("an empty Sec-WebSocket-Protocol", ""),
        ("only a comma as subprotocols", ","),
        ("a space in a subprotocol", "a b"),
        ("a semicolon in a subprotocol", "a;b"),
        ("a byte above ASCII in a subprotocol", "caf\xe9"),
    ):
        request = changed(f"Sec-WebSocket-Protocol: {value}".rstrip())
        yield _row(f"with {what}", request, EITHER, "6455-4.2.1-14", "6455-4.2.2-10", "6455-4.2.2-9")


def _bodies() -> Iterator[Row]:
    body = "9110-7.8-5"
    yield _row("with a body of five bytes", changed("Content-Length: 5", body="hello"), EITHER, body)
    chunked = changed("Transfer-Encoding: chunked", body="5\r\nhello\r\n0\r\n\r\n")
    yield _row("with a body in chunks", chunked, EITHER, body)
    yield _row("with Content-Length: 0", changed("Content-Length: 0"), MAY_REFUSE, body)
    for what, size in (("byte by byte", 1), ("in segments of seven bytes", 7)):
        yield _row(f"sent {what}", changed(), ACCEPT, "6455-2.1-1", segment=size)


GROUPS = (_request_lines, _hosts, _upgrades, _keys, _versions, _fields, _subprotocols, _bodies)

_LEVELS = {FAIL: Level.MUST, NON_STRICT: Level.SHOULD}
_case = partial(ScriptCase, "", log=Log.ANY, own_server=False)


def cases() -> Iterator[ScriptCase]:
    """Yield groups H.2 to H.10; within a group, cases are numbered in order."""
    for group, rows in enumerate(GROUPS, 2):
        for n, row in enumerate(rows(), 1):
            yield replace(_of(row), id=f"H.{group}.{n}")
    for n, case in enumerate(_neighbours(), 1):
        yield replace(case, id=f"H.10.{n}")


def _of(row: Row) -> ScriptCase:
    what, request, due, clauses, more = row
    ending = next(words for each, words in ENDINGS if each is due) if _is_usual(due) else "refused, or read as a space"
    step = steps.RawRequests((request,), what, **more)  # type: ignore[arg-type]
    strictest = max((due.accepted, due.refused), key=[PASS, INFO, NON_STRICT, FAIL].index)
    return _case(
        f"Opening handshake {what}: {ending}.",
        (step, due, *(ECHO if due.accepted is PASS else ())),
        clauses,
        level=_LEVELS.get(strictest, Level.MAY),
    )


def _is_usual(due: steps.ExpectDecision) -> bool:
    return any(each is due for each, _ in ENDINGS)


def _neighbours() -> Iterator[ScriptCase]:
    """Yield opening handshakes with other data in the same segment, and one in two."""
    plain, old = written(*LINES[:2]), changed("Sec-WebSocket-Version: 8")
    any_page, refused = steps.ExpectResponse(range(200, 500)), steps.ExpectResponse(range(400, 500))
    late = steps.ExpectDecision(dropped=PASS)
    persistent = "9112-9.3.2-1", "9112-9-1"
    for count, word in ((1, "one GET"), (8, "eight GETs")):
        sent = steps.RawRequests((*(plain,) * count, changed()), f"behind {word} in the same segment")
        yield _case(
            f"{word[0].upper()}{word[1:]} and an opening handshake in one segment: all are answered, or TCP ends.",
            (sent, *(any_page,) * count, late, *ECHO),
            persistent,
        )
    sent = steps.RawRequests((old, plain), "with version 8, with a GET behind it in the same segment")
    yield _case(
        "Refused opening handshake and a GET in one segment: both are answered, or the connection is closed.",
        (sent, refused, replace(late, accepted=FAIL)),
        persistent,
    )
    sent = steps.RawRequests((old, changed()), "with version 8, with a right one behind it in the same segment")
    yield _case(
        "Refused opening handshake and a right one in one segment: both are answered, or the connection is closed.",
        (sent, refused, late, *ECHO),
        persistent,
    )
    hello = text("Hello")
    yield _case(
        "Opening handshake with a frame in the same segment, sent too early: the frame is not lost.",
        (steps.RawRequests((changed(),), trailing=(hello,)), ACCEPT, *ECHO[1:]),
        ("6455-4.2.2-20",),
        level=Level.MAY,
        worst=INFO,
    )
    frames = tuple(text(f"message {n}") for n in range(10))
    yield _case(
        "Ten frames in one segment right after the 101: all are echoed.",
        (
            *(steps.RawRequests((changed(),)), ACCEPT, steps.SendRaw(frames)),
            *(steps.ExpectMessage(f"message {n}") for n in range(10)),
            *ECHO[2:],
        ),
        ("6455-4.2.2-20", "6455-2.1-1"),
    )
    # The first two show whether the server keeps connections: some close them without a word. The last response shows
    # that the server has read the segment, so it has half of a request when the rest comes.
    half = "".join(f"{line}\r\n" for line in LINES[:-1]) + "{additions}"
    yield _case(
        "GET and half of an opening handshake in one segment, the rest after the response: both are answered.",
        (
            steps.RawRequests((plain, plain)),
            *(any_page, any_page, steps.ExpectPersistence()),
            steps.RawRequests((plain, half), "cut in half, behind one GET in the same segment"),
            any_page,
            steps.ExpectPersistence(),
            steps.SendRaw((f"{LINES[-1]}\r\n\r\n".encode(),)),
            steps.ExpectDecision(),
            *ECHO,
        ),
        ("6455-2.1-1", *persistent),
    )
