"""What a server may send, right or nearly right, for hypothesis. Payloads and damages are those of the reference's."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from reference_impl.tests.fuzzing.octets import (
    BINARIES,
    CLOSES,
    COMPRESSED,
    CUTS,
    DAMAGES,
    NEARLY_TEXTS,
    TEXTS,
    cut,
    joined,
    made,
)

__all__ = [
    "BINARIES",
    "COMPRESSED",
    "CUTS",
    "DAMAGES",
    "FRAMES",
    "MESSAGES",
    "STREAMS",
    "TEXTS",
    "ServerFrame",
    "cut",
    "fed",
    "joined",
    "made",
    "octets_of",
]

MESSAGES = st.one_of(TEXTS, BINARIES)


def octets_of(recipe: object) -> bytes:
    """The octets of a recipe, which may be one of text."""
    data = made(recipe)
    return data.encode() if isinstance(data, str) else data


@dataclass(frozen=True)
class ServerFrame:
    """A frame as a server sends it.

    Attributes:
        bits: of the length field: 7, 16 or 64; None: as few as possible.
        more: by how many octets the announced length is larger than the payload is.
        mask: masked with a key of zeros.
    """

    first: int
    payload: object = b""
    bits: int | None = None
    more: int = 0
    mask: bool = False

    def made(self) -> bytes:
        payload = octets_of(self.payload)
        size = len(payload) + self.more
        mask = 0x80 if self.mask else 0
        bits = max(self.bits or 0, 7 if size < 126 else 16 if size < 1 << 16 else 64)
        if bits == 7:
            header = bytes((self.first, mask | size))
        else:
            header = bytes((self.first, mask | (126 if bits == 16 else 127))) + size.to_bytes(bits // 8, "big")
        return header + bytes(4 if self.mask else 0) + payload


DATA = st.sampled_from([0x81, 0x82, 0x01, 0x02, 0x00, 0x80])
CONTROL = st.sampled_from([0x88, 0x89, 0x8A])
FRAMES = st.one_of(
    st.builds(ServerFrame, st.just(0x81), TEXTS),
    st.builds(ServerFrame, DATA, st.one_of(BINARIES, NEARLY_TEXTS)),
    st.builds(ServerFrame, st.sampled_from([0xC1, 0xC2, 0x41, 0x42]), COMPRESSED),
    st.builds(ServerFrame, CONTROL, st.one_of(CLOSES, st.binary(max_size=5), st.just(bytes(125)))),
    st.builds(
        ServerFrame,
        st.one_of(DATA, CONTROL, st.integers(0, 255)),
        st.one_of(BINARIES, CLOSES),
        st.sampled_from([None, None, 16, 64]),
        st.sampled_from([0, 0, 0, 1, 126, 1 << 16, 1 << 62, (1 << 63) - 200_000, 1 << 63]),
        st.booleans(),
    ),
)
STREAMS = joined(FRAMES, 5)


def fed(receive, octets: bytes, sizes: list[int]) -> list:
    """What a reader returns for octets that arrive in pieces of these sizes."""
    return [each for piece in cut(octets, sizes) for each in receive(piece)]
