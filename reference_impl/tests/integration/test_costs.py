"""The README's table of what one client can cost is true: no server takes more than twice as much."""

import re
from contextlib import contextmanager
from dataclasses import replace
from os import pathsep
from pathlib import Path

import pytest

from benchmarks.attacks.attacked import SITE, Attacked
from benchmarks.attacks.costs import ROWS
from dwebsocket.conf import Settings
from tests.support.helpers import LIMIT
from tests.support.servers import PACKAGE, SERVERS, running

README = (PACKAGE / "README.md").read_text()
THREADS = "100"
FACTOR = 2
ROUNDS = 5

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="measured by the /proc of Linux")


def listed():
    """The numbers of each row of the table."""
    section = README.split("\n## What one client can cost\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| ([\d./ ]+) \|$", section, re.MULTILINE)
    return {label: tuple(float(number) for number in numbers.split(" / ")) for label, numbers in rows}


def test_the_table_has_the_rows_that_are_measured():
    assert list(listed()) == list(ROWS)


def gthread():
    server = SERVERS["gunicorn gthread"]
    return replace(server, argv=tuple(THREADS if part == "8" else part for part in server.argv))


@contextmanager
def attacked(server, log):
    with running(server, "attacked_wsgi", log, PYTHONPATH=pathsep.join(map(str, (PACKAGE, SITE)))) as connect:
        yield Attacked(connect.port, connect.process.pid, log, server.tls, Settings().max_message_size, LIMIT)


@pytest.mark.slow
@pytest.mark.parametrize("server", [gthread(), SERVERS["gevent.pywsgi"]], ids=["gunicorn gthread", "gevent.pywsgi"])
@pytest.mark.parametrize("label", ROWS)
def test_no_server_takes_more_than_twice_of_what_the_table_says(server, label, tmp_path):
    if missing := server.missing():
        pytest.skip(f"this server needs {missing}, which is not installed")
    told = listed()[label]
    with attacked(server, tmp_path / "log") as site:
        site.page("/health")
        measured = ROWS[label](site)
        # What else runs on the machine can only add to processor time, so the least of some rounds counts.
        for _ in range(ROUNDS if label.startswith("µs of processor time") else 0):
            if fits(measured, told):
                break
            measured = tuple(map(min, measured, ROWS[label](site)))
    assert fits(measured, told), (measured, told)


def fits(measured, told):
    return all(now <= FACTOR * most for now, most in zip(measured, told, strict=True))
