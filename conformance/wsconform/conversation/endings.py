"""Judge how a connection ended: the Close frames, what came behind them, and the end of TCP (RFC 6455 section 7).

How TCP ends, with FIN or with RST, is often a race in the server: no verdict follows from it here. The run reports it
once for the server, see `wsconform.conversation.playing.runner`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wsconform.conversation import charges
from wsconform.conversation.charges import Charge
from wsconform.conversation.model import Case, Closing, Step
from wsconform.conversation.transcript import Ending, Limit, TcpEnd
from wsconform.model import Frame, Judgement, Opcode, Pong, Side, Verdict
from wsconform.wire.frames import Decoder, Received
from wsconform.wire.reader import FrameReader, PingSeen

__all__ = ["describe_wait", "judge_ending", "judge_stray"]

NORMAL = 1000
#: Codes that fail the connection.
FAILURES = 1002, 1007


def judge_ending(closing: Closing, case: Case, ending: Ending) -> Judgement | None:
    """Judge the ending; None if the connection ended as required."""
    if closing.by is Side.PEER:
        return _failed_by_peer(closing, case, ending) or _tcp_end(case, ending, charges.TCP_AFTER_FAILURE)
    return _closed_by_us(closing, case, ending) or _tcp_end(case, ending, charges.TCP_AFTER_CLOSE)


def describe_wait(ending: Ending) -> str:
    """Describe how long we waited until the deadline of the case."""
    stall = " (no byte had moved for some time)" if ending.stalled else ""
    return f"{_rounded(ending.waited):g} s{stall}"


def _rounded(seconds: float) -> float:
    return round(seconds, 1 if seconds < 10 else 0)


def _failed_by_peer(closing: Closing, case: Case, ending: Ending) -> Judgement | None:
    if ending.overdue or ending.started_by is Side.US:
        wait = f" after {describe_wait(ending)}" if ending.overdue else ""
        why = f"the server ignored the violation: the connection was still open{wait}"
        return charges.IGNORED.as_(closing.still_open).against(case, why)
    if not ending.received:
        return charges.NO_CLOSE.against(case, "the server closed TCP without a Close frame")
    if ending.code not in closing.codes:
        code = "no code" if ending.code is None else str(ending.code)
        what = ", as if there had been no violation" if ending.code == NORMAL else f" instead of {_or(closing.codes)}"
        return charges.WRONG_CODE.against(case, f"the server closed with {code}{what}")
    return None


def _closed_by_us(closing: Closing, case: Case, ending: Ending) -> Judgement | None:
    if ending.started_by is Side.PEER:
        what = f"the server closed the connection although there was no violation (code {ending.code})"
        return charges.REFUSED_MESSAGE.against(case, what)
    if not ending.sent:
        return charges.DROPPED.against(case, "the server closed TCP although there was no violation")
    if ending.limit is Limit.CLOSE:
        return charges.UNANSWERED.against(case, Limit.CLOSE.value)
    if not ending.received:
        if closing.clean:
            return charges.UNANSWERED.against(case, "the server closed TCP instead of answering our Close")
        return charges.NO_CLOSE.against(case, "the server closed TCP without a Close frame")
    if ending.code in closing.codes or (ending.code is None and (closing.clean or NORMAL in closing.codes)):
        return None
    if ending.code is None:
        what = "the server answered an illegal Close with a Close without a code"
        return charges.WRONG_CODE.against(case, what)
    if ending.code in closing.undecided:
        return Judgement(Verdict.INFO, f"the server answered with {ending.code}, which no clause forbids")
    wrong = f"the server answered with {ending.code} instead of {_or(closing.codes)}"
    if not closing.clean:
        accepted = ending.code == NORMAL and NORMAL not in closing.acceptable
        return (charges.CLOSE_ACCEPTED if accepted else charges.WRONG_CODE).against(case, wrong)
    return (charges.CODE_REFUSED if ending.code in FAILURES else charges.OTHER_CODE).against(case, wrong)


def _tcp_end(case: Case, ending: Ending, charge: Charge) -> Judgement | None:
    return charge.against(case, "the server did not close TCP") if ending.tcp is TcpEnd.OURS else None


def _or(codes: Sequence[int]) -> str:
    return " or ".join(map(str, dict.fromkeys(codes)))


# Behind the server's Close


def judge_stray(case: Case, ending: Ending) -> Judgement | None:
    """Judge what the server sent behind its Close frame; None if there is nothing to say.

    Section 5.5.1 forbids data frames there. A Pong is allowed: only a Close that was received ends the duty to answer a
    Ping, and our Ping may have crossed the server's Close. So is a Ping, until TCP ends.
    """
    found = [one for one in _behind(case, ending) if one is not None]
    return min(found, key=lambda one: one.verdict is not Verdict.FAIL, default=None)


def _behind(case: Case, ending: Ending) -> Iterator[Judgement | None]:
    frames, rest = _frames(ending.stray)
    before, after = _pings(case.send)
    for frame in frames:
        match FrameReader().read(frame):
            case Pong(payload) if bytes(payload) in after - before:
                what = "the server answered a ping that came behind our Close"
                yield charges.ANSWER_BEHIND_CLOSE.against(case, what)
            case Pong() | PingSeen():
                yield None
            case _ if frame.opcode == Opcode.CLOSE:
                yield charges.CONTROL_BEHIND_CLOSE.against(case, "the server sent a second Close frame")
            case _:
                yield _data(case, ending)
    if rest or ending.stray_size > len(ending.stray):
        yield _data(case, ending)


def _data(case: Case, ending: Ending) -> Judgement:
    return charges.DATA_BEHIND_CLOSE.against(case, f"the server sent {ending.stray_size} bytes after its Close frame")


def _frames(stray: bytes) -> tuple[list[Received], bytes]:
    """Return the frames in bytes, and the bytes at the end that make no whole frame."""
    found: list[Received] = []
    while stray:
        decoder = Decoder(kept=len(stray))
        found += decoder.feed(stray)
        if not decoder.stray:
            return found, decoder.unfinished
        stray = decoder.stray
    return found, b""


def _pings(steps: Sequence[Step]) -> tuple[set[bytes], set[bytes]]:
    """Return the payloads of our Pings before our first Close of the case, and behind it."""
    before: set[bytes] = set()
    after: set[bytes] = set()
    pings = before
    for step in steps:
        if isinstance(step, Frame) and step.opcode == Opcode.CLOSE:
            pings = after
        elif isinstance(step, Frame) and step.opcode == Opcode.PING:
            pings.add(bytes(step.payload))
    return before, after
