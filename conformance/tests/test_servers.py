"""The servers are valid values, found by name, and described without installing anything."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from wsconform.errors import SetupError, UnknownNameError
from wsconform.servers import GROUPS, SERVERS, WORDS, Server, find_server, find_servers
from wsconform.servers.table import TABLE

PLACES = {
    "python": "/env/bin/python",
    "host": "127.0.0.1",
    "port": 8123,
    "site": "/site",
    "certificate": "/tls/certificate.pem",
    "key": "/tls/key.pem",
}
EVERY_SERVER = pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)
ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", SERVERS)
def test_server_is_found_by_its_name(name):
    assert find_server(name).name == name


@EVERY_SERVER
def test_requirements_are_pinned_and_their_versions_recorded(server):
    for requirement in server.requires:
        distribution, version = re.fullmatch(r"([\w.-]+)(?:\[.*\])?==([\d.]+(?:post\d+)?)", requirement).groups()
        assert distribution in server.versions_of
        assert version


@EVERY_SERVER
def test_command_runs_in_the_environment_and_has_host_and_port(server):
    command = server.command(**PLACES)
    assert command[0] in {"/env/bin/python", "uwsgi"}
    assert "127.0.0.1" in " ".join(command)
    assert "8123" in " ".join(command)
    assert not re.search(r"[{}]", " ".join(command))


@EVERY_SERVER
def test_command_has_certificate_and_key_exactly_with_tls(server):
    command = " ".join(server.command(**PLACES))
    speaks = server.scheme == "wss"
    assert ("/tls/certificate.pem" in command, "/tls/key.pem" in command) == (speaks, speaks)


@EVERY_SERVER
def test_variant_over_tls_differs_only_in_tls(server):
    if server.name.endswith("+tls"):
        plain = find_server(server.name.removesuffix("+tls"))
        same = (
            "requires",
            "python",
            "concurrency",
            "settings",
            "versions_of",
            "closes_gracefully",
            "unsupported",
        )
        assert [getattr(server, name) for name in same] == [getattr(plain, name) for name in same]
        assert server == plain.over_tls()
    else:
        assert bool(server.tls) == (f"{server.name}+tls" in SERVERS)


@EVERY_SERVER
def test_texts_for_readers_are_there(server):
    assert server.summary
    assert not server.summary.endswith(".")
    json.dumps(dict(server.settings))


def test_servers_with_the_same_requirements_record_the_same_versions():
    recorded = {}
    for server in SERVERS.values():
        assert recorded.setdefault(server.requires, server.versions_of) == server.versions_of


def test_pool_has_more_threads_than_connections():
    server = find_server("gunicorn-gthread")
    command = server.command(**PLACES)
    threads = int(command[command.index("--threads") + 1])
    assert threads > server.concurrency + 1


def test_nearest_names_are_offered():
    with pytest.raises(UnknownNameError, match=r"'gunicorn-gtread'; did you mean gunicorn-gthread"):
        find_server("gunicorn-gtread")


def test_all_names_are_offered_when_none_is_near():
    with pytest.raises(SetupError, match="there are bjoern, cheroot, cheroot"):
        find_server("zzz")


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["wsgiref"], ["wsgiref"]),
        (["wsgiref", "runserver", "wsgiref"], ["runserver", "wsgiref"]),
        (["gevent"], ["gevent"]),
        (["gunicorn-gevent"], ["gunicorn-gevent"]),
        (["gunicorn-s*"], ["gunicorn-sync", "gunicorn-sync+tls"]),
        (["che*", "cheroot"], ["cheroot", "cheroot+tls"]),
        (["uwsgi-r*+tls"], ["uwsgi-router-threads+tls", "uwsgi-router-gevent+tls"]),
        (["pyuwsgi-router"], ["pyuwsgi-router-threads", "pyuwsgi-router-gevent"]),
        ([], []),
    ],
)
def test_servers_are_found_by_name_group_and_pattern_in_the_order_of_the_table(texts, found):
    assert [server.name for server in find_servers(texts)] == found


@pytest.mark.parametrize("group", GROUPS)
def test_group_is_every_name_with_its_prefix(group):
    assert find_servers([group]) == [server for name, server in SERVERS.items() if name.startswith(f"{group}-")]


def test_group_is_not_a_name_and_has_several_members():
    assert "gunicorn" in GROUPS
    assert not {*GROUPS, *WORDS} & {*SERVERS}
    assert all(len(find_servers([group])) > 1 for group in GROUPS)


def test_words_select_servers():
    assert find_servers(["all"]) == list(SERVERS.values())
    assert find_servers(["supported"]) == [server for server in SERVERS.values() if not server.unsupported]
    assert 0 < len(find_servers(["supported"])) < len(SERVERS)
    encrypted = {name for name in SERVERS if name.endswith("+tls")} | {"uwsgi-https-socket"}
    assert {server.name for server in find_servers(["tls"])} == encrypted
    assert find_servers(["plain", "tls"]) == list(SERVERS.values())
    assert len(find_servers(["plain"])) + len(find_servers(["tls"])) == len(SERVERS)


@pytest.mark.parametrize(
    ("text", "offered"),
    [("gunicon", "gunicorn"), ("suported", "supported"), ("cherot+tls", r"cheroot\+tls"), ("uwsgy-*", "uwsgi")],
)
def test_nearest_names_groups_and_words_are_offered(text, offered):
    with pytest.raises(UnknownNameError, match=rf"no server is called '{re.escape(text)}'; did you mean .*{offered}"):
        find_servers(["runserver", text])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": "Has Blanks"}, "a server's name"),
        ({"argv": ("x", "{prot}")}, "no placeholder is called 'prot'"),
        ({"plain": ("{prot}",)}, "no placeholder is called 'prot'"),
        ({"tls": ("{prot}",)}, "no placeholder is called 'prot'"),
        ({"concurrency": 0}, "at least one connection"),
        ({"scheme": "https"}, "ws or wss, not 'https'"),
        ({"python": "3"}, "written like 3.10, not '3'"),
        ({"name": "x+ssl"}, "a server's name"),
    ],
)
def test_invalid_server_is_refused(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        Server(**{"name": "x", "summary": "", "argv": ("x",), **change})


def test_readme_agrees_with_the_table():
    readme = (ROOT / "wsconform" / "servers" / "README.md").read_text()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in readme.splitlines() if line.startswith("| `")]
    documented = {}
    for names, holds, tls, _ in rows:
        capacities = holds.split(", ")
        for name, capacity in zip(names.split(", "), capacities, strict=True):
            documented[name.strip("`")] = (int(capacity), tls == "yes")
    assert documented == {s.name: (s.concurrency, bool(s.tls)) for s in TABLE if not s.unsupported}
    assert all(f"`{server.name}`" in readme for server in TABLE)


def test_server_without_tls_has_no_variant_over_tls():
    with pytest.raises(ValueError, match="wsgiref has no variant over TLS"):
        find_server("wsgiref").over_tls()


@pytest.mark.parametrize(("module", "others"), [("servers", set()), ("targets", {"packaging"})])
def test_servers_and_targets_import_only_the_standard_library_and_packaging(module, others):
    """So they are listed and completed fast."""
    program = (
        f"import sys; known = set(sys.modules); import wsconform.{module};"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - known})"
    )
    printed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(printed.stdout.split()) - set(sys.stdlib_module_names) == {"wsconform"} | others


def test_common_servers_are_of_the_table_and_come_from_wheels():
    common = find_servers(["common"])
    assert [server.name for server in common] == [
        "runserver",
        "gunicorn-gthread",
        "gevent",
        "eventlet",
        "pyuwsgi-threads",
    ]
    assert not any(server.unsupported or server.python for server in common)
    assert not any(requirement.startswith("uwsgi==") for server in common for requirement in server.requires)
