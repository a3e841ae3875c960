"""The rulings of docs/explanation/rulings.md, each with a server that does what the RFCs allow or second best."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.tests.support.conversations import ECHO, HELLO, NORMAL, close, sent
from conformance.tests.support.in_memory import MemoryShell, server_frame
from conformance.tests.support.values import agreed, answered, ended, failed, right, seen
from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.judge import judge
from wsconform.conversation.model import Answer, Case, Event, StillOpen
from wsconform.conversation.transcript import Ending, Limit, TcpEnd, Transcript
from wsconform.model import Judgement, Message, Opcode, Pong, Side, Verdict
from wsconform.selection import select
from wsconform.wire.negotiation import Agreement

PASS, NON_STRICT, FAIL, INFO, DECLINED = map(Verdict, ("pass", "non-strict", "fail", "info", "declined"))
REFUSED = Ending(tcp=TcpEnd.FIN)


def conversations(*patterns: str) -> list[Case]:
    """Return the cases that patterns select."""
    return [case for case in select(WEBSOCKET_CASES, list(patterns)) if isinstance(case, Case)]


def unopened(case: Case, status: int | None, ending: Ending = REFUSED, head: bytes = b"") -> Judgement:
    """Judge a server that does not open the connection."""
    return judge(case, Transcript(False, "refused", status=status, head=head, ending=ending))


def left(case: Case, *events: Event, ending: Ending, agreement: Agreement | None = None) -> Judgement:
    """Judge a server that left these events and this ending."""
    return judge(case, seen(*events, ending=ending, agreement=agreement or agreed(case)))


# 1: a malformed Sec-WebSocket-Extensions field

MALFORMED = conversations("X.9")


@pytest.mark.parametrize(
    ("status", "verdict", "clauses"),
    [(None, PASS, ()), (400, PASS, ()), (500, NON_STRICT, ("6455-4.2.1-1",))],
    ids=["TCP ended", "400", "500"],
)
def test_malformed_field_may_end_the_connection(status: int | None, verdict: Verdict, clauses: tuple[str, ...]) -> None:
    for case in MALFORMED:
        judgement = unopened(case, status)
        assert (judgement.verdict, judgement.clauses) == (verdict, clauses), case.id


@pytest.mark.parametrize("ending", [Ending(tcp=TcpEnd.OURS, limit=Limit.OPENING), REFUSED])
def test_malformed_field_without_an_end_or_with_half_an_answer_fails(ending: Ending) -> None:
    head = b"" if ending.limit is Limit.OPENING else b"HTTP/1."
    assert unopened(MALFORMED[0], None, ending, head).clauses == ("6455-9.1-1",)


def test_malformed_field_that_is_ignored_passes_with_a_remark() -> None:
    for case in MALFORMED:
        judgement = judge(case, right(case))
        assert judgement.verdict is PASS
        assert "ignored, which is accepted" in judgement.reason


# 2: server_max_window_bits=15 is not repeated


@pytest.mark.parametrize("id_", ["P.12.8", "X.6.8", "13.4.1", "13.6.1"])
def test_default_window_need_not_be_repeated_and_the_case_goes_on(id_: str) -> None:
    case = WEBSOCKET_CASES[id_]
    field = "permessage-deflate" + ("; server_no_context_takeover" if id_ == "13.6.1" else "")
    shell = MemoryShell(case).open(field)
    assert shell.frames(), "the case must go on"
    mute = shell.end()
    assert judge(case, mute).verdict is FAIL
    judgement = judge(case, replace(right(case), faults=mute.faults))
    assert (judgement.verdict, judgement.clauses) == (NON_STRICT, ("7692-7.1.2.1-2",))


@pytest.mark.parametrize(("id_", "field"), [("P.12.7", "permessage-deflate"), ("P.16.1", "permessage-deflate")])
def test_smaller_window_and_own_windows_must_be_repeated(id_: str, field: str) -> None:
    case = WEBSOCKET_CASES[id_]
    transcript = MemoryShell(case).open(field).end()
    assert judge(case, replace(right(case), faults=transcript.faults)).verdict is FAIL


# 3: compressed data that end too early


@pytest.mark.parametrize(("id_", "verdict"), [("P.17.5", NON_STRICT), ("P.17.6", NON_STRICT), ("P.17.7", INFO)])
def test_message_of_data_that_end_too_early(id_: str, verdict: Verdict) -> None:
    case = WEBSOCKET_CASES[id_]
    assert case.tolerate is not None
    assert left(case, *case.tolerate.events, ending=answered()).verdict is verdict
    assert left(case, Message(b"something else", binary=True), ending=answered()).verdict is FAIL
    assert left(case, ending=failed(1007)).verdict is PASS


# 4: limits

LIMITED = conversations("9.1.3,9.1.4,9.1.5,9.1.6,9.2.3,9.2.4,9.2.5,9.2.6,9.3,9.4,9.5,9.6,L.6")


@pytest.mark.parametrize("code", [1009, 1008])
def test_limit_is_declined_and_named(code: int) -> None:
    for case in LIMITED:
        judgement = left(case, ending=failed(code, reason=b"too much", tcp=TcpEnd.RST))
        assert judgement.verdict is DECLINED, case.id
        assert (
            f'a limit of the server, which may have one; the server closed with {code} "too much"' in judgement.reason
        )


def test_large_message_that_makes_the_server_drop_tcp_fails() -> None:
    for case in LIMITED:
        judgement = left(case, ending=ended(tcp=TcpEnd.RST))
        assert (judgement.verdict, judgement.clauses) == (FAIL, ("6455-7.1.2-1",)), case.id
        assert left(case, ending=failed(1002)).verdict is FAIL
    assert left(WEBSOCKET_CASES["1.1.2"], ending=failed(1009)).verdict is FAIL


# 5: behind the server's Close

PONG, PING, CLOSE = (bytes([0x80 | opcode, 0]) for opcode in (Opcode.PONG, Opcode.PING, Opcode.CLOSE))
BEHIND = {
    "a Pong": (PONG, PASS, ()),
    "a Pong for our Ping": (server_frame(Opcode.PONG, b"ping payload"), PASS, ()),
    "a Ping": (PING, PASS, ()),
    "a second Close": (CLOSE, NON_STRICT, ("6455-7.1.2-2",)),
    "a message": (b"\x81\x00", FAIL, ("6455-5.5.1-6",)),
    "a Pong, a Close and a message": (PONG + CLOSE + b"\x81\x00", FAIL, ("6455-5.5.1-6",)),
    "half a frame": (b"\x81", FAIL, ("6455-5.5.1-6",)),
    "what is no frame": (b"HTTP/1.1 500\r\n", FAIL, ("6455-5.5.1-6",)),
    "a masked Pong": (b"\x8a\x80\x00\x00\x00\x00", FAIL, ("6455-5.5.1-6",)),
}


@pytest.mark.parametrize(("stray", "verdict", "clauses"), BEHIND.values(), ids=BEHIND)
def test_control_frames_are_no_data_behind_a_close(stray: bytes, verdict: Verdict, clauses: tuple[str, ...]) -> None:
    case = WEBSOCKET_CASES["2.9"]
    judgement = judge(case, replace(right(case), ending=answered(stray=stray, stray_size=len(stray))))
    assert (judgement.verdict, judgement.clauses) == (verdict, clauses)


def test_ping_behind_our_close_needs_no_answer() -> None:
    case = WEBSOCKET_CASES["7.1.3"]  # an empty Ping after a Close
    judgement = judge(case, replace(right(case), ending=answered(stray=PONG, stray_size=2)))
    assert (judgement.verdict, judgement.clauses) == (NON_STRICT, ("6455-5.5.1-15",))


# 6 and 7: Close 1000 where there was a violation


@pytest.mark.parametrize("id_", ["2.5", "3.1", "3.7", "4.1.1", "5.1", "6.3.1", "P.2.4", "P.17.1", "P.18.1"])
def test_failing_with_1000_is_not_strict(id_: str) -> None:
    case = WEBSOCKET_CASES[id_]
    judgement = left(case, *case.expect, ending=failed(1000))
    assert (judgement.verdict, judgement.clauses) == (NON_STRICT, ("6455-7.1.7-2",))
    delivered = left(case, *case.expect, Message(b"what was wrong"), ending=failed(1000))
    assert delivered.verdict is FAIL


@pytest.mark.parametrize("id_", ["7.9.1", "7.9.2", "7.9.4", "7.9.5", "C.3.1", "C.3.2", "C.3.3", "C.3.4"])
def test_no_clause_binds_the_receiver_of_a_code(id_: str) -> None:
    judgement = left(WEBSOCKET_CASES[id_], ending=answered(1000))
    assert (judgement.verdict, judgement.clauses) == (NON_STRICT, ("6455-7.1.7-2",))


@pytest.mark.parametrize("code", [0, 999, 1005, 1006])
def test_code_that_must_not_be_sent_must_not_be_sent_back(code: int) -> None:
    case = next(one for one in conversations("7.9") if f"code {code}:" in one.title)
    shell = MemoryShell(case).open()
    shell.receive(server_frame(Opcode.CLOSE, code.to_bytes(2, "big")))
    assert judge(case, shell.end()).verdict is FAIL


# 8: offers that are refused


@pytest.mark.parametrize("id_", ["X.1.4", "X.2.1", "X.3.1", "X.4.1", "X.10.4", "X.6.1", "P.12.1", "P.14.1", "13.3.1"])
@pytest.mark.parametrize(("status", "verdict"), [(400, NON_STRICT), (500, FAIL), (None, FAIL)])
def test_well_formed_offer_is_declined_and_not_refused(id_: str, status: int | None, verdict: Verdict) -> None:
    judgement = unopened(WEBSOCKET_CASES[id_], status)
    assert (judgement.verdict, judgement.clauses) == (verdict, ("7692-5-4",))


# 9: final blocks


def test_final_block_may_be_refused_after_any_echo() -> None:
    for case in conversations("P.10"):
        for count in range(len(case.expect)):
            assert left(case, *case.expect[:count], ending=failed(1007)).verdict is NON_STRICT, case.id
        assert left(case, Message(b"", binary=True), ending=failed(1007)).verdict is FAIL, case.id


# 10: a Close amid a message


@pytest.mark.parametrize("id_", ["7.1.5", "C.5.1", "C.5.2", "C.5.3", "C.5.4", "C.5.5"])
def test_close_amid_a_message_may_count_as_an_error(id_: str) -> None:
    assert left(WEBSOCKET_CASES[id_], ending=answered(1002)).verdict is INFO


# 11: Pings and Pongs by the server itself

BY_ITSELF = (
    server_frame(Opcode.PONG, b"by itself"),
    server_frame(Opcode.PONG),
    server_frame(Opcode.PING, b"are you there?"),
)


@pytest.mark.parametrize("frame", BY_ITSELF, ids=["Pong", "empty Pong", "Ping"])
def test_control_frames_by_the_server_itself_change_no_verdict(frame: bytes) -> None:
    shell = MemoryShell(ECHO).open()
    shell.receive(frame, frame, HELLO[:3])
    shell.receive(HELLO[3:], frame)
    assert close(1000)[0] in sent(shell)
    shell.receive(frame, NORMAL, frame)
    assert judge(ECHO, shell.end()) == Judgement(PASS)


@pytest.mark.parametrize("case", [one for one in WEBSOCKET_CASES.values() if not one.head], ids=lambda case: case.id)
def test_unsolicited_pongs_are_no_events(case: Case) -> None:
    clean = right(case)
    more = [event for one in clean.events for event in (Pong(b"by itself"), one.event, Pong(b"by itself"))]
    assert judge(case, replace(clean, events=seen(*more, ending=clean.ending).events)) == judge(case, clean)


def test_our_pong_waits_for_the_end_of_our_frame() -> None:
    """In 6.4.3 a frame is sent in pieces, with pauses between them."""
    shell = MemoryShell(WEBSOCKET_CASES["6.4.3"]).open()
    frames = list(shell.frames())
    shell.receive(server_frame(Opcode.PING, b"one"), server_frame(Opcode.PING, b"two"))
    assert not shell.segments, "a Pong went into the frame"
    while not frames:
        shell.next_timer()
        frames += shell.frames()
    opcodes = [frame.opcode for frame in (*frames, *shell.frames())]
    assert opcodes == [Opcode.TEXT, Opcode.CONTINUATION, Opcode.PONG]
    assert isinstance(WEBSOCKET_CASES["6.4.3"].expect[0], StillOpen)


# Section 2, point 9


def test_server_that_cannot_limit_its_window_may_take_the_next_offer() -> None:
    case = WEBSOCKET_CASES["X.5.6"]
    assert case.answer is Answer.FIRST
    transcript = MemoryShell(case).open("permessage-deflate").end()
    judgement = judge(case, replace(right(case), agreement=transcript.agreement))
    assert judgement.verdict is INFO
    assert case.closing.by is Side.US
