"""Raw cases on a small server: a right one passes them all, and each fault is caught by the case that is about it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from conformance.tests.support.small_server import SmallServer, small_server
from wsconform.cases import SCRIPT_CASES
from wsconform.model import Judgement, Side, Verdict
from wsconform.script import steps
from wsconform.script.events import Dropped, EndSeen, ResourcesCounted
from wsconform.script.judge import judge_script
from wsconform.script.limits import Limits
from wsconform.script.model import ScriptCase
from wsconform.script.playing.player import ScriptPlayer

LIMITS = Limits(answer=1.0, let_go=0.3, resources=0.3, stop=0.3)
FAIL, CRASH, NON_STRICT = Verdict.FAIL, Verdict.CRASH, Verdict.NON_STRICT


def shortened(case: ScriptCase) -> ScriptCase:
    """The same case with less of what takes time."""

    def short(step: steps.Step) -> steps.Step:
        if isinstance(step, steps.ExpectSilence):
            return replace(step, seconds=0.5)
        if isinstance(step, steps.On):
            return replace(step, step=short(step.step))
        if isinstance(step, steps.Flood) and step.count >= 100_000:
            return replace(step, count=step.count // 50)
        return replace(step, count=step.count // 4) if isinstance(step, steps.Crowd) else step

    return replace(case, steps=tuple(map(short, case.steps)))


#: Cases for any URL are played on crooked servers: see cases/test_requests.py and crooked/test_framing.py.
CASES = {id_: shortened(case) for id_, case in SCRIPT_CASES.items() if case.own_server}


def verdict(server: SmallServer, case: ScriptCase, limits: Limits = LIMITS) -> Judgement:
    return judge_script(case, ScriptPlayer(server, capacity=64, limits=limits).play(case))


def titled(words: str) -> ScriptCase:
    """The case with these words in its title; ids are numbered in order and may move within the family."""
    (case,) = [case for case in CASES.values() if words in case.title]
    return case


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_right_server_passes(case: ScriptCase) -> None:
    with small_server() as server:
        judgement = verdict(server, case)
    assert (judgement.verdict, judgement.reason) == (
        (Verdict.INFO, "the server does not use TLS here") if case.tls else (Verdict.PASS, "")
    )


CLIENT_CLOSES = "The client closes with code 1000"
RAISES = "The view raises an exception: the server sends"


@pytest.mark.parametrize(
    ("fault", "words", "expected", "reason"),
    [
        ("stray-http", CLIENT_CLOSES, FAIL, 'the server sent 19 bytes: "HTTP/1.1 200 OK ⏎  ⏎ " before the end'),
        ("resets", CLIENT_CLOSES, FAIL, "the server closed the connection with RST"),
        ("does-not-end", CLIENT_CLOSES, FAIL, "the server did not close the connection within 3 s"),
        ("keeps-the-connection", CLIENT_CLOSES, FAIL, "still held a connection that we had closed"),
        ("keeps-the-connection", "sends Close but never closes TCP", FAIL, "still held the connection after 8 s"),
        ("prints-a-traceback", CLIENT_CLOSES, FAIL, "the log has a traceback: wsconform_site.wsgi_views.OSError: oh"),
        ("replaces-its-worker", CLIENT_CLOSES, CRASH, "the server's processes changed: 1 ended, 1 started"),
        ("hangs", CLIENT_CLOSES, CRASH, "the server no longer answers plain requests"),
        ("wrong-accept-value", CLIENT_CLOSES, FAIL, "101 with the accept value"),
        ("answers-what-follows", "An HTTP request in the same segment as", FAIL, '38 bytes: "HTTP/1.1 200'),
        ("answers-what-follows", "GET, then a WebSocket on the same connection", FAIL, " before the end"),
        ("eats-its-close", "with 64 KiB of messages unread", FAIL, "with RST"),
        ("hides-1011", RAISES, FAIL, "expected Close 1011; got Close 1000"),
        ("hides-the-exception", RAISES, FAIL, "the view's exception is not in the log"),
        ("reports-twice", RAISES, FAIL, "dwebsocket logged the view's exception 2 times"),
        ("lets-the-server-report", RAISES, FAIL, "the log has a traceback"),
        ("loses-the-first-frame", "Frame in the same segment as the opening", FAIL, "got nothing within"),
        ("loses-the-first-frame", "Half a frame in the same segment", FAIL, "got nothing within"),
        ("loses-the-first-frame", "Ten frames in the same segment", FAIL, "got nothing within"),
        ("breaks-off", "GET to another view", FAIL, "expected HTTP 200"),
        ("answers-twice", "GET to another view", FAIL, " after the response"),
        ("answers-twice", "without a key", FAIL, " after the response"),
        ("says-close-and-stays", "without a key", FAIL, "announced the end of the connection, but the server did not"),
        ("names-no-version", "version 8 (the response names 13)", FAIL, "HTTP 426 without Sec-WebSocket-Version: 13"),
        ("welcomes-every-origin", "with an Origin that", NON_STRICT, "expected HTTP 403"),
        ("complains-of-a-reset", "The client resets TCP while the view sends", FAIL, "the line: [ERROR] Broken pipe"),
        ("dies-of-a-reset", "The client resets TCP while the view sends", CRASH, "the server died"),
        ("ignores-silence", "answers no pings", FAIL, "the server did not close the connection within"),
        ("never-stops-sending", "FIN while the view sends", FAIL, "the server did not close the connection within"),
        ("cuts-idle", "Ten seconds without a message", FAIL, "expected nothing for 0.5 s; got"),
        ("leaks-threads", "200 connections", FAIL, "left over: 5"),
        ("leaks-descriptors", "200 connections", FAIL, "descriptors"),
        ("keeps-the-connection", "200 connections", FAIL, "the server still held 10 of the connections"),
        ("blocks-everyone", "16 MiB of echoes: other clients", FAIL, "connection 2: instead of echo "),
        ("blocks-everyone", "pings to a waiting view: other", FAIL, "connection 2: instead of echo "),
        ("blocks-everyone", "pings to a polling view: other", FAIL, "connection 2: instead of echo "),
        ("ignores-silence", "16 MiB of echoes: the server", NON_STRICT, "still held the connection after 6 s"),
        ("ignores-silence", "to a waiting view: the server", NON_STRICT, "still held the connection after 6 s"),
        ("ignores-silence", "to a polling view: the server", NON_STRICT, "still held the connection after 6 s"),
        ("ignores-silence", "a broadcast: the other clients", NON_STRICT, "connection 3: expected message "),
        ("ignores-silence", "a broadcast: the server", NON_STRICT, "still held the connection after 6 s"),
        ("serves-one-at-a-time", "byte by byte: another", FAIL, "connection 2: expected 101; got nothing within"),
        ("serves-one-at-a-time", "connect and send nothing", FAIL, "connection 11: expected 101; got nothing within"),
        ("serves-one-at-a-time", "half an opening handshake", FAIL, "connection 11: expected 101; got nothing within"),
        ("serves-one-at-a-time", "send half a frame", FAIL, "connection 2: expected 101; got nothing within"),
        ("eats-memory", "one-byte messages to a view that echoes", FAIL, "memory grew by"),
        ("eats-memory", "one-byte messages to a view that only polls", FAIL, "memory grew by"),
        ("eats-memory", "one-byte messages to a view that only sends", FAIL, "memory grew by"),
        ("eats-memory", "16 MiB of echoes: other clients", FAIL, "memory grew by"),
        ("eats-memory", "100,000 empty fragments", FAIL, "MiB; at most 32 MiB are allowed"),
        ("eats-memory", "a million fragments", FAIL, "MiB; at most 32 MiB are allowed"),
        ("eats-memory", "20 clients that each leave", FAIL, "MiB; at most 152 MiB are allowed"),
        ("swallows-bombs", "Client that sends 34 KB", FAIL, "expected Close 1009; got "),
        ("swallows-bombs", "16 clients that each send 34 KB", FAIL, "expected Close 1009; got "),
        ("leaks-threads", "120 clients that vanish", FAIL, "left over: "),
        ("ignores-sigterm", "SIGTERM with one", FAIL, "step 6, connection 1: "),
        ("ignores-sigterm", "SIGTERM while the server sends", FAIL, "step 8, connection 2: "),
        ("leaves-without-1001", "SIGTERM with three", FAIL, "(FIN) without Close 1001"),
    ],
)  # fmt: skip
def test_a_fault_is_caught(fault: str, words: str, expected: Verdict, reason: str) -> None:
    with small_server(fault) as server:
        judgement = verdict(server, titled(words), replace(LIMITS, scale=0.3))
    assert (judgement.verdict, reason in judgement.reason) == (expected, True), judgement


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("closes-unsaid", "Two GETs, then an opening handshake on the same connection"),
        ("closes-unsaid", "without a key"),
        ("ends-abruptly", "SIGTERM with three"),
        ("hides-1011", CLIENT_CLOSES),
    ],
)
def test_allowed_behaviour_passes(fault: str, words: str) -> None:
    """A server may end the connection after an answer; one that lets no view end cannot send 1001."""
    with small_server(fault) as server:
        assert verdict(server, titled(words)) == Judgement(Verdict.PASS)


def test_declined_compression_is_no_failure() -> None:
    with small_server("declines-compression") as server:
        judgement = verdict(server, titled("Client that sends 34 KB"))
    assert judgement == Judgement(Verdict.DECLINED, "the server did not accept permessage-deflate")


def test_a_connection_that_was_not_kept_is_seen() -> None:
    with small_server("closes-unsaid") as server:
        seen = ScriptPlayer(server, limits=LIMITS).play(titled("GET, then an opening handshake"))
    event = seen.observations[-1].event
    # RST if our request arrived before the server had closed.
    assert event in (Dropped(announced=False, end=steps.End.FIN), Dropped(announced=False, end=steps.End.RST))


def test_stray_bytes_shorten_the_wait_for_the_end() -> None:
    """A target that leaves HTTP behind and the connection open does so in every case, and there are many."""
    case = titled(CLIENT_CLOSES)
    patient = replace(case, steps=(*case.steps[:-1], steps.ExpectEnd(within=600.0)))
    with small_server("stray-http-and-no-end") as server:
        assert "HTTP/1.1 200 OK" in verdict(server, patient).reason


def test_server_that_does_not_listen_has_crashed() -> None:
    with small_server() as server:
        player = ScriptPlayer(server, limits=LIMITS)
        server.close()
        judgement = judge_script(titled(CLIENT_CLOSES), player.play(titled(CLIENT_CLOSES)))
    assert (judgement.verdict, judgement.reason) == (CRASH, "the server died")


def test_failure_of_the_suite_is_a_harness_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: SmallServer) -> None:
        raise LookupError("no such process")

    monkeypatch.setattr(SmallServer, "terminate", broken)
    with small_server() as server:
        judgement = verdict(server, titled("SIGTERM with one"))
    assert judgement == Judgement(Verdict.HARNESS_ERROR, "the suite failed: LookupError: no such process")


def test_actions_are_sent_as_frames() -> None:
    """Also those that no case of family W has yet."""
    actions = (
        *(steps.Pong(b"unasked"), steps.Ping(b"p"), steps.Send("whole", fragments=3), steps.Send(b"")),
        *(steps.SendFragment(b"in ", first=True), steps.SendFragment(b"two", last=True), steps.Close(3000, "bye")),
    )
    case = replace(titled(CLIENT_CLOSES), steps=(steps.Request(), steps.ExpectUpgrade(), *actions))
    with small_server() as server:
        seen = ScriptPlayer(server, limits=LIMITS).play(case)
    assert [record.what for record in seen.wire if record.by is Side.US][1:] == [
        *("PONG 7", "PING 1", "TEXT 2, FIN 0", "CONTINUATION 2, FIN 0", "CONTINUATION 1", "BINARY 0"),
        *("BINARY 3, FIN 0", "CONTINUATION 3", "CLOSE 5"),
    ]


def test_the_log_of_a_case_is_its_own() -> None:
    """What was printed before a case is not in its slice; what is printed while it is played is."""
    with small_server("prints-a-traceback") as server:
        server.print("an older line\n")
        player = ScriptPlayer(server, limits=LIMITS)
        seen = player.play(titled(CLIENT_CLOSES))
        again = player.play(titled("GET to another view"))
    assert "older" not in seen.log
    assert "Traceback" in seen.log
    assert again.log == ""


def test_crowd_is_limited_to_the_capacity_of_the_server() -> None:
    class Narrow(SmallServer):
        most = 0

        def _serve(self, *args: object) -> None:
            self.most = max(self.most, len(self._open))
            super()._serve(*args)

    server = Narrow()
    try:
        seen = ScriptPlayer(server, capacity=2, limits=LIMITS).play(titled("200 connections"))
    finally:
        server.close()
    assert judge_script(titled("200 connections"), seen).verdict is Verdict.PASS
    assert server.most <= 3  # and the page of state
    assert isinstance(seen.observations[-1].event, ResourcesCounted)


def test_a_crowd_has_its_limit() -> None:
    """Each of its conversations may wait for as long as it is allowed to, and there are many."""
    case = titled("200 connections")
    hurried = replace(case, steps=(replace(case.steps[0], within=0.0), *case.steps[1:]))
    with small_server() as server:
        assert verdict(server, hurried).reason == "step 1: only 0 of 10 conversations finished within 0 s"


def test_crowd_of_a_case_for_any_server_does_not_wait_for_releases() -> None:
    case = titled("200 connections")
    for_any = replace(case, steps=case.steps[:1], own_server=False)
    with small_server("keeps-the-connection") as server:
        assert verdict(server, for_any) == Judgement(Verdict.PASS)


def test_the_wire_log_has_both_directions() -> None:
    with small_server() as server:
        seen = ScriptPlayer(server, limits=LIMITS).play(titled(CLIENT_CLOSES))
    assert [(record.by.value, record.what) for record in seen.wire] == [
        ("us", "GET /echo (upgrade)"),
        ("peer", "129 bytes"),
        ("us", "TEXT 5"),
        ("peer", "TEXT 5"),
        ("us", "CLOSE 2"),
        ("peer", "CLOSE 2"),
        ("peer", "FIN"),
    ]


# TLS


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    path = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return context, path


@pytest.fixture
def secure(tls: tuple[ssl.SSLContext, Path], request: pytest.FixtureRequest) -> Iterator[SmallServer]:
    with small_server(getattr(request, "param", ""), *tls) as server:
        yield server


@pytest.mark.parametrize(
    "words",
    [
        CLIENT_CLOSES,
        "The server ends a TLS connection",
        "Ten frames in the same segment",
        "Two GETs, then an opening handshake",
        "FIN in the middle of a frame",
        "The client resets TCP while the view sends",
        "The client sends Close but never closes TCP",
        "SIGTERM with one",
    ],
)
def test_a_right_server_passes_over_tls(secure: SmallServer, words: str) -> None:
    judgement = verdict(secure, titled(words))
    assert (judgement.verdict, judgement.reason) == (Verdict.PASS, "")


@pytest.mark.parametrize(
    ("secure", "words", "expected", "reason"),
    [
        (
            "sends-no-close-notify",
            "The server ends a TLS connection",
            NON_STRICT,
            "the server ended TLS without close_notify",
        ),
        ("resets", CLIENT_CLOSES, FAIL, "the server closed the connection with RST"),
        ("stray-http", CLIENT_CLOSES, FAIL, "HTTP/1.1 200 OK"),
    ],
    indirect=["secure"],
)
def test_over_tls_fin_rst_and_close_notify_are_distinguished(
    secure: SmallServer, words: str, expected: Verdict, reason: str
) -> None:
    judgement = verdict(secure, titled(words))
    assert (judgement.verdict, reason in judgement.reason) == (expected, True), judgement


@pytest.mark.parametrize("secure", ["sends-no-close-notify"], indirect=True)
def test_without_close_notify_the_end_is_still_an_end(secure: SmallServer) -> None:
    """The Close frames have judgement all that close_notify would."""
    seen = ScriptPlayer(secure, limits=LIMITS).play(titled(CLIENT_CLOSES))
    assert seen.observations[-1].event == EndSeen(steps.End.FIN, notified=False)
    assert judge_script(titled(CLIENT_CLOSES), seen).verdict is Verdict.PASS


@pytest.mark.parametrize("secure", ["resets-behind-close-notify"], indirect=True)
def test_behind_close_notify_a_reset_is_still_an_end(secure: SmallServer) -> None:
    """It destroys nothing, and may be no more than the answer to our own close_notify."""
    assert verdict(secure, titled(CLIENT_CLOSES)) == Judgement(Verdict.PASS)


def test_an_authority_that_did_not_sign_is_not_trusted(secure: SmallServer, tmp_path: Path) -> None:
    secure.authority = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(secure.authority))
    judgement = verdict(secure, titled(CLIENT_CLOSES))
    assert judgement.verdict is FAIL
    assert "expected 101; got no connection" in judgement.reason
    assert "CERTIFICATE_VERIFY_FAILED" in judgement.reason
