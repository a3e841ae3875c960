"""The transcript keeps what was seen and sent, and of what is too much only a part."""

from __future__ import annotations

from dataclasses import replace

from conformance.tests.support.conversations import ECHO, HELLO, NORMAL, close, events, sent
from conformance.tests.support.in_memory import MemoryShell, play_against, server_frame
from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.bounds import MORE_EVENTS, ROOM
from wsconform.conversation.judge import judge
from wsconform.conversation.recorder import MOST_UNSOLICITED
from wsconform.model import Message, Opcode, Pong, Side, Verdict

PONG = Opcode.PONG


def test_wire_log_has_both_directions_in_order() -> None:
    transcript = play_against("honest", WEBSOCKET_CASES["5.6"])
    assert [(record.by, record.what) for record in transcript.wire] == [
        (Side.US, "TEXT 9, FIN 0"),
        (Side.US, "PING 12"),
        (Side.US, "CONTINUATION 9"),
        (Side.PEER, "PONG 12"),
        (Side.PEER, "TEXT 18"),
        (Side.US, "CLOSE 2"),
        (Side.PEER, "CLOSE 2"),
    ]


def test_octets_behind_the_close_frame_are_stray() -> None:
    transcript = play_against("stray-http", WEBSOCKET_CASES["1.1.1"])
    assert transcript.ending.stray == b"HTTP/1.1 200 OK\r\n\r\n"
    assert transcript.wire[-1].what == "bytes after the Close frame"
    assert transcript.wire[-1].octets.startswith(b"HTTP/1.1")


def test_frame_that_is_cut_off_is_logged() -> None:
    shell = MemoryShell(ECHO).open()
    shell.receive(HELLO[:4])
    last = shell.end().wire[-1]
    assert (last.what, last.octets) == ("bytes of an incomplete frame", HELLO[:4])


def test_octets_behind_the_close_frame_are_counted_and_only_the_first_are_kept() -> None:
    shell = MemoryShell(ECHO).open()
    shell.receive(HELLO)
    shell.receive(NORMAL, bytes(4000))
    shell.receive(bytes(500))
    transcript = shell.end()
    assert (transcript.ending.stray, transcript.ending.stray_size) == (bytes(4096), 4500)
    assert "4500 bytes after its Close" in judge(ECHO, transcript).reason
    assert (transcript.wire[-1].octets, transcript.wire[-1].size) == (bytes(64), 4500)


def test_unsolicited_pongs_are_kept_up_to_a_number_and_hide_no_event() -> None:
    shell = MemoryShell(ECHO).open()
    shell.receive(server_frame(PONG, b"by itself") * 1000, HELLO)
    assert sent(shell)[-1:] == close(1000)
    shell.receive(NORMAL)
    transcript = shell.end()
    assert events(transcript) == [*[Pong(b"by itself")] * MOST_UNSOLICITED, Message(b"Hello")]
    assert judge(ECHO, transcript).verdict is Verdict.PASS


def test_events_beyond_the_expected_ones_are_counted_but_not_all_kept() -> None:
    shell = MemoryShell(ECHO).open()
    shell.receive(HELLO * 1000)
    transcript = shell.end()
    assert (len(transcript.events), transcript.more_events) == (1 + MORE_EVENTS, 999 - MORE_EVENTS)
    assert "999 unexpected events" in judge(ECHO, transcript).reason


def test_of_large_events_beyond_the_expected_ones_only_the_start_is_kept() -> None:
    shell = MemoryShell(replace(ECHO, closes_when_seen=False)).open()
    large = b"\x81\x7f" + (ROOM // 4).to_bytes(8, "big") + b"x" * (ROOM // 4)
    shell.receive(HELLO, *[large] * 6)
    kept = [bytes(event.payload) for event in events(shell.end()) if isinstance(event, Message)]
    assert [len(payload) for payload in kept] == [5, *[ROOM // 4] * 4, 64, 64]


def test_pong_that_is_a_fault_is_an_event_as_well() -> None:
    """Autobahn counts it."""
    shell = MemoryShell(ECHO).open()
    shell.receive(server_frame(PONG, b"x", rsv=4))
    transcript = shell.end()
    assert (len(transcript.faults), events(transcript)) == (1, [Pong(b"x")])
