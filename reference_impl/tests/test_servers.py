"""The same conversation under every real server: nothing is lost, nothing is left over, nothing is logged."""

import importlib.util

import pytest

from .helpers import BINARY, CLOSE, PING, PONG, TEXT, UPGRADE, Client, close_payload, frame
from .servers import SERVERS, TROUBLE, running

REQUEST = b"GET / HTTP/1.1\r\n" + b"".join(f"{n}: {v}\r\n".encode() for n, v in UPGRADE.items()) + b"\r\n"
PLAIN = b"GET / HTTP/1.1\r\nHost: testserver\r\nConnection: close\r\n\r\n"


@pytest.fixture(params=SERVERS.values(), ids=SERVERS, scope="module")
def site(request, tmp_path_factory):
    """A function that connects to a running server, and has its log looked at in the end."""
    server = request.param
    missing = [name for name in server.needs if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"this server needs {missing}, which is not installed")
    log = tmp_path_factory.mktemp("server") / "log"
    with running(server, "echo", log) as connect:

        def request(octets):
            client = Client(connect())
            client.sock.sendall(octets)
            return client

        yield request
    text = log.read_text()
    assert [word for word in TROUBLE if word in text] == [], text


def opened(connect, behind=b""):
    client = connect(REQUEST + behind)
    assert client.head()[0] == 101
    return client


def test_a_plain_request_gets_the_page(site):
    client = site(PLAIN)
    assert client.head()[0] == 200
    assert b"<title>Echo</title>" in client.file.read()
    client.end()


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


def test_a_frame_sent_with_the_request_is_not_lost(site):
    client = opened(site, frame(TEXT, "early") + frame(BINARY, b"birds"))
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


@pytest.mark.parametrize("how", ["end", "reset", "middle of a frame"])
def test_a_client_that_vanishes_leaves_no_trace(site, how):
    client = opened(site)
    client.send("here")
    client.message()
    if how == "middle of a frame":
        client.sock.sendall(frame(TEXT, "x" * 100)[:50])
    if how == "reset":
        client.sock.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SOL_SOCKET, SO_LINGER: on, 0 seconds
    client.end()
    test_a_plain_request_gets_the_page(site)


def test_a_version_that_is_not_spoken_gets_its_whole_answer(site):
    client = site(REQUEST.replace(b"Version: 13", b"Version: 7"))
    status, fields = client.head()
    assert (status, fields["upgrade"], fields["sec-websocket-version"]) == (426, "websocket", "13")
    assert len(client.file.read()) == int(fields["content-length"])
    client.end()
