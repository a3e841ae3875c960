"""Transcripts and endings for tests, each the ordinary one but for what is said; plays nothing."""

from conformance.engine.transcript import Ending, Limit, Seen, TcpEnd, Transcript
from conformance.model import Opcode, Side

__all__ = ["abrupt", "answered", "ended", "failed", "right", "seen", "silence"]


def seen(*events, opened=True, faults=(), ending, **rest):
    """A transcript in which these events were seen, a tenth of a second apart."""
    timed = tuple(Seen(n / 10, event) for n, event in enumerate(events, 1))
    return Transcript(opened, events=timed, faults=tuple(faults), ending=ending, **rest)


def answered(code=1000, **rest):
    """We closed, the peer answered with this code and ended TCP."""
    return ended(**{"started_by": Side.US, "sent": True, "received": True, "code": code, **rest})


def failed(code=1002, **rest):
    """The peer failed the connection with a Close of this code and ended TCP."""
    return ended(**{"started_by": Side.PEER, "sent": True, "received": True, "code": code, **rest})


def ended(**rest):
    """TCP ended by the peer, and nothing else."""
    return Ending(**{"tcp": TcpEnd.FIN, **rest})


def right(case):
    """What a right peer leaves behind."""
    ending = answered if case.closing.by is Side.US else failed
    return seen(*case.expect, ending=ending(case.closing.codes[0]))


def silence(case):
    """What a peer leaves behind that accepts the opening handshake and never says anything."""
    waited = not _closes_itself(case)
    ending = Ending(Side.US, sent=True, tcp=TcpEnd.OURS, limit=Limit.CLOSE, overdue=waited)
    return seen(ending=ending)


def abrupt(case):
    """What a peer leaves behind that drops TCP after the opening handshake."""
    closes = _closes_itself(case)
    return seen(ending=ended(started_by=Side.US if closes else None, sent=closes))


def _closes_itself(case):
    return any(getattr(step, "opcode", None) == Opcode.CLOSE and not step.rsv for step in case.send)
