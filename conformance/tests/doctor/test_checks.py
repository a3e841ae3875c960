"""The checks follow from the tables of servers and targets."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from wsconform.doctor.checks import PYTHONS, SOURCES, Source, checks
from wsconform.doctor.findings import Check
from wsconform.servers import SERVERS, Server
from wsconform.targets import TARGETS, Target

PLAIN = Server("plain", "a test server", argv=("x",))
OLD = Server("old", "a test server", argv=("x",), python="3.7", requires=("uwsgi==2",))
TLS = Server("tls", "a test server", argv=("x",), scheme="wss", requires=("uWSGI==2",))


def named(servers: Sequence[Server], targets: Sequence[Target] = ()) -> dict[str, Check]:
    return {check.name: check for check in checks(servers, targets)}


def test_python_of_a_server_is_looked_for() -> None:
    found = named([PLAIN, OLD])
    assert [name for name in found if name.startswith("Python 3")] == ["Python 3.7", *(f"Python {m}" for m in PYTHONS)]
    assert found["Python 3.7"].servers == ("old",)
    assert found["Python 3.12"].servers == ()


def test_headers_of_each_python_are_looked_for() -> None:
    found = named([PLAIN, OLD, TLS])
    assert found["Python.h"].servers == ("tls",)
    assert found["Python.h of Python 3.7"].servers == ("old",)
    assert found["Python.h"].remedy == "apt-get install build-essential python3-dev"
    assert found["Python.h of Python 3.7"].remedy.startswith("uv python install 3.7; ")


def test_headers_for_tls_concern_servers_over_tls() -> None:
    assert named([PLAIN, OLD, TLS])["openssl/ssl.h"].servers == ("tls",)
    assert "openssl/ssl.h" not in named([PLAIN, OLD])


def test_nothing_is_built_for_servers_with_wheels() -> None:
    assert not any(name.endswith(".h") for name in named([PLAIN]))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.distribution}-{source.header}")
def test_every_source_is_needed_by_a_server(source: Source) -> None:
    found = named(list(SERVERS.values()))
    assert any(check.servers for name, check in found.items() if name.startswith(source.header))


def test_pythons_of_a_target_are_alternatives() -> None:
    target = Target("fork", "a test target", "fork==1", python=("9.9", "9.8"))
    check = named([], [target])["Python for fork"]
    assert "fork cannot be tested" in check.effect
    assert "9.9" in check.remedy


def test_target_that_cannot_be_tested_anyway_is_left_out() -> None:
    assert "Python for django-websocket-0.3.0" not in named([], list(TARGETS.values()))
    assert "Python for dwebsocket-0.5.12" in named([], list(TARGETS.values()))


def test_every_check_says_what_it_means() -> None:
    for check in checks(SERVERS.values(), TARGETS.values()):
        assert check.effect or check.servers, check.name
