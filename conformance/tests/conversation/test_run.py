"""A run of a case against peers in memory: what is sent, what is seen and when the run gives up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.tests.support.conversations import ECHO, HELLO, NORMAL, PROTOCOL_ERROR, VIOLATION, close, events, sent
from conformance.tests.support.in_memory import PORT, MemoryShell, play_against, server_frame
from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.bounds import ROOM
from wsconform.conversation.judge import judge
from wsconform.conversation.model import (
    Answer,
    Case,
    CompressedTrips,
    Deadline,
    Echoes,
    Event,
    Pause,
    RoundTrips,
    Sample,
    StillOpen,
)
from wsconform.conversation.run import FRAME_COSTS, MOST_PONGS, MOST_TRIPS, TURN, Timer, Timing
from wsconform.conversation.streams import stream
from wsconform.conversation.transcript import Limit, TcpEnd
from wsconform.crooked import CROOKED
from wsconform.model import Frame, Message, Opcode, Pong, Side, Verdict
from wsconform.wire.negotiation import Agreement

TEXT, CONTINUATION = Opcode.TEXT, Opcode.CONTINUATION
CLOSE, PING, PONG = Opcode.CLOSE, Opcode.PING, Opcode.PONG

DEFLATE = "permessage-deflate"
TRIPS = Case("", "Round trips.", (RoundTrips(b"Hello", 3),), (Echoes(3),))
NOTHING = Case("", "Nothing is sent or expected.", closes_when_seen=False)


# An ordinary conversation


def test_echo_is_seen_and_closed() -> None:
    shell = MemoryShell(ECHO).open()
    assert sent(shell) == [(TEXT, b"Hello")]
    shell.advance(0.25)
    shell.receive(HELLO)
    assert sent(shell) == close(1000)
    shell.receive(NORMAL)
    transcript = shell.end()
    assert [(seen.at, seen.event) for seen in transcript.events] == [(0.25, Message(b"Hello"))]
    ending = transcript.ending
    assert (ending.started_by, ending.sent, ending.received, ending.code) == (Side.US, True, True, 1000)
    assert (ending.tcp, ending.limit, ending.overdue) == (TcpEnd.FIN, Limit.NONE, False)


def test_fragments_of_the_peer_are_one_message() -> None:
    shell = MemoryShell(ECHO).open()
    shell.receive(server_frame(TEXT, b"Hel", fin=False), server_frame(CONTINUATION, b"lo"), NORMAL)
    assert events(shell.end()) == [Message(b"Hello")]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_how_tcp_cuts_the_octets_of_the_peer_does_not_matter(size: int) -> None:
    shell = MemoryShell(ECHO).open()
    octets = server_frame(TEXT, b"Hel", fin=False) + server_frame(CONTINUATION, b"lo") + NORMAL + b"stray"
    for at in range(0, len(octets), size):
        shell.receive(octets[at : at + size])
    transcript = shell.end()
    assert events(transcript) == [Message(b"Hello")]
    assert (transcript.ending.code, transcript.ending.stray) == (1000, b"stray")


def test_ping_of_the_peer_is_answered_until_we_close() -> None:
    shell = MemoryShell(ECHO).open()
    shell.receive(server_frame(PING, b"1"))
    assert sent(shell) == [(TEXT, b"Hello"), (PONG, b"1")]
    shell.receive(HELLO, server_frame(PING, b"2"))
    assert sent(shell) == close(1000)


def test_pong_is_an_event() -> None:
    shell = MemoryShell(replace(ECHO, send=(Frame(PING, b"Hello"),), expect=(Pong(b"Hello"),))).open()
    shell.receive(server_frame(PONG, b"Hello"))
    assert sent(shell) == [(PING, b"Hello"), *close(1000)]
    assert events(shell.end()) == [Pong(b"Hello")]


# Time


@pytest.mark.parametrize(
    ("deadline", "code", "seen"), [(Deadline.KILL, 1001, []), (Deadline.CLOSE, None, [Message(b"Hello")])]
)
def test_at_the_deadline_we_close_and_may_still_listen(deadline: Deadline, code: int | None, seen: list[Event]) -> None:
    shell = MemoryShell(replace(ECHO, within=2.0, deadline=deadline)).open()
    sent(shell)
    shell.advance(1.9)
    assert sent(shell) == []
    shell.advance(0.1)
    assert sent(shell) == close(code)
    shell.receive(HELLO, NORMAL)
    transcript = shell.end()
    assert events(transcript) == seen
    assert (transcript.ending.overdue, transcript.ending.started_by) == (True, Side.US)


def test_times_are_scaled_and_pauses_are_not() -> None:
    shell = MemoryShell(replace(NOTHING, send=(Pause("A", 1.0),), within=2.0), Timing(scale=3.0)).open()
    assert shell.timers == {Timer.PAUSE: 1.0, Timer.CEILING: Timing().ceiling}
    shell.advance(1.0)
    assert shell.timers == {Timer.CASE: 7.0, Timer.CEILING: Timing().ceiling}


def test_deadline_counts_from_the_last_octet_that_is_sent() -> None:
    shell = MemoryShell(replace(ECHO, within=20.0), Timing(stall=5.0)).open()
    sent(shell)
    shell.idle = False
    for _ in range(6):  # TCP takes an octet every five seconds
        shell.sent += 1
        assert shell.next_timer() is Timer.CASE
    shell.idle = True
    while not shell.segments:
        shell.sent += 1
        shell.next_timer()
    assert (shell.now, sent(shell)) == (50.0, close(1001))


def test_case_ends_early_when_nothing_moves() -> None:
    shell = MemoryShell(replace(TRIPS, within=1000.0), Timing(stall=5.0)).open()
    shell.receive(HELLO)
    sent(shell)
    shell.advance(5.0)
    assert sent(shell) == []
    shell.advance(5.0)
    assert sent(shell) == close(1001)
    assert events(shell.end()) == [Echoes(1)]


# Pauses


def test_connection_that_stays_open_during_a_pause_is_an_event() -> None:
    case = replace(ECHO, send=(Frame(TEXT, b"1"), Pause("A"), Frame(TEXT, b"2"), Pause("")), closes_when_seen=False)
    shell = MemoryShell(case).open()
    assert sent(shell) == [(TEXT, b"1")]
    shell.advance(1.0)
    assert sent(shell) == [(TEXT, b"2")]
    shell.advance(1.0)
    assert events(shell.end()) == [StillOpen("A")]


def test_pause_ends_with_the_connection() -> None:
    shell = MemoryShell(replace(VIOLATION, send=(Pause("A"), Frame(TEXT, b"later")))).open()
    shell.receive(PROTOCOL_ERROR)
    assert sent(shell) == close(1000)
    shell.advance(1.0)
    assert sent(shell) == []
    assert events(shell.end()) == []


def test_pause_can_be_cut() -> None:
    shell = MemoryShell(replace(NOTHING, send=(Pause("A", 3600.0),), within=0.0)).open()
    shell.run.cut_pause()
    assert (shell.next_timer(), shell.now) == (Timer.PAUSE, 0.0)
    assert sent(shell) == close(1001)
    shell.run.cut_pause()  # none is going on
    assert Timer.PAUSE not in shell.timers


# Round trips


def test_next_message_waits_for_the_echo() -> None:
    shell = MemoryShell(TRIPS).open()
    for _ in range(3):
        assert sent(shell) == [(TEXT, b"Hello")]
        shell.receive(HELLO)
    assert sent(shell) == close(1000)
    assert events(shell.end()) == [Echoes(3)]


def test_steps_before_round_trips_are_sent() -> None:
    shell = MemoryShell(replace(TRIPS, send=(Frame(PING, b"first"), *TRIPS.send))).open()
    assert sent(shell) == [(PING, b"first"), (TEXT, b"Hello")]


def test_echo_with_other_octets_is_counted_and_remembered() -> None:
    shell = MemoryShell(TRIPS).open()
    shell.receive(HELLO, server_frame(TEXT, b"World"), HELLO)
    assert events(shell.end()) == [Echoes(3, exact=False)]


def test_large_echo_with_other_octets_is_not_the_expected_message() -> None:
    (seen,) = events(play_against("wrong-octets", WEBSOCKET_CASES["9.2.1"]))
    assert seen != WEBSOCKET_CASES["9.2.1"].expect[0]


@pytest.mark.parametrize("wrong", [server_frame(TEXT, b"Hell"), server_frame(Opcode.BINARY, b"Hello")])
def test_echo_of_another_type_or_length_ends_the_round_trips(wrong: bytes) -> None:
    shell = MemoryShell(TRIPS).open()
    shell.receive(HELLO, wrong)
    assert sent(shell) == [(TEXT, b"Hello"), (TEXT, b"Hello"), *close(1000)]
    (seen,) = events(shell.end())
    assert isinstance(seen, Message)


def test_a_thousand_round_trips() -> None:
    case = WEBSOCKET_CASES["9.7.2"]
    assert events(play_against("honest", case)) == [Echoes(1000)]
    assert events(play_against("wrong-octets", case)) == [Echoes(1000, exact=False)]
    silent = play_against("mute", case)
    assert (events(silent), silent.ending.overdue, silent.ending.limit) == ([Echoes(0)], True, Limit.CLOSE)


@pytest.mark.parametrize("seconds", [0.5, 1.0])
def test_round_trips_until_the_end_are_counted(seconds: float) -> None:
    """Whether the connection ends or the time is up."""
    shell = MemoryShell(TRIPS).open()
    shell.receive(HELLO, server_frame(PONG))
    shell.advance(seconds)
    assert events(shell.end()) == [Pong(), Echoes(1)]


@pytest.mark.parametrize("answer", [DEFLATE, f"{DEFLATE}; client_no_context_takeover"])
def test_compressed_round_trips(answer: str) -> None:
    sample = Sample("json", 64)
    agreement = Agreement(0, 0, client_takeover="client_no" not in answer)
    trips = CompressedTrips(sample, 2)
    shell = MemoryShell(replace(TRIPS, send=(trips,), expect=(Echoes(2),), offers=(DEFLATE,))).open(answer)
    for number in range(2):
        payload = stream(sample, agreement, None).payload(number)
        assert sent(shell) == [(TEXT, payload)]
        shell.receive(server_frame(TEXT, payload, rsv=4))
    assert sent(shell) == close(1000)
    transcript = shell.end()
    assert events(transcript) == [Echoes(2)]
    assert (transcript.agreement, transcript.answers, transcript.faults) == (agreement, (answer,), ())


def test_the_first_wrong_echo_ends_compressed_round_trips() -> None:
    transcript = play_against("wrong-octets", replace(WEBSOCKET_CASES["12.2.1"], weight=1))
    (seen,) = events(transcript)
    assert isinstance(seen, Message)
    assert len(seen.payload) == 16


# The opening handshake


def test_opening_handshake_has_a_time_limit() -> None:
    shell = MemoryShell(ECHO, Timing(opening=5.0, scale=2.0))
    assert shell.next_timer() is Timer.OPENING
    assert (shell.now, shell.dropped) == (10.0, True)
    transcript = shell.end()
    assert (transcript.opened, transcript.refusal) == (False, Limit.OPENING.value)
    assert (transcript.ending.tcp, transcript.ending.limit) == (TcpEnd.OURS, Limit.OPENING)


def test_time_counts_from_the_opening() -> None:
    shell = MemoryShell(ECHO)
    shell.advance(2.0)
    shell.open()
    shell.advance(0.5)
    shell.receive(HELLO)
    transcript = shell.end()
    assert (transcript.opened_after, transcript.events[0].at, transcript.seconds) == (2.0, 0.5, 0.5)
    assert transcript.local_port == PORT


def test_refused_handshake_is_kept_with_its_status() -> None:
    shell = MemoryShell(ECHO)
    shell.run.answered(404, ("x-foo",))
    transcript = shell.run.connection_lost(TcpEnd.FIN, "404 Not Found")
    assert (transcript.opened, transcript.refusal) == (False, "404 Not Found")
    assert (transcript.status, transcript.answers) == (404, ("x-foo",))


def test_without_tcp_nothing_has_happened() -> None:
    transcript = MemoryShell(ECHO).run.connection_lost(TcpEnd.NEVER, "refused")
    assert (transcript.opened, transcript.refusal, transcript.wire) == (False, "refused", ())
    assert transcript.ending.tcp is TcpEnd.NEVER


@pytest.mark.parametrize(
    ("answer", "field", "code"),
    [
        (Answer.FREE, "", None),
        (Answer.FREE, DEFLATE, None),
        (Answer.AGREED, "", 1000),
        (Answer.AGREED, DEFLATE, None),
        (Answer.FIRST, "", 1000),
        (Answer.KEPT, DEFLATE, None),
        (Answer.KEPT, f"{DEFLATE}; client_no_context_takeover", 1000),
        (Answer.NONE, "", None),
        (Answer.NONE, DEFLATE, 1000),
        (Answer.NONE_OR_REFUSED, DEFLATE, 1000),
        (Answer.FREE, "x-foo", 1010),  # nobody can go on with it
        (Answer.FREE, f"{DEFLATE}; client_max_window_bits=9", None),  # it was not offered, but is clear
    ],
)
def test_case_is_played_only_with_the_answer_it_needs(answer: Answer, field: str, code: int | None) -> None:
    shell = MemoryShell(replace(ECHO, offers=(DEFLATE,), answer=answer)).open(*([field] if field else []))
    assert sent(shell) == ([(TEXT, b"Hello")] if code is None else close(code))


@pytest.mark.parametrize(("field", "clause"), [("x-foo", "6455-4.2.2-12"), (f"{DEFLATE}; x", "6455-9.1-4")])
def test_answer_that_breaks_a_rule_is_a_fault(field: str, clause: str) -> None:
    transcript = MemoryShell(replace(ECHO, offers=(DEFLATE,))).open(field).end()
    assert [fault.clause for fault in transcript.faults] == [clause]


# Violations


def test_peer_that_ignores_a_violation_fails() -> None:
    transcript = play_against("lenient", VIOLATION)
    assert transcript.ending.overdue
    assert judge(VIOLATION, transcript).verdict is Verdict.FAIL


def test_fault_of_the_peer_fails_the_connection() -> None:
    transcript = play_against("masks", ECHO)
    assert [fault.what for fault in transcript.faults] == ["a masked frame"] * 2
    assert (transcript.ending.started_by, transcript.ending.tcp) == (Side.US, TcpEnd.OURS)
    assert transcript.ending.limit is Limit.NONE


def test_after_a_second_fault_nothing_is_read() -> None:
    shell = MemoryShell(ECHO).open()
    shell.receive(server_frame(3), server_frame(4), HELLO)
    assert shell.dropped
    transcript = shell.end()
    assert (len(transcript.faults), transcript.events) == (2, ())


# The catalogue

#: The head of the response is not played in memory.
LIGHT = [case for case in WEBSOCKET_CASES.values() if case.weight == 1 and not case.head]


@pytest.mark.parametrize("case", LIGHT, ids=lambda case: case.id)
def test_right_echo_server_passes(case: Case) -> None:
    judgement = judge(case, play_against("honest", case))
    assert judgement.verdict is (Verdict.INFO if case.informational else Verdict.PASS), judgement.reason


@pytest.mark.parametrize("name", ["mute", "drops-at-once", "never-ends-tcp"])
def test_peer_that_answers_nothing_or_never_ends_tcp_passes_nothing(name: str) -> None:
    """But a case that is refused in the opening handshake, as it may be."""
    transcripts = [(case, play_against(name, case)) for case in LIGHT]
    opened = [(case, transcript) for case, transcript in transcripts if transcript.opened]
    assert len(opened) > 500
    assert [case.id for case, transcript in opened if judge(case, transcript).verdict is Verdict.PASS] == []


@pytest.mark.parametrize("name", CROOKED)
def test_no_peer_makes_a_run_wait_without_a_timer(name: str) -> None:
    for case in LIGHT[::7]:
        play_against(name, case)


# A peer that is hostile


def test_play_ends_at_its_ceiling_whatever_the_peer_does() -> None:
    """Nothing that is measured of the peer scales it, and no progress moves it."""
    long = replace(ECHO, within=1000.0, closes_when_seen=False)
    shell = MemoryShell(long, Timing(scale=20.0, ceiling=60.0)).open()
    shell.idle = False
    while not shell.dropped:
        shell.receive(server_frame(PONG))
        shell.sent += 1
        shell.advance(5.0)
    assert shell.now == 60.0
    judgement = judge(long, shell.end())
    assert (judgement.verdict, judgement.reason.split(":")[0]) == (Verdict.FAIL, "timeout")


def test_many_small_frames_are_read_in_turns() -> None:
    shell = MemoryShell(NOTHING).open()
    frames = TURN // FRAME_COSTS + 10
    assert shell.run.receive(server_frame(PING) * frames)
    assert len(sent(shell)) < frames
    assert not shell.run.receive(b"")
    assert len(sent(shell)) == 10


def test_frame_that_is_too_large_is_refused_at_its_header() -> None:
    shell = MemoryShell(ECHO).open()
    shell.receive(b"\x82\x7f" + (1 << 62).to_bytes(8, "big"))
    assert shell.dropped
    assert sent(shell)[1:] == []
    judgement = judge(ECHO, shell.end())
    assert (judgement.verdict, judgement.clauses) == (Verdict.FAIL, ("6455-10.4-2",))
    assert str(1 << 62) in judgement.reason


def test_message_may_be_larger_than_the_expected_one() -> None:
    """So that what is wrong with it can be said."""
    shell = MemoryShell(ECHO).open()
    size = ROOM
    shell.receive(b"\x82\x7f" + size.to_bytes(8, "big") + bytes(size))
    assert not shell.dropped
    assert "the echo has the wrong type" in judge(ECHO, shell.end()).reason


def test_pings_of_a_peer_that_takes_nothing_are_not_answered_without_end() -> None:
    shell = MemoryShell(NOTHING).open()
    shell.idle = False
    for _ in range(MOST_PONGS + 100):
        shell.receive(server_frame(PING))
    assert len(sent(shell)) < MOST_PONGS
    shell.idle = True
    shell.receive(server_frame(PING, b"again"))
    assert sent(shell) == [(PONG, b"again")]


def test_round_trips_end_when_echoes_come_of_messages_that_were_not_sent() -> None:
    case = replace(TRIPS, send=(RoundTrips(b"Hello", 1000),), expect=(Echoes(1000),))
    shell = MemoryShell(case).open()
    shell.idle = False
    for _ in range(1000):
        shell.receive(HELLO)
    assert len(sent(shell)) <= MOST_TRIPS + 1
    assert "of 1000 round trips were completed" in judge(case, shell.end()).reason
