"""The examples run, each under `runserver` as it says itself."""

from contextlib import ExitStack, contextmanager

from .helpers import CLOSE, UPGRADE, Client, close_payload
from .servers import SERVERS, TROUBLE, running


@contextmanager
def example(name, path):
    """Run an example and look at its log in the end. Yields a function that opens a WebSocket to it."""
    log = path / "log"
    with running(SERVERS["runserver"], name, log) as connect, ExitStack() as opened:

        def open_websocket(target="/"):
            client = Client(connect())
            opened.callback(client.end)
            fields = "".join(f"{field}: {value}\r\n" for field, value in UPGRADE.items())
            client.sock.sendall(f"GET {target} HTTP/1.1\r\n{fields}\r\n".encode())
            assert client.head()[0] == 101
            return client

        yield open_websocket
    assert [word for word in TROUBLE if word in log.read_text()] == []


def test_echo_says_everything_back(tmp_path):
    with example("echo", tmp_path) as open_websocket:
        client = open_websocket()
        client.send("hello")
        assert client.message() == "hello"
        client.close()
        assert client.rest() == [(CLOSE, close_payload())]


def test_chat_passes_on_what_is_said_to_all_in_the_room_and_to_nobody_else(tmp_path):
    with example("chat", tmp_path) as open_websocket:
        ann = open_websocket("/?name=Ann")
        assert ann.message() == "Ann comes"
        elsewhere = open_websocket("/attic/?name=Eve")
        assert elsewhere.message() == "Eve comes"
        bob = open_websocket("/?name=Bob")
        assert [ann.message(), bob.message()] == ["Bob comes"] * 2
        ann.send("hi")
        assert [ann.message(), bob.message()] == ["Ann: hi"] * 2
        ann.close()
        ann.rest()
        assert bob.message() == "Ann goes"
        elsewhere.send("alone")
        assert elsewhere.message() == "Eve: alone"
