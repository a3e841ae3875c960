"""The old names and the old ways: django-websocket, and dwebsocket 0.5 with WEBSOCKET_LEGACY_BYTES."""

import importlib
import json
import re
from pathlib import Path

import pytest
from django.apps.registry import Apps
from django.core.checks import run_checks
from django.http import HttpResponse
from django.test import override_settings

import django_websocket
import dwebsocket
from dwebsocket import conf
from tests.support.helpers import BINARY, CLOSE, PING, PONG, TEXT, close_payload, frame, play

OLD = "django_websocket.middleware.WebSocketMiddleware"
NEW = "dwebsocket.middleware.WebSocketMiddleware"
LEGACY = {"WEBSOCKET_LEGACY_BYTES": True}
PLAIN = {"Host": "testserver"}
PAGE = (Path(__file__).parents[2] / "MIGRATING.md").read_text()
README = (Path(__file__).parents[2] / "README.md").read_text()


# django-websocket


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("django_websocket.accept_websocket", "dwebsocket.accept_websocket"),
        ("django_websocket.require_websocket", "dwebsocket.require_websocket"),
        ("django_websocket.decorators.accept_websocket", "dwebsocket.accept_websocket"),
        ("django_websocket.decorators.require_websocket", "dwebsocket.require_websocket"),
        (OLD, NEW),
        ("django_websocket.websocket.WebSocket", "dwebsocket.websocket.WebSocket"),
        ("django_websocket.websocket.MalformedWebSocket", "dwebsocket.protocol.HandshakeRefused"),
    ],
)
def test_an_old_name_is_the_new_thing(old, new):
    assert thing(old) is thing(new)


def thing(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def test_star_import_gives_the_decorators():
    assert sorted(django_websocket.__all__) == ["accept_websocket", "require_websocket"]


def test_both_names_may_be_installed_as_apps():
    apps = Apps(["dwebsocket", "django_websocket"])
    assert {app.label for app in apps.get_app_configs()} == {"dwebsocket", "django_websocket"}


def test_the_example_that_echoes_once_works_under_the_old_name(talk):
    @django_websocket.require_websocket
    def echo_once(request):
        message = request.websocket.wait()
        request.websocket.send(message)

    assert play(talk, echo_once, frame(TEXT, "once")) == [(TEXT, b"once"), (CLOSE, close_payload())]


def test_the_example_for_both_kinds_of_requests_works_under_the_old_name(talk):
    @django_websocket.accept_websocket
    def lower_case(request):
        if not request.is_websocket():
            return HttpResponse(request.GET["message"].lower())
        for message in request.websocket:
            request.websocket.send(message.lower())
        return None

    assert play(talk, lower_case, frame(TEXT, "LOW"))[0] == (TEXT, b"low")
    assert talk.request(lower_case, headers=PLAIN, target="/?message=LOW").finished().body == b"low"


LISTED = {
    "the old name": [OLD],
    "both names": [OLD, NEW],
    "both names, the other way round": [NEW, OLD],
    "around others": [OLD, "django.middleware.common.CommonMiddleware", NEW],
}


@pytest.mark.parametrize("listed", LISTED.values(), ids=LISTED)
@pytest.mark.parametrize(
    "decorate",
    [dwebsocket.accept_websocket, django_websocket.require_websocket, lambda view: view],
    ids=["decorated", "decorated under the old name", "with the attribute"],
)
@pytest.mark.parametrize("accept_all", [True, False])
def test_each_request_is_served_once_under_whichever_names(talk, listed, decorate, accept_all):
    runs = []

    def view(request):
        runs.append(request)
        for message in request.websocket:
            request.websocket.send(message)

    view.accept_websocket = True
    settings = {"WEBSOCKET_ACCEPT_ALL": accept_all}
    answers = play(talk, decorate(view), frame(TEXT, "a"), middleware=listed, settings=settings)
    assert answers == [(TEXT, b"a"), (CLOSE, close_payload())]
    assert len(runs) == 1


@pytest.mark.parametrize("listed", LISTED.values(), ids=LISTED)
def test_a_view_that_accepts_none_refuses_under_whichever_names(talk, listed):
    assert talk.request(lambda request: HttpResponse(), middleware=listed).finished().status == 400


def test_closed_tells_what_is_closed_tells(talk):
    seen = []

    @django_websocket.require_websocket
    def view(request):
        seen.append(request.websocket.closed)
        request.websocket.close()
        seen.append(request.websocket.closed)

    conversation = talk(view)
    assert conversation.client.frame() == (CLOSE, close_payload())
    conversation.client.close()
    conversation.finished()
    assert seen == [False, True]


@pytest.mark.parametrize("name", [OLD, NEW])
def test_middleware_that_django_does_not_read_is_reported(name):
    with override_settings(MIDDLEWARE_CLASSES=[name]):
        [warning] = [message for message in run_checks() if message.id == "dwebsocket.W001"]
        assert name in warning.msg
        with override_settings(MIDDLEWARE=[NEW]):
            assert "dwebsocket.W001" not in {message.id for message in run_checks()}
    with override_settings(MIDDLEWARE_CLASSES=["some.other.Middleware"]):
        assert "dwebsocket.W001" not in {message.id for message in run_checks()}


# Legacy mode


READERS = {
    "iteration": lambda ws: list(ws),
    "wait": lambda ws: [ws.wait(), ws.wait(), ws.wait(), ws.wait()],
    "wait with a limit": lambda ws: [ws.wait(timeout=20) for _ in range(4)],
    "read": lambda ws: [poll(ws) for _ in range(3)] + [ws.read()],
}


def poll(ws):
    """Read as people do who do not want to wait."""
    while not ws.has_messages():
        pass
    return ws.read()


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_in_legacy_mode_every_way_to_read_gives_bytes_and_none_at_the_end(talk, reader):
    got = []

    @dwebsocket.require_websocket
    def view(request):
        got.extend(reader(request.websocket))

    fragments = frame(TEXT, "{", fin=False) + frame(0, "}")
    play(talk, view, frame(TEXT, "é"), frame(BINARY, b"\xff"), fragments, settings=LEGACY)
    assert got == ["é".encode(), b"\xff", b"{}", None]


def test_in_legacy_mode_an_empty_message_is_told_from_the_end(talk):
    got = []

    @dwebsocket.require_websocket
    def view(request):
        while (message := request.websocket.wait()) is not None:
            got.append(message)

    play(talk, view, frame(TEXT, ""), frame(TEXT, "a"), settings=LEGACY)
    assert got == [b"", b"a"]


def test_in_legacy_mode_the_chat_of_the_old_examples_runs_unchanged(talk):
    clients = []

    @dwebsocket.accept_websocket
    def echo(request):
        if request.is_websocket:
            clients.append(request.websocket)
            for message in request.websocket:
                if not message:
                    break
                for client in clients:
                    client.send(json.dumps({"text": message.decode("utf-8")}).encode())
            clients.remove(request.websocket)

    one, two = (talk(echo, settings=LEGACY) for _ in range(2))
    for conversation in (one, two):  # the answer comes when the view waits, and so has joined
        conversation.client.send_frame(PING)
        assert conversation.client.frame() == (PONG, b"")
    one.client.send("hé")
    for conversation in (one, two):
        opcode, payload = conversation.client.frame()
        assert (opcode, json.loads(payload)) == (TEXT, {"text": "hé"})
    for conversation in (one, two):
        conversation.client.close()
        conversation.client.rest()
        conversation.finished()
    assert clients == []


@pytest.mark.parametrize("end", ["own close", "the client's close", "a lost client"])
def test_in_legacy_mode_send_after_the_end_raises_nothing_and_sends_nothing(talk, end):
    sent = []

    @dwebsocket.require_websocket
    def view(request):
        ws = request.websocket
        if end == "own close":
            ws.close()
        else:
            assert ws.wait() is None
        sent.extend([ws.send("text"), ws.send(b"bytes"), ws.send(None)])

    conversation = talk(view, settings=LEGACY)
    if end == "a lost client":
        conversation.client.end()
    else:
        conversation.client.close()
        assert conversation.client.rest() == [(CLOSE, close_payload())]
    conversation.finished()
    assert sent == [False, False, False]


@pytest.mark.parametrize("settings", [{}, LEGACY], ids=["", "legacy"])
@pytest.mark.parametrize("message", [5, 1 << 62, ["a"], {"a": 1}], ids=str)
def test_what_is_neither_text_nor_bytes_is_a_type_error_at_no_cost(talk, message, settings):
    @dwebsocket.require_websocket
    def view(request):
        with pytest.raises(TypeError, match=f"str or bytes, not {type(message).__name__}"):
            request.websocket.send(message)
        request.websocket.send("still open")

    assert talk(view, settings=settings).client.message() == "still open"


@pytest.mark.parametrize("settings", [{}, LEGACY], ids=["", "legacy"])
def test_a_close_with_a_code_or_reason_of_another_type_is_a_type_error_and_sends_nothing(talk, settings):
    @dwebsocket.require_websocket
    def view(request):
        for code, reason in (("1000", ""), (1000.0, ""), (1000, 5), (1000, ["bye"])):
            with pytest.raises(TypeError, match=r"int|str or bytes"):
                request.websocket.close(code, reason)
        request.websocket.send("still open")

    assert talk(view, settings=settings).client.message() == "still open"


# The page


def rows():
    """The rows of its tables of differences: the name, there, here, what to do."""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) >= 4 and cells[0] != "difference":
            yield cells


def test_every_difference_has_its_own_name_and_says_all_there_is_to_say():
    table = list(rows())
    assert all(all(row) for row in table)
    names = [row[0] for row in table]
    assert names
    assert len(set(names)) == len(names)


def test_the_settings_that_the_page_names_exist():
    known = {conf.PREFIX + name.upper() for name in conf.Settings.__dataclass_fields__}
    assert set(re.findall(r"WEBSOCKET_[A-Z_]+", PAGE)) <= known


def test_the_names_that_the_page_imports_exist():
    lines = re.findall(r"^ *from (\S+) import (\w+)", PAGE, re.MULTILINE)
    assert lines
    for module, name in lines:
        assert hasattr(importlib.import_module(module), name)


def test_the_readme_leads_to_the_page():
    assert "](MIGRATING.md)" in README
