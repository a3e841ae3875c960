"""Each example runs by the command that its README says; its page does in a browser what it shows."""

import json
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.request import urlopen

import pytest
import websocket

from tests.support.helpers import LIMIT
from tests.support.projects import await_log
from tests.support.servers import SERVERS, TROUBLE, running

EXAMPLES = Path(__file__).parents[2] / "examples"
WSGI = {"two_views": "two_views.wsgi", "one_page": "one_page.wsgi", "chat": "myproject.wsgi"}


@contextmanager
def example(name, folder):
    """Serve an example, and look at the log in the end. Yields its URL, its log, and a way to open WebSockets."""
    log = folder / "log"
    with running(SERVERS["runserver"], WSGI[name], log, EXAMPLES / name) as connect, ExitStack() as opened:

        def open_websocket(path):
            client = websocket.create_connection(f"ws://127.0.0.1:{connect.port}{path}", timeout=LIMIT)
            opened.callback(client.shutdown)
            return client

        yield SimpleNamespace(
            url=f"http://127.0.0.1:{connect.port}/", log=log, open=open_websocket, process=connect.process
        )
    assert [word for word in TROUBLE if word in log.read_text()] == [], log.read_text()


def test_the_list_of_examples_is_complete():
    folders = sorted(path.parent.name for path in EXAMPLES.glob("*/manage.py"))
    readme = (EXAMPLES / "README.md").read_text()
    assert folders == sorted(WSGI)
    assert [name for name in folders if f"`cd {name} && python manage.py runserver`" not in readme] == []


@pytest.mark.parametrize("name", WSGI)
def test_manage_check_finds_nothing(name):
    argv = [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]
    done = subprocess.run(argv, cwd=EXAMPLES / name, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# The views


def closed_by_server(client):
    """Take the Close frame; return its code."""
    opcode, payload = client.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE
    return int.from_bytes(payload[:2], "big")


@pytest.mark.parametrize(("name", "path"), [("two_views", "/echo_once/"), ("one_page", "/")])
def test_one_message_comes_back_and_then_the_close(name, path, tmp_path):
    with example(name, tmp_path) as site:
        client = site.open(path)
        client.send("Once")
        assert client.recv() == "Once"
        assert closed_by_server(client) == 1000


def test_lower_case_answers_both_kinds_of_requests(tmp_path):
    with example("two_views", tmp_path) as site:
        assert urlopen(site.url + "lower_case/?message=LOW").read() == b"low"
        client = site.open("/lower_case/")
        for message in ["ONE", "Two"]:
            client.send(message)
            assert client.recv() == message.lower()


def test_chat_survives_a_client_that_disconnects_without_a_close_frame(tmp_path):
    with example("chat", tmp_path) as site:
        ann, bob, eve = (site.open("/ws/chat/") for _ in range(3))
        await_log(site, "Client connected, now 3")
        eve.sock.close()
        await_log(site, "Client disconnected, now 2")
        ann.send("still here?")
        assert bob.recv() == "still here?"


# The pages

# What each says when it has connected, if it does so at once. A server that is stopped earlier would be an error.
READY = {
    "two_views": ("#lower .state", "open"),
    "one_page": ("#state", "none yet"),
    "chat": ("#state", "Connected"),
}


@contextmanager
def page_of(name, browser, folder, width=None):
    """Serve an example and open its page; yields the page."""
    with example(name, folder) as site:
        page = browser.open(site.url, width)
        page.await_texts(*READY[name])
        yield page


def test_echo_page_shows_the_answer_and_that_the_server_has_closed(browser, tmp_path):
    with page_of("two_views", browser, tmp_path) as page:
        page.await_texts("#echo .state", "none yet")
        for message in ["Hello", " again"]:  # each opens a connection
            page.type("#echo-message", message)
            page.press("#echo button")
            page.await_texts("#echo .state", "closed by the server, code 1000")
        page.await_texts("#echo .answer", "Hello again")


def test_lower_case_page_asks_both_ways(browser, tmp_path):
    with page_of("two_views", browser, tmp_path) as page:
        for way, message in {"websocket": "BY WebSocket", "get": "By GET", "websocket ": "ONCE more"}.items():
            page.find("#lower-message").clear()
            page.type("#lower-message", message)
            page.press(f"#lower button[value={way.strip()}]")
            page.await_texts("#lower .answer", message.lower())
        page.await_texts("#lower .state", "open")


def test_one_page_shows_what_was_sent_and_received(browser, tmp_path):
    with page_of("one_page", browser, tmp_path) as page:
        page.type("#message", "<b>1 & 2</b>\n")
        page.await_texts("#state", "closed by the server")
        page.await_texts("li", "sent: <b>1 & 2</b>", "received: <b>1 & 2</b>")


def test_chat_page_shows_each_message_once_in_every_window(browser, tmp_path):
    with example("chat", tmp_path) as site:
        ann, bob, eve = pages = [browser.open(site.url) for _ in range(3)]
        await_log(site, "Client connected, now 3")
        ann.type("#message", "Hello\n")
        for page in bob, eve:
            page.await_texts("#messages li", "Hello")
        eve.leave()
        await_log(site, "Client disconnected, now 2")
        bob.type("#message", "<i>Hi</i>")
        bob.press("form button")
        for page in ann, bob:
            page.await_texts("#messages li", "Hello", "<i>Hi</i>")
        assert [ann.texts(".own"), bob.texts(".own")] == [["Hello"], ["<i>Hi</i>"]]
        assert [page.texts("#state") for page in pages[:2]] == [["Connected"]] * 2


def test_chat_page_says_that_the_connection_is_lost_and_connects_again(browser, tmp_path):
    with example("chat", tmp_path) as site:
        page = browser.open(site.url)
        page.await_texts("#state", "Connected")
        page.driver.execute_script("socket.close()")
        page.await_texts("#state", "Connection lost")
        page.press("#again")
        page.await_texts("#state", "Connected")
        page.await_texts("#again", "")
        site.process.terminate()
        page.await_texts("#state", "Connection lost")
        page.await_texts("#again", "Reconnect")
        assert not page.find("#message").is_enabled()


@pytest.mark.parametrize("name", WSGI)
def test_pages_fit_a_phone_and_label_their_fields_and_load_nothing_from_elsewhere(name, browser, tmp_path):
    with page_of(name, browser, tmp_path, width=360) as page:
        fields, unlabelled, loaded, width = page.driver.execute_script(FORM)
    assert fields > 0
    assert (unlabelled, loaded, width) == ([], [], 360)


FORM = """
const fields = Array.from(document.querySelectorAll("input"));
return [
  fields.length,
  fields.filter(field => !field.labels.length).map(field => field.id),
  performance.getEntriesByType("resource").map(entry => entry.name),
  document.documentElement.scrollWidth,
];
"""


def test_a_browser_compresses_and_a_large_message_goes_both_ways(browser, tmp_path):
    with page_of("two_views", browser, tmp_path) as page:
        result = page.run(LARGE, "/lower_case/", 1_000_000)
    assert result["same"], json.dumps(result)
    assert result["extensions"].startswith("permessage-deflate")


LARGE = """
const [path, size, done] = arguments;
const socket = new WebSocket(location.origin.replace(/^http/, "ws") + path);
const message = Array.from({length: size}, (_, index) => String.fromCharCode(65 + index * index % 26)).join("");
socket.onopen = () => socket.send(message);
socket.onclose = event => done({same: false, extensions: socket.extensions, code: event.code});
socket.onmessage = event => {
  done({same: event.data === message.toLowerCase(), extensions: socket.extensions});
  socket.close();
};
"""
