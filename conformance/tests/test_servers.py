"""The servers are sound values, and describing one needs nothing installed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.servers import SERVERS, Server, find_server
from conformance.servers.errors import SetupError, UnknownNameError

PLACES = {"python": "/env/bin/python", "host": "127.0.0.1", "port": 8123, "site": "/site"}
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_is_found_by_its_own_name(name):
    assert find_server(name).name == name


@pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)
def test_what_a_server_requires_is_pinned_and_recorded(server):
    for requirement in server.requires:
        distribution, version = re.fullmatch(r"([\w.-]+)(?:\[.*\])?==([\d.]+)", requirement).groups()
        assert distribution in server.versions_of
        assert version


@pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)
def test_a_command_runs_in_the_environment_and_listens_where_it_is_told(server):
    command = server.command(**PLACES)
    assert command[0] == "/env/bin/python"
    assert "127.0.0.1" in " ".join(command)
    assert "8123" in " ".join(command)
    assert not re.search(r"[{}]", " ".join(command))


def test_a_pool_has_threads_for_every_connection_and_for_a_probe():
    server = find_server("gunicorn-gthread")
    command = server.command(**PLACES)
    threads = int(command[command.index("--threads") + 1])
    assert threads > server.concurrency + 1


def test_the_nearest_names_are_offered():
    with pytest.raises(UnknownNameError, match=r"'gunicorn-gtread'; did you mean gunicorn-gthread"):
        find_server("gunicorn-gtread")


def test_all_names_are_offered_when_none_is_near():
    with pytest.raises(SetupError, match="there are gevent, gunicorn-gthread, runserver"):
        find_server("zzz")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": "Has Blanks"}, "a server's name"),
        ({"argv": ("x", "{prot}")}, "no placeholder is called 'prot'"),
        ({"concurrency": 0}, "at least one connection"),
    ],
)
def test_a_server_that_cannot_be_right_cannot_be_made(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        Server(**{"name": "x", "summary": "", "argv": ("x",), **change})


def test_describing_servers_and_targets_needs_the_standard_library_only():
    """They are listed and completed without paying for what runs them, and are free of the rest of the suite."""
    program = (
        "import sys; known = set(sys.modules); import conformance.servers, conformance.targets;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - known})"
    )
    printed = subprocess.run(
        [sys.executable, "-S", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(printed.stdout.split()) - set(sys.stdlib_module_names) == {"conformance"}
