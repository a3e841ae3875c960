"""Family P, third part: the compression windows of both sides (RFC 7692 sections 7.1 and 7.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wsconform.cases.blocks import Blocks, Compressor, counted, deflated, noise
from wsconform.cases.builders import binary, ping, text
from wsconform.cases.deflate_builders import (
    COUNTED,
    EMPTY,
    FROM_WINDOW,
    HELLO,
    OFFER,
    ONE_BLOCK,
    OTHER,
    compressed,
    compressed_binary,
    deflate_case,
    echoed,
    pongs_first,
)
from wsconform.conversation.model import Answer, Case, Closing, Event, Tolerance
from wsconform.model import Fill, Frame, KiB, Level, Message, Pong, Side, Verdict

SERVER_WINDOW = "7692-7.2.1-11", "7692-7.2.1-7", "7692-7.1.2.1-1"
CLIENT_WINDOW = "7692-7.2.2-4", "7692-7.1.2.2-4"
SMALL_WINDOW = "7692-7.2.2-5", "7692-7.1.2.2-2"
KEPT = "7692-7.2.2-2", "7692-7.2.2-1"
SERVER_ALONE = "7692-7.2.1-9", "7692-7.1.1.1-3"
CLIENT_ALONE = "7692-7.1.1.2-2", "7692-7.2.2-1"
MAY_CARRY_OVER = ("7692-7.2.1-10",)
#: A server that sends a message uncompressed must not refer back to it.
PLAIN_IS_FORGOTTEN = "7692-7.2.1-10", "7692-7.2.1-1"

WINDOW = 32 * KiB
#: At and just above each window size and zlib's own maximum (32,506).
DISTANCES = 256, 257, 512, 513, 1024, 1025, 4096, 4097, 8193, 16384, 16385, 24577, 32506, 32507, 32767, 32768

OUT_OF_REACH = Tolerance(
    (),
    Verdict.PASS,
    "the connection failed at a distance beyond the negotiated window, which is allowed",
    parity=False,
    closing=Closing(Side.PEER, (1002, 1007), clean=False),
)


def cases() -> Iterator[Case]:
    """Yield cases about the server's window, our window, and keeping both between messages."""
    yield from _servers()
    yield from _ours()
    yield from _contexts()


def _servers() -> Iterator[Case]:
    """Bytes that repeat only at distances beyond the window, so that a server with a larger window uses it."""
    for n, bits in enumerate(range(8, 16), 1):
        period = (1 << bits) + 100
        far = Fill(noise(period), 2 * period)
        yield deflate_case(
            f"P.12.{n}",
            f"server_max_window_bits={bits} negotiated: the server never refers back more than {1 << bits} bytes.",
            (binary(far), binary(far)),
            (Message(far, binary=True),) * 2,
            offers=(f"{OFFER}; server_max_window_bits={bits}",),
            clauses=SERVER_WINDOW,
        )
    far = Fill(noise(WINDOW - 1 * KiB), 3 * WINDOW)
    yield deflate_case(
        "P.12.9",
        f"No window size negotiated: the server never refers back more than {WINDOW} bytes.",
        (binary(far), binary(far)),
        (Message(far, binary=True),) * 2,
        clauses=SERVER_WINDOW,
    )


def _ours() -> Iterator[Case]:
    data = noise(WINDOW)
    stored = Blocks().stored(data).message()
    for n, distance in enumerate(DISTANCES, 1):
        again = (data[-distance:] * 2)[:258]
        one = Blocks().stored(data).fixed((258, distance)).message()
        title = f"Compressed message that refers back {distance} bytes within itself: echoed."
        yield echoed(f"P.13.{n}", title, [one], [data + again], clauses=CLIENT_WINDOW)
    for n, distance in enumerate(DISTANCES, 1 + len(DISTANCES)):
        again = (data[-distance:] * 2)[:258]
        two = Blocks().fixed((258, distance)).message()
        title = f"Compressed message that refers back {distance} bytes into the previous one: echoed."
        yield echoed(f"P.13.{n}", title, [stored, two], [data, again], clauses=CLIENT_WINDOW, answer=Answer.KEPT)
    yield from _beyond_ours()


def _beyond_ours() -> Iterator[Case]:
    """Yield data that we must not send when the server limits our window, although the server may accept it."""
    for n, bits in enumerate((8, 9, 12), 1):
        data = noise((1 << bits) + 300)
        payload = Blocks().stored(data).fixed((258, len(data))).message()
        yield echoed(
            f"P.14.{n}",
            f"client_max_window_bits={bits} offered, message that refers back more than {1 << bits} bytes: "
            "echoed, or the server fails the connection.",
            [payload],
            [data + data[:258]],
            offers=(f"{OFFER}; client_max_window_bits={bits}",),
            tolerate=OUT_OF_REACH,
            level=Level.MAY,
            clauses=SMALL_WINDOW,
        )


Row = tuple[str, tuple[Frame, ...], tuple[Event, ...]]


def _contexts() -> Iterator[Case]:
    for n, (what, send, expect) in enumerate(_carried_over(), 1):
        title = f"{what}: the server keeps our window."
        yield deflate_case(f"P.15.{n}", title, send, expect, answer=Answer.KEPT, clauses=KEPT)
    yield _through_a_ping()
    for n, size in enumerate((20, 1000, 20 * KiB), 1):
        yield _equal(
            f"P.16.{n}",
            f"server_no_context_takeover negotiated, same {size} bytes three times: each echo compressed on its own.",
            counted(size),
            offers=(f"{OFFER}; server_no_context_takeover",),
            clauses=SERVER_ALONE,
        )
    yield _equal(
        "P.16.4",
        "client_no_context_takeover offered, messages compressed independently: all echoed.",
        COUNTED,
        offers=(f"{OFFER}; client_no_context_takeover",),
        clauses=CLIENT_ALONE,
    )
    yield _equal(
        "P.16.5",
        "server_no_context_takeover and client_no_context_takeover offered, messages compressed independently: "
        "all echoed.",
        OTHER,
        offers=(f"{OFFER}; server_no_context_takeover; client_no_context_takeover",),
        clauses=(*SERVER_ALONE, *CLIENT_ALONE),
    )
    yield _equal(
        "P.16.6",
        "Same text ten times: all echoed; the wire log shows whether the server keeps its window.",
        _wordless(2 * KiB),
        count=10,
        level=Level.MAY,
        clauses=MAY_CARRY_OVER,
    )
    words = b"A text that is worth it. " * 700
    yield deflate_case(
        "P.16.7",
        "Repetitive text of 17 KiB: echoed compressed.",
        (compressed(deflated(words)),),
        (Message(words, compressed=True),),
        tolerate=Tolerance(
            (Message(words),),
            Verdict.INFO,
            "the server agreed to compression but sent the message uncompressed, which is allowed",
        ),
        level=Level.MAY,
        clauses=MAY_CARRY_OVER,
    )
    for n, (what, message, frame) in enumerate(
        (
            ("Noise of 3,000 bytes", noise(3000), compressed_binary),
            ("Text of 18 characters", b'{"a":1,"b":"qz#7"}', compressed),
        ),
        8,
    ):
        yield deflate_case(
            f"P.16.{n}",
            f"{what}, which compression does not shrink, three times: all echoed.",
            (frame(deflated(message)),) * 3,
            (Message(message, binary=frame is compressed_binary),) * 3,
            clauses=PLAIN_IS_FORGOTTEN,
        )


def _wordless(size: int) -> bytes:
    """ASCII with almost no repetitions."""
    return noise(size // 2).hex().encode()


def _equal(id_: str, title: str, message: bytes, *, count: int = 3, **rest: Any) -> Case:
    """The same message several times, each compressed on its own."""
    send = (compressed(deflated(message)),) * count
    return deflate_case(id_, title, send, (Message(message),) * count, **rest)


def _carried_over() -> Iterator[Row]:
    yield "Ten compressed messages with the same text", *_streamed([COUNTED] * 10)
    plain, client = counted(300, 9000), Compressor()
    first, second = client.message(COUNTED), client.message(COUNTED + OTHER)
    yield (
        "Two compressed messages with an uncompressed one between them, which does not enter the window",
        (compressed(first), text(plain), compressed(second)),
        (Message(COUNTED), Message(plain), Message(COUNTED + OTHER)),
    )
    yield (
        "Two compressed messages with an empty one between them",
        *_texts([first, EMPTY, second], [COUNTED, b"", COUNTED + OTHER]),
    )
    yield (
        "Compressed text message, then a compressed binary message",
        (compressed(first), compressed_binary(second)),
        (Message(COUNTED), Message(COUNTED + OTHER, binary=True)),
    )
    # The same text recurs 24 KiB later, so the window wraps several times.
    yield (
        "Compressed messages with more data than the window holds",
        *_streamed([_wordless(size * KiB) for size in (16, 8, 16, 8, 16, 8, 16, 8)]),
    )
    yield (
        "A hundred compressed messages that repeat the first one",
        *_streamed([b"%d " % n + COUNTED for n in range(100)]),
    )


def _through_a_ping() -> Case:
    return deflate_case(
        "P.15.7",
        "Two compressed messages with a ping between them: the server keeps our window.",
        (compressed(ONE_BLOCK), ping(b"between"), compressed(FROM_WINDOW)),
        (Message(HELLO), Pong(b"between"), Message(HELLO)),
        tolerate=pongs_first(Pong(b"between"), Message(HELLO), Message(HELLO)),
        answer=Answer.KEPT,
        clauses=KEPT,
    )


def _streamed(messages: Sequence[bytes]) -> tuple[tuple[Frame, ...], tuple[Event, ...]]:
    client = Compressor()
    return _texts([client.message(message) for message in messages], messages)


def _texts(payloads: Sequence[bytes], messages: Sequence[bytes]) -> tuple[tuple[Frame, ...], tuple[Event, ...]]:
    return tuple(map(compressed, payloads)), tuple(map(Message, messages))
