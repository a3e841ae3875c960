"""The README is complete, and what it shows works."""

import re
import threading
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.http import HttpResponse

import dwebsocket
from dwebsocket.conf import PREFIX, Settings
from dwebsocket.websocket import WebSocket
from tests.support.helpers import CLOSE, LIMIT, close_payload

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def section(title):
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_list_of_settings_is_complete_and_sorted():
    listed = re.findall(r"^\| `(WEBSOCKET_\w+)`", section("Settings"), re.MULTILINE)
    assert listed == sorted(PREFIX + field.name.upper() for field in fields(Settings))


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_the_defaults_are_as_listed(field):
    [listed] = re.findall(rf"^\| `{PREFIX}{field.name.upper()}` \| `(.*?)` \|", section("Settings"), re.MULTILINE)
    default = field.default
    assert eval(listed) == (list(default) if isinstance(default, tuple) else default)


def test_the_list_of_methods_is_complete():
    rows = re.findall(r"^\|(.*?)\|", section("`request.websocket`"), re.MULTILINE)
    listed = set(re.findall(r"`(\w+)(?:\(.*?\))?`", "".join(rows)))
    public = {name for name in vars(WebSocket) if not name.startswith("_")} | {"subprotocol"}
    assert listed == public


def example(name, **names):
    """Run the block that defines a view, and return the view."""
    [block] = [block for block in BLOCKS if f"def {name}(" in block]
    names.update(vars(dwebsocket), HttpResponse=HttpResponse)
    exec(block, names)
    return names[name]


def test_the_first_example_works(talk):
    client = talk(example("echo")).client
    client.send("as written")
    assert client.message() == "as written"


def test_the_example_for_both_kinds_of_requests_works(talk):
    view = example("lower_case")
    client = talk(view).client
    client.send("LOW")
    assert client.message() == "low"
    client.close()
    assert client.rest() == [(CLOSE, close_payload())]
    assert talk.request(view, headers={"Host": "testserver"}, target="/?message=LOW").finished().body == b"low"


def test_the_example_that_only_sends_ends_when_the_client_leaves(talk, caplog):
    ticks = threading.Semaphore(1)
    time = SimpleNamespace(ctime=lambda: "now", sleep=lambda _: ticks.acquire(timeout=LIMIT))
    conversation = talk(example("clock", time=time))
    assert conversation.client.message() == "now"
    conversation.client.close()
    for _ in range(3):
        ticks.release()
    assert conversation.client.rest()[-1] == (CLOSE, close_payload())
    conversation.finished()
    assert caplog.records == []
