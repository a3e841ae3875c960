"""Where servers of the table can be started by tests: under our own interpreter, or in an environment made for it.

Most servers are among the tests' own dependencies. Installing the others takes minutes and a C compiler, so they
are started only where `WSCONFORM_EVERY_SERVER` is set.
"""

import os
import platform
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import pytest

from conformance.tests.support.stand_ins import our_environment
from wsconform.environments.cache import Environment, make_environment
from wsconform.errors import BuildError, PythonMissingError
from wsconform.servers import SERVERS, Server
from wsconform.targets import find_target

_EVERY = "WSCONFORM_EVERY_SERVER"
# Those that need another version or another Python than the others, and one that does not build everywhere.
_APART = ("gunicorn-eventlet", "pyuwsgi", "bjoern", "uwsgi-ugreen")


def each(servers: Iterable[Server]) -> pytest.MarkDecorator:
    """Return the mark that gives a test each server by name, and the reason if it cannot be started here."""
    return pytest.mark.parametrize("name", [pytest.param(server.name, marks=_marks(server)) for server in servers])


def environment_of(server: Server) -> Environment:
    """Return an environment with the reference and this server, our own if that will do."""
    if _is_here(server):
        return replace(our_environment(), versions={"python": platform.python_version()})
    try:
        return _environment_with(tuple(mate.name for mate in _mates(server)))
    except PythonMissingError as error:
        pytest.skip(str(error))
    except BuildError as error:
        if "ev.h" in str(error):
            pytest.skip(f"{server.name} needs the headers of libev, and they are not on this machine")
        raise


@cache
def _environment_with(names: tuple[str, ...]) -> Environment:
    return make_environment(find_target("reference"), [SERVERS[name] for name in names], report=print)


def _marks(server: Server) -> tuple[pytest.MarkDecorator, ...]:
    if _is_here(server):
        return ()
    if _EVERY not in os.environ:
        return (pytest.mark.skip(reason=f"it would have to be installed: set {_EVERY} for that"),)
    return (pytest.mark.timeout(600),)


def _is_here(server: Server) -> bool:
    if not f"{platform.python_version()}.".startswith(f"{server.python}." if server.python else ""):
        return False
    try:
        return bool([version(name) for name in server.versions_of]) or not server.requires
    except PackageNotFoundError:
        return False


def _mates(server: Server) -> list[Server]:
    """Return the servers that can be installed together with this one: few environments hold all."""
    start = next((start for start in _APART if server.name.startswith(start)), "")
    alike = [other for other in SERVERS.values() if other.python in ("", server.python)]
    if start:
        return [other for other in alike if other.name.startswith(start)]
    return [other for other in alike if not other.name.startswith(_APART)]
