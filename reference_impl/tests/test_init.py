"""The public names are those that are listed, and what is imported stays within its layer."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import dwebsocket

MODULES = [
    module.name
    for module in pkgutil.walk_packages(dwebsocket.__path__, "dwebsocket.")
    if not module.name.startswith("dwebsocket.protocol")
]
BACKENDS = [name for name in MODULES if name.startswith("dwebsocket.backends.")]


def test_the_package_exports_what_views_need():
    assert sorted(dwebsocket.__all__) == [
        "DWebSocketError",
        "ServerNotSupported",
        "WebSocketClosed",
        "accept_websocket",
        "require_websocket",
    ]


@pytest.mark.parametrize("name", MODULES)
def test_all_that_a_module_lists_exists(name):
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", [])
    assert [entry for entry in listed if not hasattr(module, entry)] == []
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_what_it_is_for(name):
    assert importlib.import_module(name).__doc__


def imports_of(name):
    module = importlib.import_module(name)
    for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
        if isinstance(node, ast.ImportFrom):
            package = module.__package__.split(".")[: len(module.__package__.split(".")) - node.level + 1]
            inside = [*package, node.module or ""] if node.level else [node.module]
            yield from (".".join([*inside, alias.name]) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("name", [name for name in MODULES if name not in BACKENDS])
def test_nobody_knows_a_backend_by_name(name):
    assert [
        imported for imported in imports_of(name) if "backends" in imported and not imported.startswith("django.")
    ] == []


@pytest.mark.parametrize(
    "name",
    ["dwebsocket.exchange", "dwebsocket.keepalive", "dwebsocket.transport", "dwebsocket.websocket"],
)
def test_the_api_knows_no_sockets(name):
    assert {"socket", "select", "ssl"} & {imported.partition(".")[0] for imported in imports_of(name)} == set()
