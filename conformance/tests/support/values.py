"""Transcripts and endings for tests, with ordinary values except those that are given."""

from wsconform.clauses import CLAUSES
from wsconform.conversation.judge import judge, parity
from wsconform.conversation.model import Answer, CompressedTrips, Echoes, Pause, RoundTrips, StillOpen
from wsconform.conversation.transcript import Ending, Limit, Seen, TcpEnd, Transcript
from wsconform.model import Frame, Opcode, Side
from wsconform.play import Outcome, Play
from wsconform.wire.negotiation import Agreement

__all__ = [
    "HEAD",
    "KNOWN_CLAUSES",
    "abrupt",
    "agreed",
    "answered",
    "ended",
    "failed",
    "outcome",
    "play",
    "right",
    "seen",
    "silence",
]

#: The head of a right 101, as far as a judge looks at it.
HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade"
#: The clauses that cases may cite.
KNOWN_CLAUSES = set(CLAUSES)


def seen(*events, opened=True, faults=(), ending, **rest):
    """A transcript with these events, a tenth of a second apart."""
    timed = tuple(Seen(n / 10, event) for n, event in enumerate(events, 1))
    return Transcript(opened, events=timed, faults=tuple(faults), ending=ending, **rest)


def answered(code=1000, **rest):
    """We closed, the peer answered with this code and ended TCP."""
    return ended(**{"started_by": Side.US, "sent": True, "received": True, "code": code, **rest})


def failed(code=1002, **rest):
    """The peer failed the connection with a Close of this code and ended TCP."""
    return ended(**{"started_by": Side.PEER, "sent": True, "received": True, "code": code, **rest})


def ended(**rest):
    """The peer ended TCP."""
    return Ending(**{"tcp": TcpEnd.FIN, **rest})


def right(case):
    """The transcript of a correct peer."""
    ending = answered if case.closing.by is Side.US else failed
    return seen(*case.expect, ending=ending(case.closing.codes[0]), agreement=agreed(case), head=HEAD)


def agreed(case):
    """The agreement of a server that accepts permessage-deflate without parameters."""
    needed = case.answer in (Answer.AGREED, Answer.FIRST, Answer.KEPT)
    return Agreement(offer=0, preferred=0) if needed else None


def silence(case):
    """The transcript of a peer that accepts the opening handshake and sends nothing."""
    overdue = not _closes_itself(case)
    events = [StillOpen(step.tag) for step in case.send if isinstance(step, Pause) and step.tag]
    events += [Echoes(0) for step in case.send if isinstance(step, RoundTrips | CompressedTrips)]
    ending = Ending(Side.US, sent=True, tcp=TcpEnd.OURS, limit=Limit.CLOSE, overdue=overdue)
    return seen(*events, ending=ending, agreement=agreed(case))


def abrupt(case):
    """The transcript of a peer that drops TCP after the opening handshake."""
    closes = _closes_itself(case)
    return seen(ending=ended(started_by=Side.US if closes else None, sent=closes), agreement=agreed(case))


def _closes_itself(case):
    return any(isinstance(step, Frame) and step.opcode == Opcode.CLOSE and not step.rsv for step in case.send)


def play(case, transcript, *, alone=False, started=0.5):
    """A judged play of a case."""
    return Play(
        judgement=judge(case, transcript),
        parity=parity(case, transcript),
        alone=alone,
        started=started,
        transcript=transcript,
    )


def outcome(case, *transcripts):
    """The outcome of a case that was played once for each transcript, the last time alone if replayed."""
    *before, last = transcripts
    plays = (*(play(case, transcript) for transcript in before), play(case, last, alone=bool(before)))
    return Outcome(case=case, final=plays[-1], plays=plays)
