"""Ways to start uWSGI that need something more, and ways that are refused with a reason."""

import sys

import pytest

from tests.support.helpers import CLOSE, Client, close_payload
from tests.support.servers import ROUTER, SOCKET, THREADS, TROUBLE, UWSGI, on_uwsgi, running, uwsgi_has_tls

from .test_servers import REQUEST

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not UWSGI.exists(), reason=f"uWSGI is not installed for this Python: no {UWSGI}"),
]

NEW_PYTHON = sys.version_info >= (3, 11)
HTTPS_SOCKET = ("--https-socket", "127.0.0.1:{P},{C},{C}")
DEAF_ROUTER = ("--http", "127.0.0.1:{P}")

# What the README of dwebsocket 0.5 says, word for word but for the address.
OLD_README = ("--processes", "1", "--async", "30", "--ugreen", "--http-timeout", "300")


@pytest.fixture
def start(tmp_path):
    """Starts uWSGI with options."""
    log = tmp_path / "log"
    servers = []

    def start(*options, tls=False, **environment):
        server = running(on_uwsgi(*options, tls=tls), "views", log, **environment)
        connect = server.__enter__()
        servers.append(server)

        def request(octets):
            client = Client(connect())
            clients.append(client)
            client.sock.sendall(octets)
            return client

        return request

    clients = []
    start.log = log
    yield start
    for client in clients:
        client.end()
    for server in servers:
        server.__exit__(None, None, None)


@pytest.mark.skipif(NEW_PYTHON, reason="uWSGI crashes with --ugreen on CPython 3.11 and newer, so it is refused")
@pytest.mark.parametrize("front", [("--http", "127.0.0.1:{P}", "--http-websockets"), SOCKET], ids=["router", "socket"])
def test_the_command_of_the_old_readme_holds_thirty(start, front):
    site = start(*front, *OLD_README)
    clients = [site(REQUEST) for _ in range(30)]
    assert {client.head()[0] for client in clients} == {101}
    for turn in range(5):
        for number, client in enumerate(clients):
            client.send(f"{turn} {number}")
        for number, client in reversed(list(enumerate(clients))):
            assert client.message() == f"{turn} {number}"
    for client in clients:
        client.send(bytes(1_000_000))
    assert {len(client.message()) for client in clients} == {1_000_000}
    for client in clients:
        client.close()
        assert client.rest() == [(CLOSE, close_payload())]
    text = start.log.read_text()
    assert [word for word in TROUBLE if word in text] == [], text


REFUSED = {
    "https-socket": (HTTPS_SOCKET + THREADS, True, ["--https ADDRESS,CERTIFICATE,KEY --http-websockets"]),
    "router without websockets": (DEAF_ROUTER + THREADS, False, ["--http-websockets"]),
    "async alone": ((*SOCKET, "--async", "10"), False, ["--async", "--gevent"]),
}
if NEW_PYTHON:
    REFUSED["ugreen"] = ((*SOCKET, "--async", "10", "--ugreen"), False, ["--ugreen", "3.11", "--gevent"])


@pytest.mark.parametrize(("options", "tls", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_work_is_refused_with_what_can(start, options, tls, said):
    if tls and not uwsgi_has_tls():
        pytest.skip("this uWSGI was built without TLS")
    client = start(*options, tls=tls)(REQUEST)
    status, fields = client.head()
    text = client.file.read(int(fields["content-length"])).decode()
    assert status == 501
    assert [words for words in ["uWSGI", *said] if words not in text] == []


FACTORY = "dwebsocket.backends.uwsgi.factory.uWsgiWebSocketFactory"


@pytest.mark.parametrize("front", [SOCKET, ROUTER], ids=["socket", "router"])
def test_the_factory_can_be_named(start, front):
    client = start(*front, *THREADS, WEBSOCKET_FACTORY_CLASS=FACTORY)(REQUEST)
    assert client.head()[0] == 101
    client.send("named")
    assert client.message() == "named"
    client.close()
    assert client.rest() == [(CLOSE, close_payload())]
