"""uWSGI's descriptor: the WebSocket is ours, the number stays uWSGI's, and nothing is left of either."""

import errno
import os
import sys
import threading

import pytest
from django.test import RequestFactory

from dwebsocket import ServerNotSupported, accept_websocket, conf, require_websocket
from dwebsocket.backends.default.factory import WebSocketFactory
from dwebsocket.backends.uwsgi.factory import uWsgiWebSocketFactory
from dwebsocket.websocket import WebSocket
from tests.support.helpers import CLOSE, LIMIT, close_payload, frame

from .uwsgi_double import Uwsgi

NAMED = {"WEBSOCKET_FACTORY_CLASS": "dwebsocket.backends.uwsgi.factory.uWsgiWebSocketFactory"}


@require_websocket
def echo(request):
    for message in request.websocket:
        request.websocket.send(message)


def open_descriptors():
    return set(os.listdir("/dev/fd"))  # noqa: PTH208  # names are enough


@pytest.fixture
def uwsgi(monkeypatch):
    """Makes connections of a stand-in for uWSGI; nothing but the descriptors themselves is open afterwards."""
    connections = []

    def start(*options, **more):
        connection = Uwsgi(*options, **more)
        connections.append(connection)
        monkeypatch.setitem(sys.modules, "uwsgi", connection.module)
        connection.before = open_descriptors()
        return connection

    yield start
    for connection in connections:
        connection.client.end()
        connection.close()


@pytest.mark.parametrize("settings", [{}, NAMED], ids=["default factory", "named"])
def test_nothing_of_the_servers_answer_reaches_the_client(uwsgi, settings):
    connection = uwsgi()
    connection.client.send("hello")
    connection.client.close()
    assert connection.serve(echo, settings) is None
    assert connection.client.head()[0] == 101
    assert connection.client.message() == "hello"
    assert connection.client.rest() == [(CLOSE, close_payload())]
    assert connection.is_silenced()
    assert open_descriptors() == connection.before


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_view_that_raises_leaves_nothing_open(uwsgi, error):
    @require_websocket
    def view(request):
        raise error

    connection = uwsgi()
    connection.client.close()
    connection.serve(view)
    assert connection.client.head()[0] == 101
    [(opcode, payload)] = connection.client.rest()
    assert (opcode, payload[:2]) == (CLOSE, close_payload(1011 if error is ValueError else 1001))
    assert connection.is_silenced()
    assert open_descriptors() == connection.before


def test_a_client_that_has_left_leaves_nothing_open(uwsgi):
    connection = uwsgi()
    connection.client.end()
    connection.before = open_descriptors()
    connection.serve(echo)
    assert connection.is_silenced()
    assert open_descriptors() == connection.before


def test_the_refusal_of_a_handshake_is_left_to_uwsgi(uwsgi):
    connection = uwsgi()
    connection.serve(echo, headers={"Host": "testserver", "Upgrade": "websocket", "Connection": "Upgrade"})
    status, fields = connection.client.head()
    assert status == 426
    assert connection.client.file.read(int(fields["content-length"]))
    assert open_descriptors() == connection.before


REFUSED = {
    "key": ({"Sec-WebSocket-Key": "short"}, 400),
    "origin": ({"Origin": "http://elsewhere.example"}, 403),
}


@pytest.mark.parametrize(("headers", "status"), REFUSED.values(), ids=REFUSED)
def test_a_refused_handshake_gets_uwsgis_answer(uwsgi, headers, status):
    connection = uwsgi()
    meta = connection.environ()
    more = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    assert {**meta, **more} != meta
    connection.serve(echo, **more)
    assert connection.client.head()[0] == status
    assert not connection.is_silenced()
    assert open_descriptors() == connection.before


def test_an_answer_with_upgrade_is_written_past_uwsgi_and_once(uwsgi):
    connection = uwsgi()
    connection.serve(echo, HTTP_SEC_WEBSOCKET_VERSION="7")
    status, fields = connection.client.head()
    assert (status, fields["upgrade"], fields["sec-websocket-version"]) == (426, "websocket", "13")
    assert connection.client.file.read(int(fields["content-length"]))
    assert connection.client.file.read() == b""
    assert connection.is_silenced()
    assert open_descriptors() == connection.before


def test_what_fails_before_our_answer_leaves_uwsgi_its_own(uwsgi, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("as it should")

    monkeypatch.setattr(WebSocket, "__init__", fail)
    connection = uwsgi()
    assert connection.serve(echo, {"DEBUG_PROPAGATE_EXCEPTIONS": False}) is None
    assert connection.client.head()[0] == 500
    assert not connection.is_silenced()
    assert open_descriptors() == connection.before


def test_without_a_free_descriptor_uwsgi_still_answers(uwsgi, monkeypatch):
    opening = os.open

    def fail(path, *args, **kwargs):
        if path == os.devnull:
            raise OSError(errno.EMFILE, "too many")
        return opening(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", fail)
    connection = uwsgi()
    connection.serve(echo)
    assert connection.client.head()[0] == 500
    assert not connection.is_silenced()
    assert open_descriptors() == connection.before


def test_the_descriptor_is_not_closed_under_a_thread_that_is_sending(uwsgi):
    """Its number could belong to another connection by then."""
    sending, closed, inside, closing = threading.Event(), threading.Event(), [], []

    @require_websocket
    def view(request):
        transport = request.websocket._exchange._transport
        send, close = transport.send, transport.close

        def send_noting_it(data):
            inside.append(data)
            sending.set()
            try:
                send(data)
            finally:
                closed.wait(0.5)  # as long as it may take to leave a system call
                inside.remove(data)

        transport.send = send_noting_it
        transport.close = lambda: (closing.append(bool(inside)), close(), closed.set())
        threads.append(threading.Thread(target=request.websocket.send, args=(bytes(16 << 20),)))
        threads[0].start()
        assert sending.wait(LIMIT)

    threads = []
    connection = uwsgi()
    connection.client.close()
    connection.serve(view, {"WEBSOCKET_CLOSE_TIMEOUT": 0.05})
    threads[0].join(LIMIT)
    assert closing[0] is False
    assert open_descriptors() == connection.before


@pytest.mark.parametrize(("router", "lingers"), [({}, False), ({"UWSGI_ROUTER": "http"}, True)])
def test_only_for_the_router_the_end_waits_for_silence(uwsgi, router, lingers):
    connection = uwsgi()
    request = RequestFactory().get("/")
    request.META = connection.environ(**router)
    factory = uWsgiWebSocketFactory(request, conf.current())
    transport, early = factory.connection
    assert (bool(transport.linger), early) == (lingers, b"")
    factory.close()
    assert open_descriptors() == connection.before


def test_behind_the_router_what_a_client_still_sends_is_read_before_the_end(uwsgi):
    connection = uwsgi()
    connection.client.sock.sendall(frame(3) + bytes(50_000))
    connection.serve(echo, UWSGI_ROUTER="http")
    assert connection.client.head()[0] == 101
    [(opcode, payload)] = connection.client.rest()
    assert (opcode, payload[:2]) == (CLOSE, close_payload(1002))


def test_an_obstacle_is_answered_by_501_that_says_what_to_do(uwsgi, caplog):
    connection = uwsgi("http")
    connection.serve(echo, UWSGI_ROUTER="http")
    status, fields = connection.client.head()
    text = connection.client.file.read(int(fields["content-length"])).decode()
    assert status == 501
    assert "uWSGI" in text
    assert "--http-websockets" in text
    assert [record.name for record in caplog.records] == ["dwebsocket"]
    assert not connection.is_silenced()
    assert open_descriptors() == connection.before


def test_on_another_server_the_factory_names_both():
    request = RequestFactory().get("/")
    request.META = {"gunicorn.socket": object(), "wsgi.input": object()}
    with pytest.raises(ServerNotSupported, match=r"gunicorn.*WEBSOCKET_FACTORY_CLASS.*uWSGI"):
        uWsgiWebSocketFactory(request, conf.current()).take_over()


def test_a_factory_of_the_projects_own_may_build_upon_the_default(uwsgi):
    class Own(WebSocketFactory):
        def create_websocket(self, subprotocols=None):
            asked.append(self.request.path)
            return super().create_websocket(subprotocols)

    asked = []
    connection = uwsgi()
    connection.client.close()
    connection.serve(accept_websocket(lambda request: None), {"WEBSOCKET_FACTORY_CLASS": Own})
    assert connection.client.head()[0] == 101
    assert asked == ["/"]
    assert connection.client.rest() == [(CLOSE, close_payload())]
