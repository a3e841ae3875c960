"""Whatever a server sends, it is read as frames, and each frame is an event, a fault, or part of a message."""

from __future__ import annotations

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from conformance.tests.fuzzing.octets import BINARIES, CUTS, FRAMES, STREAMS, ServerFrame, cut, fed, octets_of
from conformance.tests.support.values import KNOWN_CLAUSES
from wsconform.model import Fault, Frame, Message, Pong
from wsconform.script.stream import Stream
from wsconform.wire.frames import Decoder, encode_frame
from wsconform.wire.inflater import Inflater
from wsconform.wire.negotiation import Agreement
from wsconform.wire.reader import CloseSeen, FrameReader, PingSeen, starts_wrong

KEPT = 64  # octets behind a Close or of an unfinished frame that are compared
AGREEMENTS = st.one_of(
    st.none(), st.builds(Agreement, st.just(0), st.just(0), st.booleans(), st.booleans(), st.integers(8, 15))
)


def check_result(result: object) -> None:
    """Look at what the reader made of a frame."""
    if isinstance(result, Fault):
        assert result.clause in KNOWN_CLAUSES
        assert result.code in (1002, 1007, 1009)
        event(f"fault against {result.clause}")
    elif isinstance(result, Message) and not result.binary:
        bytes(result.payload).decode()
    else:
        assert result is None or isinstance(result, Message | Pong | PingSeen | CloseSeen)


def header_of(frame):
    return frame.opcode, frame.fin, frame.rsv, frame.masked, frame.minimal, frame.too_long


@given(STREAMS, CUTS)
def test_frames_are_the_same_however_they_are_cut(stream, sizes):
    octets = stream.made()
    one, other = Decoder(), Decoder()
    frames = one.feed(octets)

    assert fed(other.feed, octets, sizes) == frames
    assert (other.stray[:KEPT], other.unfinished) == (one.stray[:KEPT], one.unfinished)
    at = 0
    for frame in frames:
        assert octets.startswith(frame.header, at)
        at += len(frame.header) + len(frame.payload)
    assert octets[at : at + KEPT] == (one.unfinished or one.stray[:KEPT])


@given(st.lists(FRAMES, max_size=8), AGREEMENTS)
def test_every_frame_is_judged(frames, agreement):
    decoder, reader = Decoder(), FrameReader()
    if agreement is not None:
        reader.inflater = Inflater(agreement)
    for recipe in frames:
        octets = recipe.made()
        for frame in decoder.feed(octets):
            check_result(reader.read(frame))
    for fault in [] if reader.inflater is None else reader.inflater.noted:
        check_result(fault)


@given(STREAMS, st.integers(0, 6))
def test_a_start_is_wrong_if_its_frame_is(stream, size):
    octets = stream.made()
    frames = Decoder().feed(octets)

    if starts_wrong(octets[:size]) and frames:
        assert isinstance(FrameReader().read(frames[0]), Fault)


@given(STREAMS, CUTS, st.sampled_from([b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"HTTP/"]))
@example(ServerFrame(0x88, b"\x03\xe8"), [4], b"HTTP/")
def test_a_stream_of_a_script_takes_anything(stream, sizes, before):
    octets = before + stream.made()
    stream, whole = Stream(), Stream()
    heard = []
    for piece in cut(octets, sizes):
        for frame, result in stream.receive(piece):
            check_result(result)
            heard.append((header_of(frame), result))
        assert stream.foreign == b"" or stream.stray
    if not before:
        assert [(header_of(frame), result) for frame, result in whole.receive(octets)] == heard
    assert stream.rest.startswith(stream.stray)


@given(
    st.integers(0, 15),
    BINARIES,
    st.booleans(),
    st.integers(0, 7),
    st.binary(min_size=4, max_size=4),
)
def test_what_is_encoded_is_decoded(opcode, recipe, fin, rsv, key):
    payload = octets_of(recipe)
    [frame] = Decoder().feed(encode_frame(Frame(opcode, payload, fin, rsv), key))

    assert (frame.opcode, frame.payload, frame.fin, frame.rsv) == (opcode, payload, fin, rsv)
    assert header_of(frame)[3:] == (True, True, False)


def test_streams_are_made_as_they_say():
    assert ServerFrame(0x82, b"a", bits=64, mask=True).made() == b"\x82\xff" + bytes(7) + b"\x01" + bytes(4) + b"a"
    with pytest.raises(OverflowError):
        ServerFrame(0x82, more=1 << 64).made()
