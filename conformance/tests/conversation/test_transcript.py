"""Transcripts are values."""

from wsconform.conversation.transcript import Transcript


def test_empty_transcript_claims_nothing():
    """No event, no Close frame of either side, and no TCP."""
    nothing = Transcript(opened=False)
    assert (nothing.events, nothing.faults, nothing.wire, nothing.local_port) == ((), (), (), None)
    ending = nothing.ending
    assert (ending.started_by, ending.sent, ending.received, ending.code) == (None, False, False, None)
    assert ending.tcp.value == "never opened"
