"""One conversation after the other: how connections end is seen as it was, and in bounded time."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conformance.tests.support.processes import crooked_process
from wsconform.cases import CATALOGUE
from wsconform.conversation.judge import judge
from wsconform.conversation.model import Case, Echoes, Pause
from wsconform.conversation.playing import calibrate
from wsconform.conversation.playing.player import Player, Timing
from wsconform.conversation.playing.reactor import in_reactor
from wsconform.conversation.playing.reactor import reactor as the_reactor
from wsconform.conversation.transcript import Limit, TcpEnd, Transcript
from wsconform.crooked import CROOKED, serving
from wsconform.model import Side, Verdict
from wsconform.wire.reader import FrameReader

pytestmark = pytest.mark.usefixtures("reactor")

QUICK = Timing(scale=0.2)


def converse(name: str, case: Case, timing: Timing = QUICK) -> Transcript:
    with crooked_process(name) as server:
        seen: Transcript = in_reactor(Player(server.url, reactor=the_reactor, timing=timing).play, case)
    return seen


def test_a_conversation_leaves_everything_behind() -> None:
    seen = converse("honest", CATALOGUE["5.6"])
    assert seen.opened
    assert [type(s.event).__name__ for s in seen.events] == ["Pong", "Message"]
    assert [(r.by, r.what.split()[0]) for r in seen.wire] == [
        (Side.US, "TEXT"),
        (Side.US, "PING"),
        (Side.US, "CONTINUATION"),
        (Side.PEER, "PONG"),
        (Side.PEER, "TEXT"),
        (Side.US, "CLOSE"),
        (Side.PEER, "CLOSE"),
    ]
    assert seen.ending.tcp is TcpEnd.FIN
    assert (seen.ending.started_by, seen.ending.code) == (Side.US, 1000)
    assert seen.local_port
    assert 0 < seen.events[0].at <= seen.events[1].at <= seen.seconds


def test_round_trips_are_counted() -> None:
    assert [s.event for s in converse("honest", CATALOGUE["9.7.2"]).events] == [Echoes(1000)]
    assert [s.event for s in converse("wrong-octets", CATALOGUE["9.7.2"]).events] == [Echoes(1000, exact=False)]


def test_wrong_octets_are_not_hidden_by_the_right_number() -> None:
    (seen,) = converse("wrong-octets", CATALOGUE["9.2.1"]).events
    assert seen.event != CATALOGUE["9.2.1"].expect[0]


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
    ending = converse(name, CATALOGUE[id_]).ending
    assert (ending.tcp, ending.limit) == (tcp, limit)


def test_octets_after_the_close_frame_are_kept() -> None:
    seen = converse("stray-http", CATALOGUE["1.1.1"])
    assert seen.ending.stray == b"HTTP/1.1 200 OK\r\n\r\n"
    assert seen.wire[-1].octets.startswith(b"HTTP/1.1")


def test_a_peer_that_stops_reading_cannot_hold_us() -> None:
    """9.5.1 has a thousand seconds; without an octet in either direction it ends after the stall limit."""
    seen = converse("mute", CATALOGUE["9.7.2"], Timing(stall=0.5, closing=0.2))
    assert seen.ending.overdue
    assert seen.ending.limit is Limit.CLOSE
    assert [s.event for s in seen.events] == [Echoes(0)]


def test_faults_of_the_peer_fail_the_connection() -> None:
    seen = converse("masks", CATALOGUE["1.1.2"])
    assert seen.faults[0].what == "a masked frame from a server"
    assert seen.ending.started_by is Side.US


def own_certificate(directory: Path) -> ssl.SSLContext:
    """A context with a certificate that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    pem = directory / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@pytest.mark.parametrize("id_", ["1.1.8", "2.6", "5.4", "6.3.1", "9.1.3", "10.1.1"])
def test_under_tls_a_case_is_the_same_case(id_: str, tmp_path: Path) -> None:
    """Segments, large messages and the closing; and TCP's end, though the server sends no close_notify."""
    with serving(CROOKED["honest"], tls=own_certificate(tmp_path)) as url:
        seen: Transcript = in_reactor(Player(url, reactor=the_reactor).play, CATALOGUE[id_])
    said = judge(CATALOGUE[id_], seen)
    assert (said.verdict, said.reason) == (Verdict.PASS, "")


def test_nobody_there() -> None:
    with crooked_process("honest") as server:
        url = server.url
    seen: Transcript = in_reactor(Player(url, reactor=the_reactor).play, CATALOGUE["1.1.1"])
    assert not seen.opened
    assert seen.ending.tcp is TcpEnd.NEVER
    assert "refused" in seen.refusal


# With extensions


def test_what_was_offered_answered_and_agreed_is_kept() -> None:
    seen = converse("honest", CATALOGUE["13.5.1"])
    assert seen.status == 101
    assert len(seen.answers) == 1
    assert seen.agreement is not None
    assert (seen.agreement.server_bits, seen.agreement.server_takeover) == (9, False)
    assert [s.event for s in seen.events] == [Echoes(1000)]
    assert seen.faults == ()


def test_without_an_offer_there_is_no_answer() -> None:
    seen = converse("honest", CATALOGUE["1.1.1"])
    assert (seen.status, seen.answers, seen.agreement) == (101, (), None)


def test_a_refusal_has_its_status() -> None:
    seen = converse("honest", CATALOGUE["X.9.1"])
    assert (seen.opened, seen.status) in {(False, 400), (True, 101)}
    assert converse("refuses-offers", CATALOGUE["X.1.4"]).status == 400


def test_an_answer_that_nobody_can_go_on_with_ends_the_conversation() -> None:
    seen = converse("accepts-unknown", CATALOGUE["X.1.4"])
    assert [fault.clause for fault in seen.faults] == ["7692-7-1"]
    assert (seen.events, seen.ending.started_by, seen.ending.code) == ((), Side.US, 1010)


def test_the_first_wrong_echo_ends_the_round_trips() -> None:
    (seen,) = converse("wrong-octets", CATALOGUE["12.2.1"]).events
    assert seen.event != Echoes(1000)
    assert len(seen.event.payload) == 16


def test_an_exception_of_ours_is_not_blamed_on_the_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twisted drops the connection after it, which looks like a reset by the peer."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(FrameReader, "read", fail)
    with pytest.raises(ZeroDivisionError):
        converse("honest", CATALOGUE["1.1.2"])


def test_how_many_connections_a_server_holds_is_known_as_soon_as_they_are_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calibrate, "HELD", 3600.0)
    monkeypatch.setattr(calibrate, "_HOLD", replace(calibrate._HOLD, send=(Pause("", 3600.0),)))
    with crooked_process("honest") as server:
        player = Player(server.url, reactor=the_reactor, timing=QUICK)
        found = in_reactor(calibrate.calibrate, player, 8)
    assert found.concurrency == 8
