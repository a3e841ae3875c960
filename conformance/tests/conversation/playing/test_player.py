"""Cases over sockets: autobahn, Twisted and TLS around a run. `test_run` has the rest."""

from __future__ import annotations

import signal
import socket
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


def play_once(name: str, case: Case, timing: Timing = QUICK) -> Transcript:
    with crooked_process(name) as server:
        seen: Transcript = in_reactor(Player(server.url, reactor=the_reactor, timing=timing).play, case)
    return seen


def test_case_is_played_and_recorded() -> None:
    seen = play_once("honest", CATALOGUE["5.6"])
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


@pytest.mark.parametrize(
    ("name", "id_", "tcp", "limit"),
    [
        ("honest", "1.1.1", TcpEnd.FIN, Limit.NONE),
        ("resets", "1.1.1", TcpEnd.RST, Limit.NONE),
        ("never-ends-tcp", "1.1.1", TcpEnd.OURS, Limit.TCP),
        ("mute", "1.1.1", TcpEnd.OURS, Limit.CLOSE),
    ],
)
def test_end_of_tcp(name: str, id_: str, tcp: TcpEnd, limit: Limit) -> None:
    ending = play_once(name, CATALOGUE[id_]).ending
    assert (ending.tcp, ending.limit) == (tcp, limit)


def own_certificate(directory: Path) -> ssl.SSLContext:
    """Return a TLS context with a self-signed certificate."""
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
def test_cases_pass_under_tls(id_: str, tmp_path: Path) -> None:
    """Segments, large messages and the closing; and TCP's end, though the server sends no close_notify."""
    with serving(CROOKED["honest"], tls=own_certificate(tmp_path)) as url:
        seen: Transcript = in_reactor(Player(url, reactor=the_reactor).play, CATALOGUE[id_])
    judgement = judge(CATALOGUE[id_], seen)
    assert (judgement.verdict, judgement.reason) == (Verdict.PASS, "")


def test_refused_connection_is_not_opened() -> None:
    with crooked_process("honest") as server:
        url = server.url
    seen: Transcript = in_reactor(Player(url, reactor=the_reactor).play, CATALOGUE["1.1.1"])
    assert not seen.opened
    assert seen.ending.tcp is TcpEnd.NEVER
    assert "refused" in seen.refusal


def test_opening_handshake_that_is_not_answered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ws://127.0.0.1:{silent.getsockname()[1]}/"
        player = Player(url, reactor=the_reactor, timing=Timing(opening=0.1))
        seen: Transcript = in_reactor(player.play, CATALOGUE["1.1.1"])
    assert (seen.opened, seen.refusal) == (False, Limit.OPENING.value)
    assert (seen.ending.tcp, seen.ending.limit) == (TcpEnd.OURS, Limit.OPENING)


# With extensions


def test_answer_to_the_offers_is_recorded() -> None:
    seen = play_once("honest", CATALOGUE["13.5.1"])
    assert seen.status == 101
    assert len(seen.answers) == 1
    assert seen.agreement is not None
    assert (seen.agreement.server_bits, seen.agreement.server_takeover) == (9, False)
    assert [s.event for s in seen.events] == [Echoes(1000)]
    assert seen.faults == ()


def test_without_an_offer_no_answer_is_recorded() -> None:
    seen = play_once("honest", CATALOGUE["1.1.1"])
    assert (seen.status, seen.answers, seen.agreement) == (101, (), None)


def test_status_of_a_refusal_is_recorded() -> None:
    seen = play_once("honest", CATALOGUE["X.9.1"])
    assert (seen.opened, seen.status) in {(False, 400), (True, 101)}
    assert play_once("refuses-offers", CATALOGUE["X.1.4"]).status == 400


def test_exception_of_ours_is_not_blamed_on_the_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twisted drops the connection after it, which looks like a reset by the peer."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(FrameReader, "read", fail)
    with pytest.raises(ZeroDivisionError):
        play_once("honest", CATALOGUE["1.1.2"])


def test_calibration_ends_as_soon_as_all_connections_are_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calibrate, "HELD", 3600.0)
    monkeypatch.setattr(calibrate, "_HOLD", replace(calibrate._HOLD, send=(Pause("", 3600.0),)))
    with crooked_process("honest") as server:
        player = Player(server.url, reactor=the_reactor, timing=QUICK)
        found = in_reactor(calibrate.calibrate, player, 8)
    assert found.concurrency == 8


STALL = 1.5  # seconds, beyond the time limit of the case


@pytest.mark.parametrize(("patient", "verdict"), [(True, Verdict.PASS), (False, Verdict.FAIL)])
def test_a_patient_player_waits_for_a_server_that_gets_no_processor(*, patient: bool, verdict: Verdict) -> None:
    case = CATALOGUE["1.1.2"]
    case = replace(case, send=(Pause("", 0.01), *case.send), within=1.0)
    with crooked_process("honest") as server:

        def stall(_: object) -> None:
            server.process.send_signal(signal.SIGSTOP)
            the_reactor.callLater(STALL, server.process.send_signal, signal.SIGCONT)

        player = Player(server.url, reactor=the_reactor, timing=Timing(closing=STALL + 1), patient=patient)
        seen: Transcript = in_reactor(player.play, case, stall)
    assert judge(case, seen).verdict is verdict


@pytest.mark.parametrize("name", ["close-only", "never-ends-tcp"])
def test_a_patient_player_does_not_wait_for_a_server_that_is_not_slow(name: str) -> None:
    case = CATALOGUE["1.1.2"]
    with crooked_process(name) as server:
        player = Player(server.url, reactor=the_reactor, timing=QUICK, patient=True)
        seen: Transcript = in_reactor(player.play, case)
    assert judge(case, seen).verdict is Verdict.FAIL


def test_a_patient_player_does_not_wait_for_a_server_that_is_gone() -> None:
    with crooked_process("dies") as server:
        case = replace(CATALOGUE["5.3"], within=60.0)
        player = Player(server.url, reactor=the_reactor, timing=QUICK, patient=True)
        seen: Transcript = in_reactor(player.play, case)
    assert seen.ending.tcp in (TcpEnd.FIN, TcpEnd.RST)
