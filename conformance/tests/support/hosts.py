"""Environments in which tests can start the servers of the table: the running interpreter's, or one made for them.

Most servers are dependencies of the tests. Installing the others takes minutes and a C compiler, so they are started
only if `WSCONFORM_EVERY_SERVER` is set. Tests with other servers than one of each kind are slow.
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
# One of each way to serve: a connection at a time, threads, greenlets, TLS.
_OF_EACH_KIND = ("wsgiref", "gunicorn-gthread", "gevent", "werkzeug+tls")
# Servers that need another version or another Python than the others, or do not build everywhere.
_APART = ("gunicorn-eventlet", "pyuwsgi", "bjoern", "uwsgi-ugreen")


def each(servers: Iterable[Server]) -> pytest.MarkDecorator:
    """Return a mark that runs a test with the name of each server.

    All but one of each kind are slow. Servers that are not installed here are skipped.
    """
    return pytest.mark.parametrize("name", [pytest.param(server.name, marks=_marks(server)) for server in servers])


def environment_of(server: Server) -> Environment:
    """Return an environment with the reference and this server: the running interpreter's if it has both."""
    if _is_here(server):
        return replace(our_environment(), versions={"python": platform.python_version()})
    try:
        return _environment_with(tuple(mate.name for mate in _mates(server)))
    except PythonMissingError as error:
        pytest.skip(str(error))
    except BuildError as error:
        if "ev.h" in str(error):
            pytest.skip(f"{server.name} needs the headers of libev, which are not on this machine")
        raise


@cache
def _environment_with(names: tuple[str, ...]) -> Environment:
    return make_environment(find_target("reference"), [SERVERS[name] for name in names], report=print)


def _marks(server: Server) -> tuple[pytest.MarkDecorator, ...]:
    slow = () if server.name in _OF_EACH_KIND else (pytest.mark.slow,)
    if _is_here(server):
        return slow
    if _EVERY not in os.environ:
        return (*slow, pytest.mark.skip(reason=f"it is not installed; set {_EVERY} to install it"))
    return (*slow, pytest.mark.timeout(600))


def _is_here(server: Server) -> bool:
    if not f"{platform.python_version()}.".startswith(f"{server.python}." if server.python else ""):
        return False
    try:
        return bool([version(name) for name in server.versions_of]) or not server.requires
    except PackageNotFoundError:
        return False


def _mates(server: Server) -> list[Server]:
    """Return the servers to install together with this one, so that few environments are made."""
    start = next((start for start in _APART if server.name.startswith(start)), "")
    alike = [other for other in SERVERS.values() if other.python in ("", server.python)]
    if start:
        return [other for other in alike if other.name.startswith(start)]
    return [other for other in alike if not other.name.startswith(_APART)]
