"""How long the protocol core takes for one echoed text message, beside websockets and wsproto.

Octets of one masked frame go in, a ``str`` comes out, the same ``str`` goes in again, octets
come out; no sockets. The peers do the same work: websockets hands text out as octets, so its
row decodes and encodes it. Rounds are interleaved, so that a slow moment of the machine
meets all of them, and the best round counts.

The second table is of messages that are compressed both ways (RFC 7692), each subject with
the settings that it has by itself. Many different ones take turns, since a window remembers.

    python reference_impl/benchmarks/core.py [--check] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import zlib
from collections.abc import Callable
from importlib.metadata import version
from itertools import chain
from time import perf_counter

import websockets.extensions.permessage_deflate
import websockets.server
import wsproto.connection
import wsproto.events
import wsproto.extensions
from texts import compressed, json_text
from websockets.protocol import OPEN
from websockets.speedups import apply_mask

from dwebsocket.protocol import Connection, Limits, Offer, PerMessageDeflate

Echo = Callable[[bytes], bytes]

# Octets of the message: echoes per round, and the largest allowed part of websockets' time.
SIZES = {16: (4000, 1 / 3), 1024: (3000, 1 / 3), 1 << 16: (300, 1.0), 1 << 20: (20, 1.0)}
COMPRESSED_SIZES = {1024: (10, 1.0), 1 << 16: (1, 1.0)}
TEXTS = 24
FRAGMENT, FRAGMENTS, CHUNK = 64, 65536, 65536

# The C library learns from the largest block that was freed how much memory it keeps. Before
# that, each message of 1 MiB gives pages back and faults them in again, which takes longer
# than the echo; so one large block is freed first, as in a process that has run for a while.
SETTLED = 16 << 20
NO_LIMITS = Limits(max_message_size=None)


def ours(*extensions) -> Echo:
    """An echo through ``dwebsocket.protocol``."""
    connection = Connection(NO_LIMITS, extensions)

    def echo(data: bytes) -> bytes:
        for event in connection.receive_data(data):
            connection.send_message(event.data)
        return connection.data_to_send()

    return echo


def through_websockets(*extensions) -> Echo:
    """An echo through the sans-I/O core of websockets."""
    protocol = websockets.server.ServerProtocol(state=OPEN, max_size=None)
    protocol.extensions = list(extensions)
    parts: list[bytes] = []

    def echo(data: bytes) -> bytes:
        protocol.receive_data(data)
        for frame in protocol.events_received():
            parts.append(frame.data)
            if frame.fin:
                protocol.send_text(b"".join(parts).decode().encode())
                parts.clear()
        return b"".join(protocol.data_to_send())

    return echo


def through_wsproto(*extensions) -> Echo:
    """An echo through wsproto."""
    connection = wsproto.connection.Connection(wsproto.connection.ConnectionType.SERVER, list(extensions))
    parts: list[str] = []
    answers: list[bytes] = []

    def echo(data: bytes) -> bytes:
        connection.receive_data(data)
        answers.clear()
        for event in connection.events():
            parts.append(event.data)
            if event.message_finished:
                answers.append(connection.send(wsproto.events.TextMessage(data="".join(parts))))
                parts.clear()
        return b"".join(answers)

    return echo


def ours_compressed() -> Echo:
    """Ours, as a browser finds it."""
    _, extension = PerMessageDeflate().accept(Offer("permessage-deflate", (("client_max_window_bits", None),)))
    return ours(extension)


def websockets_compressed() -> Echo:
    """Theirs, as their servers make it."""
    deflate = websockets.extensions.permessage_deflate.PerMessageDeflate
    return through_websockets(deflate(False, False, 12, 12, {"memLevel": 5}))


def wsproto_compressed() -> Echo:
    """And theirs."""
    extension = wsproto.extensions.PerMessageDeflate()
    extension.accept("permessage-deflate; client_max_window_bits")
    return through_wsproto(extension)


SUBJECTS = {"ours": ours, "websockets": through_websockets, "wsproto": through_wsproto}
COMPRESSED = {"ours": ours_compressed, "websockets": websockets_compressed, "wsproto": wsproto_compressed}


def masked(first: int, payload: bytes) -> bytes:
    """A frame as a client sends it."""
    key = os.urandom(4)
    size = len(payload)
    length = (
        bytes([size])
        if size < 126
        else b"\x7e" + size.to_bytes(2, "big")
        if size < 65536
        else b"\x7f" + size.to_bytes(8, "big")
    )
    return bytes([first, length[0] | 0x80]) + length[1:] + key + apply_mask(payload, key)


def letters(size: int) -> bytes:
    """Text of which no two neighbouring octets are the same."""
    return (b"abcdefghijklmnopqrstuvwxyz0123456789" * (size // 36 + 1))[:size]


def whole(size: int) -> list[bytes]:
    """One message in one frame."""
    return [masked(0x81, letters(size))]


def fragmented() -> list[bytes]:
    """One message in tiny fragments, in pieces as a socket gives them."""
    middle = (masked(0x00, letters(FRAGMENT)) for _ in range(FRAGMENTS - 2))
    octets = b"".join(chain([masked(0x01, letters(FRAGMENT))], middle, [masked(0x80, letters(FRAGMENT))]))
    return [octets[at : at + CHUNK] for at in range(0, len(octets), CHUNK)]


def seconds(echo: Echo, pieces: list[bytes], times: int) -> float:
    """The time for ``times`` echoes."""
    start = perf_counter()
    for _ in range(times):
        for piece in pieces:
            echo(piece)
    return perf_counter() - start


def best(pieces: list[bytes], times: int, rounds: int) -> dict[str, float]:
    """Microseconds per echo for each subject: its best round."""
    echoes = {name: subject() for name, subject in SUBJECTS.items()}
    answers = {b"".join(map(echo, pieces)) for echo in echoes.values()}
    assert len(answers) == 1, "the subjects do not answer alike"
    return timed(echoes, pieces, times, rounds)


def best_compressed(size: int, times: int, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Microseconds per echo for each subject, and the part of the octets that it sends."""
    texts = [json_text(size, seed) for seed in range(TEXTS)]
    pieces = [masked(0xC1, compressed(text)) for text in texts]
    echoes = {name: subject() for name, subject in COMPRESSED.items()}
    answers = {name: [echo(piece) for piece in pieces] for name, echo in echoes.items()}
    for name, frames in answers.items():
        assert inflated(frames) == texts, f"{name} does not answer right"
    micros = {name: value / TEXTS for name, value in timed(echoes, pieces, times, rounds).items()}
    return micros, {name: sum(map(len, frames)) / size / TEXTS for name, frames in answers.items()}


def inflated(frames: list[bytes]) -> list[bytes]:
    """What is in a server's compressed frames."""
    inflater = zlib.decompressobj(wbits=-15)
    payloads = (frame[4 if frame[1] == 126 else 10 if frame[1] == 127 else 2 :] for frame in frames)
    return [inflater.decompress(payload + b"\0\0\xff\xff") for payload in payloads]


def timed(echoes: dict[str, Echo], pieces: list[bytes], times: int, rounds: int) -> dict[str, float]:
    """Microseconds for all pieces through each subject: its best round."""
    rows = [{name: seconds(echo, pieces, times) for name, echo in echoes.items()} for _ in range(rounds)]
    return {name: min(row[name] for row in rows) / times * 1e6 for name in echoes}


def show(label: str, figures: dict[str, float], bound: float | None) -> bool:
    """Print a row of the table; return whether the bound is kept."""
    ratio = figures["ours"] / figures["websockets"]
    kept = bound is None or ratio <= bound
    wanted = "" if bound is None else f"{bound:.2f}  {'kept' if kept else 'MISSED'}"
    print(f"{label:>14}" + "".join(f"{value:12.2f}" for value in figures.values()) + f"{ratio:12.2f}  {wanted}")
    return kept


def main() -> int:
    """Print the table; with ``--check`` a bound that is missed is an error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 when a bound is missed")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    bytes(SETTLED)
    print(f"{platform.python_implementation()} {platform.python_version()},", end=" ")
    print(f"websockets {version('websockets')}, wsproto {version('wsproto')}; best of {options.rounds} rounds")
    print("\nmicroseconds per echoed text message")
    print(f"{'octets':>14}" + "".join(f"{name:>12}" for name in SUBJECTS) + f"{'to websockets':>14}  at most")
    kept = [
        show(f"{size:,}", best(whole(size), times, options.rounds), bound) for size, (times, bound) in SIZES.items()
    ]
    print(f"\nmicroseconds per frame, {FRAGMENTS:,} fragments of {FRAGMENT} octets in pieces of {CHUNK:,}")
    per_message = best(fragmented(), 1, max(2, options.rounds // 5))
    kept.append(show(f"{FRAGMENT}", {name: value / FRAGMENTS for name, value in per_message.items()}, None))
    print("\nmicroseconds per echoed text message of JSON, compressed; behind it the part of its octets that is sent")
    for size, (times, bound) in COMPRESSED_SIZES.items():
        micros, parts = best_compressed(size, times, options.rounds)
        kept.append(show(f"{size:,}", micros, bound))
        print(f"{'':>14}" + "".join(f"{value:12.1%}" for value in parts.values()))
    return 1 if options.check and not all(kept) else 0


if __name__ == "__main__":
    sys.exit(main())
