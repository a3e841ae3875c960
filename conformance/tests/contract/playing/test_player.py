"""What a client sees of a peer that does this or that, and how a play ends."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from wsconform.contract.model import ApiClause
from wsconform.contract.playing.player import ClausePlayer
from wsconform.model import Fault, Message, Pong
from wsconform.script import steps
from wsconform.script.events import (
    CloseSeen,
    EndSeen,
    Event,
    Garbled,
    NotConnected,
    NotesRead,
    NumbersSeen,
    ResponseSeen,
    Silence,
    UpgradeSeen,
)
from wsconform.script.limits import Limits
from wsconform.script.playing.player import ScriptPlayer
from wsconform.wire.frames import Decoder

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LIMIT = 10.0
OPEN = steps.Request("/a/x"), steps.ExpectUpgrade()

Script = Callable[["Peer"], None]


class Peer:
    """The server's end of one connection: frames as they are written here, and what has come."""

    def __init__(self, sock: socket.socket, target: str, headers: dict[str, str]) -> None:
        self.sock, self.target, self.headers = sock, target, headers
        self._decoder, self._frames = Decoder(), list[tuple[int, bytes]]()

    def switch(self, *fields: str) -> None:
        accept = base64.b64encode(hashlib.sha1((self.headers["sec-websocket-key"] + GUID).encode()).digest()).decode()
        lines = [
            "HTTP/1.1 101 Switching",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {accept}",
        ]
        self.sock.sendall("\r\n".join([*lines, *fields, "", ""]).encode("latin-1"))

    def answer(self, status: int, body: bytes = b"", *fields: str) -> None:
        lines = [f"HTTP/1.1 {status} So", f"Content-Length: {len(body)}", *fields, "", ""]
        self.sock.sendall("\r\n".join(lines).encode("latin-1") + body)

    def send(self, opcode: int, payload: bytes = b"", fin: bool = True) -> None:
        self.sock.sendall(bytes([fin << 7 | opcode, len(payload)]) + payload)

    def frame(self) -> tuple[int, bytes]:
        """The next frame of the client; (-1, how) at its end."""
        while not self._frames:
            try:
                data = self.sock.recv(65536)
            except ConnectionResetError:
                return -1, b"RST"
            if not data:
                return -1, b"FIN"
            self._frames += [(frame.opcode, bytes(frame.payload)) for frame in self._decoder.feed(data)]
        return self._frames.pop(0)


class Scripted:
    """A server that plays a script on each connection, and is what `Site` says."""

    host, authority = "127.0.0.1", None

    def __init__(self, script: Script) -> None:
        self._script = script
        self._listener = socket.create_server((self.host, 0))
        self.port: int = self._listener.getsockname()[1]
        self._log, self.errors = "", list[BaseException]()
        self._threads: list[threading.Thread] = []

    def url_of(self, path: str) -> str:
        return f"ws://{self.host}:{self.port}{path}"

    def alive(self) -> bool:
        return True

    def log_size(self) -> int:
        return len(self._log)

    def log_text(self, start: int = 0) -> str:
        return self._log[start:]

    def print(self, line: str) -> None:
        self._log += f"{line}\n"

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                thread = threading.Thread(target=self._hold, args=(sock,))
                self._threads.append(thread)
                thread.start()

    def _hold(self, sock: socket.socket) -> None:
        sock.settimeout(LIMIT)
        with sock:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += sock.recv(1)
            first, *fields = head.decode().rstrip().split("\r\n")
            pairs = (field.partition(":") for field in fields)
            try:
                self._script(Peer(sock, first.split()[1], {name.lower(): value.strip() for name, _, value in pairs}))
            except BaseException as error:  # it is looked at in the test's thread
                self.errors.append(error)

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(LIMIT)


@contextmanager
def scripted(script: Script) -> Iterator[Scripted]:
    server = Scripted(script)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(LIMIT)
        assert server.errors == []


def seen(script: Script, *taken: steps.Step, scale: float = 1.0) -> list[Event]:
    with scripted(script) as server:
        transcript = ClausePlayer(server, scale).play(ApiClause("A.0.1", "A sentence.", taken))
    assert transcript.failure == ""
    return [observation.event for observation in transcript.observations]


def reset(peer: Peer) -> None:
    peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.sock.close()


def test_octets_above_ascii_in_a_head_are_no_fault() -> None:
    def switching(peer: Peer) -> None:
        peer.switch("Server: Caf\xe9 \x85 \xff", "Sec-WebSocket-Protocol: chat")
        peer.send(1, b"here")

    def refusing(peer: Peer) -> None:
        peer.answer(403, b"", "Server: Caf\xe9 \xff")

    opened = seen(
        switching, OPEN[0], steps.ExpectUpgrade("chat"), steps.ExpectMessage("here"), steps.ExpectEnd(steps.ANY_END)
    )
    assert opened == [UpgradeSeen("chat"), Message(b"here"), EndSeen()]
    (refusal,) = seen(refusing, steps.Request("/a/x"), steps.ExpectResponse((403,)))
    assert isinstance(refusal, ResponseSeen)
    assert (refusal.status, refusal.headers["server"]) == (403, "Caf\xe9 \xff")
    (plain,) = seen(refusing, steps.Request("/a/x", websocket=False), steps.ExpectResponse((403,)))
    assert isinstance(plain, ResponseSeen)
    assert (plain.status, plain.headers["server"]) == (403, "Caf\xe9 \xff")


def test_a_message_in_fragments_is_one_message_and_its_type_is_kept() -> None:
    def script(peer: Peer) -> None:
        peer.switch()
        peer.send(1, b"he", fin=False)
        peer.send(9, b"between")
        peer.send(0, b"llo")
        peer.send(2, b"\xff")
        assert peer.frame() == (10, b"between")

    assert seen(
        script, *OPEN, steps.ExpectMessage("hello"), steps.ExpectMessage(b"\xff"), steps.ExpectEnd(steps.ANY_END)
    )[1:] == [
        Message(b"hello"),
        Message(b"\xff", binary=True),
        EndSeen(),
    ]


def test_actions_arrive_as_frames() -> None:
    came: list[tuple[int, bytes]] = []

    def script(peer: Peer) -> None:
        peer.switch()
        came.extend(peer.frame() for _ in range(9))

    taken = (
        steps.Send("é"),
        steps.Send(b"\0"),
        steps.Send("abc", fragments=2),
        steps.Send(""),
        steps.Ping(b"p"),
        steps.Pong(b"q"),
        steps.Close(None),
        steps.Disconnect(),
    )
    seen(script, *OPEN, *taken)
    assert came == [
        *((1, "é".encode()), (2, b"\0"), (1, b"ab"), (0, b"c"), (1, b"")),
        *((9, b"p"), (10, b"q"), (8, b""), (-1, b"FIN")),
    ]


def test_a_close_is_answered_once_and_what_follows_is_seen() -> None:
    answers: list[tuple[int, bytes]] = []

    def script(peer: Peer) -> None:
        peer.switch()
        peer.send(8, b"\x0b\xb8bye")
        answers.append(peer.frame())

    assert seen(script, *OPEN, steps.ExpectClose((3000,), "bye"), steps.ExpectEnd(steps.ANY_END))[1:] == [
        CloseSeen(3000, b"bye"),
        EndSeen(),
    ]
    assert answers == [(8, b"\x0b\xb8bye")]


def test_our_own_close_is_not_repeated() -> None:
    came: list[tuple[int, bytes]] = []
    behind: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.switch()
        came.append(peer.frame())
        peer.send(8, b"\x03\xe8")
        peer.sock.shutdown(socket.SHUT_WR)
        behind.append(peer.sock.recv(100))

    seen(script, *OPEN, steps.Close(1000), steps.ExpectClose(), steps.ExpectEnd(steps.ANY_END))
    assert came == [(8, b"\x03\xe8")]
    assert behind == [b""]


@pytest.mark.parametrize(("is_reset", "how"), [(True, b"RST"), (False, b"FIN")])
def test_the_client_vanishes_in_either_way(is_reset: bool, how: bytes) -> None:
    came: list[tuple[int, bytes]] = []

    def script(peer: Peer) -> None:
        peer.switch()
        came.append(peer.frame())

    seen(script, *OPEN, steps.Disconnect(steps.End.RST if is_reset else steps.End.FIN))
    assert came == [(-1, how)]


def switched_then(action: Callable[[Peer], object], *fields: str) -> Script:
    def script(peer: Peer) -> None:
        if "/a/notes" in peer.target:  # which is asked for when something went wrong
            peer.answer(200, b'{"values": {}, "ended": true}')
        else:
            peer.switch(*fields)
            action(peer)

    return script


@pytest.mark.parametrize(
    ("action", "event"),
    [
        (lambda peer: None, EndSeen()),
        (reset, EndSeen(steps.End.RST)),
        (lambda peer: peer.send(0x41, b"x"), Fault(1002, "rsv is not implemented, yet", "")),
        (lambda peer: peer.send(0, b"x"), Fault(1002, "Illegal frame", "")),
        (lambda peer: peer.send(1, b"\xff"), Fault(1007, "text that is not UTF-8", "")),
        (lambda peer: peer.send(8, b"\x03\xe8\xff"), Fault(1007, "text that is not UTF-8", "")),
        (lambda peer: peer.send(8, b"\x03\xed"), Fault(1002, "Invalid close opcode 1005", "")),
        (lambda peer: peer.send(10, b"p"), Pong(b"p")),
    ],
)
def test_other_events_than_a_message_are_seen(action: Callable[[Peer], object], event: Event) -> None:
    assert seen(switched_then(action), *OPEN, steps.ExpectMessage("x"))[-1] == event


def test_time_limit_ends_in_silence() -> None:
    script = switched_then(lambda peer: peer.frame())
    assert seen(script, *OPEN, steps.ExpectMessage("x"), scale=0.05)[-1] == Silence(0.2)
    assert seen(script, *OPEN, steps.ExpectSilence(0.1), steps.ExpectPong(), scale=0.05)[1:] == [
        Silence(0.1),
        Silence(0.2),
    ]


def test_play_ends_with_the_first_unmet_expectation() -> None:
    def script(peer: Peer) -> None:
        if "/a/notes" in peer.target:
            peer.answer(200, json.dumps({"values": {"raised": "KeyError: 1"}, "ended": True}).encode())
        else:
            peer.switch()
            peer.send(1, b"other")
            peer.frame()

    with scripted(script) as server:
        transcript = ClausePlayer(server).play(
            ApiClause("A.0.1", "", (*OPEN, steps.ExpectMessage("x"), steps.ExpectMessage("y")))
        )
    assert [o.event for o in transcript.observations] == [UpgradeSeen(), Message(b"other")]
    assert transcript.noted == {"raised": "KeyError: 1"}


@pytest.mark.parametrize("websocket", [True, False])
def test_an_answer_is_seen_whole_and_its_cookies_come_along(websocket: bool) -> None:
    sent: list[dict[str, str]] = []

    def script(peer: Peer) -> None:
        sent.append(peer.headers)
        peer.answer(403, b"no", "Set-Cookie: a=1; Path=/", "X-Field: value")

    taken = (
        steps.Request("/a/x", websocket=False),
        steps.ExpectResponse((403,)),
        steps.Request("/a/y?q=1", websocket),
        steps.ExpectResponse((403,)),
    )
    events = seen(script, *taken)
    assert [(event.status, event.body) for event in events if isinstance(event, ResponseSeen)] == [(403, b"no")] * 2
    assert events[-1].headers["x-field"] == "value"
    assert sent[1]["cookie"] == "a=1"


@pytest.mark.parametrize(
    ("ask", "field", "value"),
    [
        (steps.Request("/"), "origin", "http://127.0.0.1"),
        (steps.Request("/", origin=""), "origin", None),
        (steps.Request("/", origin="https://other.example"), "origin", "https://other.example"),
        (steps.Request("/", subprotocols=("a", "b")), "sec-websocket-protocol", "a, b"),
        (steps.Request("/", headers=(("X-Own", "1"),)), "x-own", "1"),
    ],
)
def test_an_opening_handshake_has_the_fields_that_are_asked_for(
    ask: steps.Request, field: str, value: str | None
) -> None:
    sent: list[dict[str, str]] = []

    def script(peer: Peer) -> None:
        sent.append(peer.headers)
        peer.answer(404)

    seen(script, ask, steps.ExpectResponse((404,)))
    assert (sent[0].get(field) or "").startswith(value or "")
    assert (field in sent[0]) is (value is not None)


def test_the_chosen_subprotocol_is_seen() -> None:
    script = switched_then(lambda peer: None)
    assert seen(script, steps.Request("/", subprotocols=("a",)), steps.ExpectUpgrade("a"))[0] == UpgradeSeen()
    chosen = switched_then(lambda peer: None, "Sec-WebSocket-Protocol: a")
    assert seen(chosen, steps.Request("/", subprotocols=("a",)), steps.ExpectUpgrade("a"))[0] == UpgradeSeen("a")


def test_notes_are_polled_until_all_views_have_ended() -> None:
    looks: list[str] = []

    def script(peer: Peer) -> None:
        if "/a/notes" not in peer.target:
            peer.switch()
            return
        looks.append(peer.target.partition("note=")[2])
        values = {"values": {"n": len(looks)}, "ended": len(looks) == 3}
        peer.answer(200, json.dumps(values).encode())

    assert seen(script, *OPEN, steps.ExpectEnd(steps.ANY_END), steps.ExpectNotes({"n": 3}))[-1] == NotesRead({"n": 3})
    assert len(looks) == 3
    assert len(set(looks)) == 1
    assert looks[0]


def test_notes_of_a_view_that_never_ends_are_what_there_is() -> None:
    def script(peer: Peer) -> None:
        peer.answer(200, b'{"values": {"n": 1}, "ended": false}')

    assert seen(script, steps.ExpectNotes({"n": 1}, within=0.1))[-1] == NotesRead({"n": 1}, ended=False)


@pytest.mark.parametrize(
    ("words", "event"),
    [
        (["a:0", "b:0", "b:1", "a:1"], NumbersSeen({"a": 2, "b": 2})),
        (["a:0", "a:1", "b:1"], NumbersSeen({"a": 2, "b": 0}, 'message "b:1"')),
        (["a:0", "a:0"], NumbersSeen({"a": 1, "b": 0}, 'message "a:0"')),
        (["a:0", "c:0"], NumbersSeen({"a": 1, "b": 0}, 'message "c:0"')),
        (["a:0", "a:1", "b:0"], NumbersSeen({"a": 2, "b": 1}, "the server closed the connection with FIN")),
    ],
)
def test_numbers_are_counted_up_to_the_first_that_is_wrong(words: list[str], event: Event) -> None:
    script = switched_then(lambda peer: [peer.send(1, word.encode()) for word in words])
    assert seen(script, *OPEN, steps.ExpectNumbered(("a", "b"), 2))[-1] == event


def test_numbered_messages_are_sent_while_messages_are_received() -> None:
    came: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.switch()
        came.extend(peer.frame()[1] for _ in range(100))
        peer.send(1, b"all")

    assert seen(script, *OPEN, steps.SendNumbered(100), steps.ExpectMessage("all"))[-1] == Message(b"all")
    assert came == [str(n).encode() for n in range(100)]


def test_connections_have_messages_of_their_own() -> None:
    def script(peer: Peer) -> None:
        peer.switch()
        peer.send(1, peer.target.partition("?")[0].encode())
        peer.frame()

    taken = (
        *OPEN,
        steps.On(2, steps.Request("/a/y")),
        steps.On(2, steps.ExpectUpgrade()),
        steps.On(2, steps.ExpectMessage("/a/y")),
        steps.ExpectMessage("/a/x"),
    )
    assert seen(script, *taken)[2:] == [Message(b"/a/y"), Message(b"/a/x")]


def test_refused_connection_is_an_event_and_no_failure() -> None:
    with scripted(lambda peer: None) as server:
        pass
    transcript = ClausePlayer(server).play(ApiClause("A.0.1", "", (*OPEN,)))
    assert transcript.failure == ""
    (observation,) = transcript.observations
    assert isinstance(observation.event, NotConnected)


@pytest.mark.parametrize(
    "request_", [steps.Request(mute=True), steps.Request(method="POST"), steps.Request(headers=(("Origin", None),))]
)
def test_request_that_only_plain_tcp_can_send_is_a_failure_of_the_suite(request_: steps.Request) -> None:
    with scripted(lambda peer: None) as server:
        transcript = ClausePlayer(server).play(ApiClause("A.0.1", "", (request_, steps.ExpectUpgrade())))
    assert transcript.failure.startswith("NotImplementedError")


def test_failure_of_the_suite_is_recorded_as_such() -> None:
    with scripted(lambda peer: None) as server:
        transcript = ClausePlayer(server).play(ApiClause("A.0.1", "", (steps.ExpectUpgrade(),)))
    assert transcript.failure.startswith("KeyError")


def test_the_log_is_kept_where_the_clause_looks_at_it(tmp_path: Path) -> None:
    for silent in (False, True):
        with scripted(switched_then(lambda peer: server.print("ERROR oh"))) as server:
            clause = ApiClause("A.0.1", "", (*OPEN, steps.ExpectEnd(steps.ANY_END)), silent=silent)
            assert ClausePlayer(server).play(clause).log == ("ERROR oh\n" if silent else "")


def test_log_is_read_after_the_same_quiet_time_as_in_scripts() -> None:
    """A complaint that a server prints late must not be seen by one kind of case only."""
    assert ClausePlayer(Unlogged(), scale=2.0).limits == ScriptPlayer(Unlogged(), limits=Limits(2.0)).limits


class Unlogged:
    """A server that has printed nothing."""

    def log_size(self) -> int:
        return 0


# A server that is hostile


def until_it_goes(octets: bytes, pause: float = 0.0) -> Callable[[Peer], None]:
    """Send octets again and again until the client has gone."""

    def send(peer: Peer) -> None:
        waiting = threading.Event()
        with suppress(OSError):
            while not waiting.wait(pause):
                peer.sock.sendall(octets)

    return send


HUGE = b"\x82\x7f" + (1 << 40).to_bytes(8, "big")


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        (lambda peer: until_it_goes(b"x", 0.02)(peer) if peer.sock.send(b"\x81\x7e\xea\x60") else None, Silence),
        (until_it_goes(b"\x01\x7e\xff\xff" + bytes(65535)), Fault),
        (until_it_goes(b"\x89\x00" * 1000), Fault | Silence),
        (lambda peer: until_it_goes(bytes(65536))(peer) if peer.sock.send(HUGE) else None, Fault),
    ],
    ids=["drips", "fragments", "pings", "huge frame"],
)
def test_a_server_that_never_ends_a_message_is_given_up(action: Callable[[Peer], object], kind: type[Event]) -> None:
    event = seen(switched_then(action), *OPEN, steps.ExpectMessage("x"), scale=0.1)[-1]
    assert isinstance(event, kind)


def begun_then(start: bytes, action: Callable[[Peer], object]) -> Script:
    def script(peer: Peer) -> None:
        peer.sock.sendall(start)
        action(peer)

    return script


@pytest.mark.parametrize(
    ("start", "action", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\n", until_it_goes(b"x: y\r\n", 0.02), Silence | Garbled),
        (b"HTTP/1.1 200 OK\r\n", until_it_goes(b"x: y\r\n" * 1000), Silence | Garbled),
        (b"HTTP/1.1 200 OK\r\n\r\n", until_it_goes(b"x", 0.02), Silence),
        (b"HTTP/1.1 200 OK\r\n\r\n", until_it_goes(bytes(65536)), Garbled),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n", until_it_goes(bytes(65536)), Garbled),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffff\r\n",
            until_it_goes(bytes(65536)),
            Silence | Garbled,
        ),
    ],
    ids=["dripped head", "endless head", "dripped body", "endless body", "huge body", "huge chunk"],
)
def test_a_server_that_never_ends_a_response_is_given_up(start, action, kind) -> None:
    plain = steps.Request("/a/x", websocket=False), steps.ExpectResponse()
    assert isinstance(seen(begun_then(start, action), *plain, scale=0.1)[-1], kind)


@pytest.mark.parametrize(
    ("start", "action"),
    [
        (b"HTTP/1.1 101 Switching\r\n", until_it_goes(b"x: y\r\n", 0.02)),
        (b"HTTP/1.1 101 Switching\r\n", until_it_goes(b"x: y\r\n" * 1000)),
        (b"HTTP/1.1 400 No\r\nContent-Length: 99999999999999\r\n\r\n", until_it_goes(b"x" * 1000)),
        (b"HTTP/1.1 400 No\r\nContent-Length: many\r\n\r\n", lambda peer: None),
    ],
    ids=["dripped head", "endless head", "endless body", "impossible length"],
)
def test_a_server_that_never_ends_its_handshake_is_given_up(start: bytes, action: Callable[[Peer], object]) -> None:
    event = seen(begun_then(start, action), *OPEN, scale=0.1)[-1]
    assert isinstance(event, Silence | Garbled | Fault)


def test_a_redirection_is_not_followed() -> None:
    """It may lead anywhere."""
    asked = []

    def script(peer: Peer) -> None:
        asked.append(peer.target)
        peer.answer(302, b"", "Location: ws://127.0.0.1:1/elsewhere")

    assert seen(script, *OPEN) == [Fault(1002, "Redirect limit exhausted", "")]
    assert [target for target in asked if "/a/notes" not in target] == asked[:1]
