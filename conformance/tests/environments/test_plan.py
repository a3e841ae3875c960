"""The digest of a plan depends on its content; its interpreter follows from requests, servers and target."""

from dataclasses import replace

import pytest

from conformance.tests.support.environments import RUNNING, SERVER, digest, write_python
from wsconform.environments.plan import Plan
from wsconform.environments.versions import OWN, Versions
from wsconform.errors import PythonMissingError
from wsconform.servers import Server
from wsconform.targets import Target


@pytest.mark.parametrize("change", ["content", "new file", "django", "package", "server", "versions"])
def test_digest_depends_on_the_content(target, change):
    before, servers, versions = digest(target, SERVER), [SERVER], OWN
    if change == "content":
        (target.requirement / "dwebsocket" / "decorators.py").write_text("# edited; the version is the same\n")
    elif change == "new file":
        (target.requirement / "dwebsocket" / "more.py").touch()
    elif change == "versions":
        versions = Versions(django="4.2")
    elif change == "server":
        servers.append(Server("other", "a test server", argv=("x",), requires=("gevent==26.9.0",)))
    else:
        target = replace(target, **{change: "another"})
    assert digest(target, *servers, versions=versions) != before


def test_digest_does_not_depend_on_names_settings_and_order(target):
    other = Server("other", "a test server", argv=("x",), requires=("gevent==26.9.0",))
    again = replace(target, name="again", settings={"WEBSOCKET_PING_INTERVAL": None})
    assert digest(target, SERVER, other) == digest(again, other, SERVER)


def plan(chosen="", target=(), *needs):
    servers = [Server(f"s{place}", "a test server", argv=("x",), python=need) for place, need in enumerate(needs)]
    return Plan.of(Target("t", "a test target", "r", python=target), servers, Versions(python=chosen))


@pytest.fixture
def pythons(empty_machine, tmp_path):
    """Three versions of Python."""
    for minor in ("9.9", "9.8", "9.7"):
        write_python(tmp_path / "first" / f"python{minor}", minor=minor)


@pytest.mark.parametrize(
    ("asked", "minor"),
    [
        (("9.9",), "9.9"),
        (("", ("9.8", "9.7")), "9.8"),
        (("9.9", ("9.8", "9.7")), "9.9"),
        (("", ("9.8",), "9.7"), "9.7"),
        (("", (), "9.7", "", "9.7"), "9.7"),
        (("9.7", (), "9.7"), "9.7"),
        ((), RUNNING),
    ],
)
def test_requested_python_precedes_the_servers_and_that_the_targets(pythons, asked, minor):
    assert plan(*asked).interpreter.minor == minor


def test_request_for_another_python_than_the_server_needs_is_an_error(pythons):
    with pytest.raises(PythonMissingError, match=r"s0 needs Python 9\.7, but 9\.9 is requested"):
        plan("9.9", (), "9.7")


def test_servers_that_need_different_pythons_cannot_share_an_environment(pythons):
    with pytest.raises(PythonMissingError, match=r"9\.7 and 9\.8"):
        plan("", (), "9.7", "9.8")


def test_digest_depends_on_the_interpreter(pythons):
    assert len({plan(minor).digest for minor in ("9.9", "9.8", "", RUNNING)}) == 3
