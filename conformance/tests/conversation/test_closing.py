"""How a connection ends: Close frames, the end of TCP, and their time limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.tests.support.conversations import ECHO, HELLO, NORMAL, PROTOCOL_ERROR, VIOLATION, close, sent
from conformance.tests.support.in_memory import MemoryShell, play_against, server_frame
from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.judge import judge
from wsconform.conversation.run import Timer, Timing
from wsconform.conversation.transcript import Limit, TcpEnd
from wsconform.model import Frame, Opcode, Side, Verdict

CLOSE, PING = Opcode.CLOSE, Opcode.PING


@pytest.mark.parametrize(
    ("name", "id_", "tcp", "limit"),
    [
        ("honest", "1.1.1", TcpEnd.FIN, Limit.NONE),
        ("resets", "1.1.1", TcpEnd.RST, Limit.NONE),
        ("never-ends-tcp", "1.1.1", TcpEnd.OURS, Limit.TCP),
        ("never-ends-tcp", "6.3.1", TcpEnd.OURS, Limit.TCP),
        ("mute", "1.1.1", TcpEnd.OURS, Limit.CLOSE),
        ("mute", "7.7.1", TcpEnd.OURS, Limit.CLOSE),
        ("drops-at-once", "2.1", TcpEnd.FIN, Limit.NONE),
    ],
)
def test_how_tcp_ends(name: str, id_: str, tcp: TcpEnd, limit: Limit) -> None:
    ending = play_against(name, WEBSOCKET_CASES[id_]).ending
    assert (ending.tcp, ending.limit) == (tcp, limit)


def test_answer_to_our_close_has_a_time_limit() -> None:
    shell = MemoryShell(ECHO, Timing(closing=2.0, scale=2.0)).open()
    shell.receive(HELLO)
    assert shell.timers[Timer.CLOSE] == 4.0
    shell.advance(4.0)
    assert shell.dropped
    ending = shell.end(TcpEnd.RST).ending
    assert (ending.tcp, ending.limit, ending.received) == (TcpEnd.OURS, Limit.CLOSE, False)


def test_end_of_tcp_has_a_time_limit_from_the_peers_close() -> None:
    shell = MemoryShell(ECHO, Timing(closing=2.0, tcp=3.0)).open()
    shell.receive(HELLO)
    shell.advance(1.0)
    shell.receive(NORMAL)
    assert Timer.CLOSE not in shell.timers
    assert shell.timers[Timer.TCP] == 4.0
    shell.advance(3.0)
    assert shell.dropped
    assert shell.end().ending.limit is Limit.TCP


def test_close_of_a_case_starts_the_closing() -> None:
    shell = MemoryShell(replace(ECHO, send=(Frame(CLOSE, b"\x03\xe9"), Frame(PING)), expect=())).open()
    assert sent(shell)[0] == (CLOSE, b"\x03\xe9")
    assert shell.timers == {Timer.CLOSE: 1.0, Timer.CEILING: Timing().ceiling}
    shell.receive(server_frame(CLOSE, b"\x03\xe9bye"))
    assert sent(shell) == []
    ending = shell.end().ending
    assert (ending.started_by, ending.code, ending.reason) == (Side.US, 1001, b"bye")


def test_close_with_reserved_bits_does_not_start_the_closing() -> None:
    shell = MemoryShell(replace(ECHO, send=(Frame(CLOSE, b"", rsv=1),))).open()
    assert Timer.CLOSE not in shell.timers
    assert shell.end().ending.sent is False


def test_code_of_an_illegal_close_is_kept() -> None:
    shell = MemoryShell(ECHO).open()
    shell.receive(server_frame(CLOSE, b"\x03\xec"))  # 1004
    ending = shell.end().ending
    assert (ending.received, ending.code, ending.started_by) == (False, 1004, Side.US)


def test_peer_that_fails_the_connection_gets_its_answer() -> None:
    shell = MemoryShell(VIOLATION).open()
    sent(shell)
    shell.receive(PROTOCOL_ERROR)
    assert sent(shell) == close(1000)
    transcript = shell.end()
    assert judge(VIOLATION, transcript).verdict is Verdict.PASS
    assert (transcript.ending.started_by, transcript.ending.code) == (Side.PEER, 1002)
