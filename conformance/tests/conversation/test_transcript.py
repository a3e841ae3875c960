"""Transcripts are values."""

from wsconform.conversation.describe import describe_event
from wsconform.conversation.transcript import Seen, Transcript
from wsconform.model import Message, Pong, same


def test_empty_transcript_claims_nothing():
    """No event, no Close frame of either side, and no TCP."""
    nothing = Transcript(opened=False)
    assert (nothing.events, nothing.faults, nothing.wire, nothing.local_port) == ((), (), (), None)
    ending = nothing.ending
    assert (ending.started_by, ending.sent, ending.received, ending.code) == (None, False, False, None)
    assert ending.tcp.value == "never opened"


def test_excerpt_keeps_the_start_and_the_size_of_payloads():
    events = Message(b"x" * 1000), Pong(b"short")
    large, short = (
        seen.event for seen in Transcript(True, events=tuple(Seen(0.0, e) for e in events)).excerpt().events
    )
    assert (bytes(large.payload), len(large.payload), short) == (b"x" * 64, 1000, events[1])
    assert describe_event(large) == describe_event(events[0])
    assert not same(events[0], large)
