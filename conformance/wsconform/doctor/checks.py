"""The table of checks, derived from the tables of servers and targets. Add a check here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from packaging.utils import canonicalize_name

from wsconform.doctor import probes
from wsconform.doctor.findings import Check
from wsconform.servers import Server
from wsconform.targets import Target
from wsconform.targets.requirements import parse_requirement

__all__ = ["PYTHONS", "SOURCES", "Source", "checks"]

#: The Pythons to look for, for `--python`.
PYTHONS = tuple(f"3.{minor}" for minor in range(8, 15))

_DESCRIPTORS = 1024  # the usual limit, under which every case was tried
_PORTS = 32
_SPACE = 1024  # MiB: one target on every server


@dataclass(frozen=True, slots=True)
class Source:
    """A header file that the build of a distribution needs, since the package index has no wheel of it.

    Attributes:
        distribution: the distribution that is built.
        header: the header file.
        packages: the Debian packages that have it, and a compiler.
        of_python: whether each Python has its own.
        only_tls: whether only servers over TLS need it.
    """

    distribution: str
    header: str
    packages: str
    of_python: bool = False
    only_tls: bool = False


SOURCES = (
    Source("uwsgi", "Python.h", "build-essential python3-dev", of_python=True),
    Source("uwsgi", "openssl/ssl.h", "build-essential libssl-dev", only_tls=True),
    Source("bjoern", "ev.h", "build-essential libev-dev"),
)

_GENERAL = (
    Check(
        "uv",
        probes.uv,
        effect="environments are made with pip, which takes several times as long",
        remedy="pip install uv",
    ),
    Check(
        "git",
        partial(probes.program, "git"),
        effect="targets given as git:URL@COMMIT cannot be installed, and no commit is recorded",
        remedy="apt-get install git",
    ),
    Check(
        "package index",
        probes.index,
        effect="only environments that are in the cache can be used; set the index as for pip or uv",
    ),
    Check(
        "space for environments",
        partial(probes.cache, _SPACE),
        effect="targets and servers cannot be installed",
        remedy="export WSCONFORM_CACHE=DIRECTORY",
    ),
    Check(
        "ports of 127.0.0.1",
        partial(probes.ports, _PORTS),
        effect="no server can be started; is the loopback interface up?",
        remedy="ip link set lo up",
    ),
    Check(
        "open files and sockets",
        partial(probes.descriptors, _DESCRIPTORS),
        effect="cases with many connections may fail; lower --concurrency, or raise the limit",
        remedy=f"ulimit -n {_DESCRIPTORS}",
    ),
    Check(
        "Node.js and npm",
        partial(probes.program, "node", "npm"),
        effect="wsconform peers cannot install and test implementations in JavaScript",
        remedy="apt-get install nodejs npm",
    ),
    Check(
        "Python 2.7",
        probes.python2,
        effect="wsconform parity cannot run Autobahn's own tool, only compare with recorded grades",
        remedy="pyenv install 2.7.18",
    ),
    Check(
        "Chromium and its driver",
        partial(probes.program, "chromium", "chromedriver"),
        effect="./ci/test skips the tests of web pages; wsconform itself needs no browser",
        remedy="apt-get install chromium chromium-driver",
    ),
)


def checks(servers: Iterable[Server], targets: Iterable[Target]) -> list[Check]:
    """Return what to look for on a machine that is to test these targets on these servers."""
    chosen = list(servers)
    return [*_pythons(chosen), *_for_targets(targets), *_sources(chosen), *_GENERAL]


def _pythons(servers: list[Server]) -> Iterator[Check]:
    for minor in sorted({*PYTHONS, *(server.python for server in servers if server.python)}, key=_numbers):
        needing = tuple(server.name for server in servers if server.python == minor)
        yield Check(
            f"Python {minor}",
            partial(probes.python, minor),
            effect=f"--python {minor} cannot be used",
            remedy=f"uv python install {minor}",
            servers=needing,
        )


def _for_targets(targets: Iterable[Target]) -> Iterator[Check]:
    for target in targets:
        if target.python and not target.unsupported:
            yield Check(
                f"Python for {target.name}",
                partial(probes.python, *target.python),
                effect=f"the target {target.name} cannot be tested",
                remedy=f"uv python install {target.python[0]}",
            )


def _sources(servers: list[Server]) -> Iterator[Check]:
    for source in SOURCES:
        needing = [server for server in servers if _is_built(source, server)]
        for minor in dict.fromkeys(server.python if source.of_python else "" for server in needing):
            names = [server.name for server in needing if not source.of_python or server.python == minor]
            yield Check(
                f"{source.header} of Python {minor}" if minor else source.header,
                partial(probes.header, source.header, *([minor] if minor else [])),
                # A Python of uv's has its headers; Debian has those of its own Python alone.
                remedy=f"{f'uv python install {minor}; ' if minor else ''}apt-get install {source.packages}",
                servers=tuple(names),
            )


def _is_built(source: Source, server: Server) -> bool:
    required = {canonicalize_name(parse_requirement(text).name) for text in server.requires}
    return source.distribution in required and (not source.only_tls or server.scheme == "wss")


def _numbers(minor: str) -> tuple[int, ...]:
    return tuple(map(int, minor.split(".")))
