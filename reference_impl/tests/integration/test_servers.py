"""The same conversations under every real server: nothing is lost, nothing is left over, nothing is logged."""

import json
import struct
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from tests.support.helpers import BINARY, CLOSE, LIMIT, PING, PONG, TEXT, UPGRADE, Client, close_payload, frame
from tests.support.servers import SERVERS, TROUBLE, running

FIELDS = b"".join(f"{name}: {value}\r\n".encode() for name, value in UPGRADE.items())
REQUEST = b"GET / HTTP/1.1\r\n" + FIELDS + b"\r\n"
PLAIN = b"GET / HTTP/1.1\r\nHost: testserver\r\nConnection: close\r\n\r\n"
KEPT = b"GET / HTTP/1.1\r\nHost: testserver\r\n\r\n"

CLIENTS = []

# Connections for each kind of end, of which none must leave anything behind.
MANY = 20


# One of each way to serve; tests with the others are slow.
OF_EACH_KIND = ("wsgiref", "gunicorn gthread", "gevent.pywsgi", "werkzeug, TLS")


@pytest.fixture(
    params=[pytest.param(name, marks=() if name in OF_EACH_KIND else pytest.mark.slow) for name in SERVERS],
    scope="module",
)
def server(request):
    server = SERVERS[request.param]
    if missing := server.missing():
        pytest.skip(f"this server needs {missing}, which is not installed")
    return server


@pytest.fixture(scope="module")
def site(server, tmp_path_factory):
    """A function that sends octets to a running server, and has its log looked at in the end."""
    log = tmp_path_factory.mktemp("server") / "log"
    with running(server, "views", log) as connect:

        def request(octets):
            client = Client(connect())
            CLIENTS.append(client)
            client.sock.sendall(octets)
            return client

        yield request
    text = log.read_text()
    assert [word for word in TROUBLE if word in text] == [], text


@pytest.fixture(autouse=True)
def clients_end():
    """Also those of a test that breaks off."""
    yield
    while CLIENTS:
        CLIENTS.pop().end()


def opened(connect, path="", behind=b""):
    client = connect(REQUEST.replace(b"GET /", f"GET /{path}".encode()) + behind)
    assert client.head()[0] == 101
    return client


def page(connect, path=""):
    client = connect(PLAIN.replace(b"GET /", f"GET /{path}".encode()))
    assert client.head()[0] == 200
    body = client.file.read()
    client.end()
    return body


def answer(client):
    """One whole HTTP answer: status, fields and content."""
    status, fields = client.head()
    return status, fields, client.file.read(int(fields["content-length"]))


def reset(client):
    client.sock.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SOL_SOCKET, SO_LINGER: on, 0 seconds
    client.end()


# Conversations


def test_a_plain_request_gets_the_page(site):
    assert b"<title>Echo</title>" in page(site)


def test_messages_come_back_and_the_end_is_clean(site):
    client = opened(site)
    for message in ("é", "x" * 1000, bytes(100_000)):
        client.send(message)
        assert client.message() == message
    client.send_frame(PING, "?")
    assert client.frame() == (PONG, b"?")
    client.close(4000, "bye")
    assert client.rest() == [(CLOSE, close_payload(4000))]
    client.end()


def test_a_frame_sent_with_the_request_is_not_lost(site, server):
    if not server.keeps_early:
        pytest.skip("uWSGI keeps to itself what it reads past the head of a request")
    client = opened(site, behind=frame(TEXT, "early") + frame(BINARY, b"birds"))
    assert [client.message(), client.message()] == ["early", b"birds"]
    client.close()
    client.rest()
    client.end()


def test_a_broken_rule_is_answered_before_tcp_ends(site):
    client = opened(site)
    client.sock.sendall(frame(3) + bytes(200_000))
    [(opcode, payload)] = client.rest()
    assert (opcode, payload[:2]) == (CLOSE, close_payload(1002))
    client.end()


def test_as_many_as_the_server_holds_talk_at_once(site, server):
    clients = [opened(site) for _ in range(server.holds)]
    for client in clients:
        client.send("who")
    assert [client.message() for client in clients] == ["who"] * server.holds
    if not server.full:
        assert page(site)
    for client in clients:
        client.close()
    assert [client.rest() for client in clients] == [[(CLOSE, close_payload())]] * server.holds
    for client in clients:
        client.end()
    assert page(site)


@pytest.mark.parametrize("gap", ["", "pause"], ids=["at once", "later"])
def test_what_comes_behind_a_close_is_no_request(site, gap):
    client = opened(site)
    client.send("hello")
    assert client.message() == "hello"
    last_words, request = frame(CLOSE, close_payload()), PLAIN.replace(b"GET /", b"GET /closes")
    client.sock.sendall(last_words if gap else last_words + request)
    assert client.frame() == (CLOSE, close_payload())
    if gap:
        with suppress(OSError):  # it has ended by now
            client.sock.sendall(request)
    assert client.file.read() == b""
    client.end()
    assert page(site)


def test_a_time_out_is_no_end(site):
    client = opened(site, "waits-a-little")
    assert client.message() == "nothing"
    client.send("now")
    while (message := client.message()) == "nothing":
        pass
    assert message == "something"
    assert client.frame() == (CLOSE, close_payload())
    client.close()
    assert client.rest() == []
    client.end()


def test_who_waits_keeps_the_exception_that_it_handles(site, server):
    first, second = [opened(site, "handles") for _ in range(2)] if server.holds > 1 else [opened(site, "handles")] * 2
    for client in (first, second):
        client.send("one")
    if first is not second:
        first.send("two")
        second.send("two")
        assert second.message() == "one two True"
        assert first.message() == "one two True"
    else:
        assert first.message() == "one one True"
    for client in {first, second}:
        client.close()
        client.rest()
        client.end()


def test_one_view_sends_to_the_clients_of_all(site, server):
    guests = [opened(site, "party") for _ in range(min(server.holds, 3))]
    for guest in guests:  # each view has begun when its guest is heard
        guest.send("hello")
        assert guest.message() == "hello"
    for number, guest in enumerate(guests):
        for _ in guests[number + 1 :]:
            assert guest.message() == "hello"
    reset(guests.pop())
    for guest in guests:
        guest.send("still here?")
        for each in guests:
            while (message := each.message()) != "still here?":
                assert message == "hello"
    for guest in guests:
        guest.close()
        assert guest.rest()[-1] == (CLOSE, close_payload())
        guest.end()


# Ends


ENDS = {
    "returns": [(CLOSE, close_payload())],
    "raises": [(CLOSE, close_payload(1011))],
    "raises-after-close": [(CLOSE, close_payload(4001, "enough"))],
    "closes": [(CLOSE, close_payload(4001, "enough"))],
}


def end_of_view(site, path):
    client = opened(site, path)
    client.send("go")
    first = client.frame()
    client.close()
    frames = [first, *client.rest()]
    client.end()
    return frames


@pytest.mark.parametrize("path", ENDS)
def test_however_a_view_ends_the_close_frame_is_the_last_thing(site, path):
    assert end_of_view(site, path) == ENDS[path]


def vanish(site, how):
    client = opened(site)
    client.send("here")
    client.message()
    if how == "middle of a frame":
        client.sock.sendall(frame(TEXT, "x" * 100)[:50])
    (reset if how == "reset" else Client.end)(client)


@pytest.mark.parametrize("how", ["end", "reset", "middle of a frame"])
def test_a_client_that_vanishes_leaves_no_trace(site, how):
    vanish(site, how)
    assert page(site)


@pytest.mark.parametrize("how", [Client.end, reset])
def test_a_client_that_vanishes_from_a_view_that_only_sends_leaves_no_trace(site, how):
    client = opened(site, "floods")
    client.message()
    how(client)
    assert page(site)


@pytest.mark.slow
def test_a_worker_that_is_ended_says_1001(tmp_path):
    """gunicorn's sync worker is, when it has been busy for too long."""
    server = SERVERS["gunicorn sync"]
    if missing := server.missing():
        pytest.skip(f"this server needs {missing}, which is not installed")
    with running(replace(server, argv=(*server.argv, "--timeout", "1")), "views", tmp_path / "log") as connect:
        client = Client(connect())
        client.sock.sendall(REQUEST)
        assert client.head()[0] == 101
        assert client.rest() == [(CLOSE, close_payload(1001))]
        client.end()


# Refusals


def test_a_version_that_is_not_spoken_gets_its_whole_answer_and_the_end(site):
    client = site(REQUEST.replace(b"Version: 13", b"Version: 7"))
    status, fields, _ = answer(client)
    assert (status, fields["upgrade"], fields["sec-websocket-version"]) == (426, "websocket", "13")
    assert client.file.read() == b""
    client.end()


def test_a_plain_request_that_should_be_an_upgrade_gets_its_whole_answer_and_the_end(site):
    client = site(KEPT.replace(b"GET /", b"GET /closes"))
    status, fields, _ = answer(client)
    assert (status, fields["upgrade"]) == (426, "websocket")
    assert client.file.read() == b""
    client.end()


REFUSED = {
    "key": (REQUEST.replace(b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Key: x"), 400),
    "HTTP version": (REQUEST.replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    "origin": (REQUEST.replace(b"\r\n\r\n", b"\r\nOrigin: http://elsewhere.example\r\n\r\n"), 403),
    "origin that is none": (REQUEST.replace(b"\r\n\r\n", b"\r\nOrigin: http://[\r\n\r\n"), 403),
}


@pytest.mark.parametrize(("request_", "status"), REFUSED.values(), ids=REFUSED)
def test_a_refused_handshake_gets_one_whole_answer(site, request_, status):
    """Behind it the connection is kept or ended, but not spoilt."""
    client = site(request_)
    got, fields, _ = answer(client)
    assert got == status
    try:
        if fields.get("connection", "").lower() != "close":
            client.sock.sendall(PLAIN)
        rest = client.file.read()
    except OSError:  # it was ended before we asked
        rest = b""
    assert rest.count(b"HTTP/1.") == rest.startswith(b"HTTP/1.")
    assert not rest or fields.get("connection", "").lower() != "close"
    client.end()


def test_a_connection_that_was_kept_can_be_upgraded(site):
    client = site(KEPT)
    status, fields = client.head()
    if "content-length" in fields:
        assert b"Echo" in client.file.read(int(fields["content-length"]))
    elif "transfer-encoding" in fields:
        while (size := int(client.file.readline(), 16)) or client.file.readline() != b"\r\n":
            client.file.read(size + 2)
    else:
        client.file.read()
    try:
        client.sock.sendall(REQUEST)
        status = client.head()[0]
    except (OSError, IndexError):
        pytest.skip("this server keeps no connections")
    assert status == 101
    client.send("late")
    assert client.message() == "late"
    client.close()
    assert client.rest() == [(CLOSE, close_payload())]
    client.end()


# What is left behind


def tally(site):
    return json.loads(page(site, "tally"))


WAYS = {
    **{path: lambda site, path=path: end_of_view(site, path) for path in ENDS},
    "echo": lambda site: test_messages_come_back_and_the_end_is_clean(site),
    **{f"client, {how}": lambda site, how=how: vanish(site, how) for how in ("end", "reset")},
    "426": lambda site: test_a_version_that_is_not_spoken_gets_its_whole_answer_and_the_end(site),
    "400": lambda site: test_a_refused_handshake_gets_one_whole_answer(site, *REFUSED["key"]),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_descriptor_thread_or_greenlet_is_left(site, server, way):
    def holds_no_more(now, before):
        return all(now[name] <= before[name] for name in before)

    test_as_many_as_the_server_holds_talk_at_once(site, server)  # whatever is made once is made now
    way(site)
    before = settled(site)
    for _ in range(MANY):
        way(site)
    deadline = time.monotonic() + LIMIT
    while not holds_no_more(now := tally(site), before):
        assert time.monotonic() < deadline, (before, now)


def settled(site):
    """What is held when it becomes no less any more; connections are ended a moment after their last octet."""
    counts = [tally(site)]
    while len(counts) < 5 or counts[-1] != counts[-5]:
        counts.append(tally(site))
    return counts[-1]
