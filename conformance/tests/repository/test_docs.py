"""The documentation tells the truth: its commands and programs run, and its tables are those of the code."""

from __future__ import annotations

import re
import shlex
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path

import click
import pytest
import websocket
from packaging.requirements import Requirement
from packaging.version import Version

from conformance.tests.support.pages import DJANGO, DOCS, ROOT, Block, Session, blocks_of, pages, session
from wsconform.cases import CATALOGUE, FAMILIES
from wsconform.cli import cli
from wsconform.errors import ExitCode
from wsconform.profile import PROFILES
from wsconform.pytest_plugin import _OPTIONS as PYTEST_OPTIONS
from wsconform.selection import select
from wsconform.servers import SERVERS, find_servers
from wsreport.formats import FORMATS

DEPLOY, FIRST_VIEW = "how-to/deploy.md", "start/django-view.md"
#: Pages that are run as a whole; what the others show is not meant to be run.
TO_RUN = [
    name
    for name in pages()
    if name.startswith(("start/", "how-to/", "reference/")) and name != DEPLOY and any(b.runs for b in blocks_of(name))
]
SLOW = [name for name in TO_RUN if any("slow" in block.classes for block in blocks_of(name))]
#: The server of the table that a command of the page starts.
SERVER_OF = {
    "manage.py runserver": "runserver",
    "-k gthread": "gunicorn-gthread",
    "-k gevent": "gunicorn-gevent",
    "-k eventlet": "gunicorn-eventlet",
    "serve_gevent.py": "gevent",
    "serve_eventlet.py": "eventlet",
    "uwsgi --module mysite.wsgi:application --master --die-on-term --need-app --threads": "pyuwsgi-threads",
    "uwsgi --module mysite.wsgi:application --master --die-on-term --need-app --gevent": "pyuwsgi-gevent",
}


# What can be run


def test_there_are_pages_to_run() -> None:
    """Else the other tests would have nothing to do."""
    assert {"start/two-commands.md", FIRST_VIEW, "how-to/test-a-url.md", "how-to/extend.md"} <= set(TO_RUN)


@pytest.mark.parametrize("page", TO_RUN)
def test_the_blocks_of_a_page_run(page: str, tmp_path: Path) -> None:
    with session(tmp_path, page) as running:
        for block in blocks_of(page):
            if block.runs and "slow" not in block.classes:
                running.run(block)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", SLOW)
def test_all_blocks_of_a_page_run(page: str, tmp_path: Path) -> None:
    with session(tmp_path, page) as running:
        for block in blocks_of(page):
            if block.runs:
                running.run(block)


def _comparable(output: str) -> list[str]:
    """The lines that do not depend on time, port or masking keys."""
    names = "1.", "severity", "seen", "clause", "example", "look", "again"
    words = (re.sub(r"127\.0\.0\.1:\d+", "ADDRESS", line).split() for line in output.splitlines())
    return [" ".join(line) for line in words if line and line[0] in names]


def test_the_finding_that_is_shown_is_the_one_that_comes(tmp_path: Path) -> None:
    """If this fails, put the output that came into the page."""
    page = "start/two-commands.md"
    with session(tmp_path, page) as running:
        came = [running.run(block) for block in blocks_of(page) if block.runs]
    [shown] = [block.text for block in blocks_of(page) if block.text.startswith("1. ")]
    assert _comparable(shown) == _comparable(came[-1])
    assert len(_comparable(shown)) > 4


# Deployment


def deployments() -> list[tuple[Block, list[Block]]]:
    """Each server's command, with the file that it runs if there is one."""
    blocks = [block for block in blocks_of(DEPLOY) if block.runs]
    return [
        (block, [before] if before is not None and before.caption else [])
        for before, block in pairwise([None, *blocks])
        if block is not None and "server" in block.classes
    ]


def server_of(block: Block) -> str:
    """The server of the table that a command starts."""
    [name] = [name for text, name in SERVER_OF.items() if text in block.text]
    return name


def missing_for(block: Block) -> str:
    """What the server of a command needs and this environment lacks: a package, or its major version."""
    for requirement in map(Requirement, SERVERS[server_of(block)].requires):
        try:
            installed = Version(version(requirement.name))
        except PackageNotFoundError:
            return requirement.name
        [pin] = requirement.specifier
        if Version(pin.version).major != installed.major:
            return f"{requirement.name} {Version(pin.version).major}"
    return ""


DEPLOYMENTS = [pytest.param(*found, id=server_of(found[0])) for found in deployments()]


@pytest.mark.slow
@pytest.mark.parametrize(("block", "files"), DEPLOYMENTS)
def test_a_view_answers_behind_the_server(block: Block, files: list[Block], tmp_path: Path) -> None:
    if missing := missing_for(block):
        pytest.skip(f"{missing} is not installed in this environment")
    with session(tmp_path, DEPLOY) as running:
        _make_project(running)
        for each in (*files, block):
            running.run(each)
        client = websocket.create_connection(f"ws://127.0.0.1:{running.ports[DJANGO]}/echo", timeout=60)
        client.send("hello")
        assert client.recv() == "hello"
        client.close()


def _make_project(running: Session) -> None:
    """Do what the page of the first view does, until its files are written."""
    for block in blocks_of(FIRST_VIEW):
        if block.caption or "startproject" in block.text:
            running.run(block)


@pytest.mark.parametrize(("block", "files"), DEPLOYMENTS)
def test_its_command_has_only_options_that_the_matrix_plays(block: Block, files: list[Block]) -> None:
    played = SERVERS[server_of(block)]
    options = [part for part in shlex.split(block.text) if part.startswith("-")]
    assert [option for option in options if option not in (*played.argv, *played.plain)] == []


# Command lines


def command_lines() -> list[tuple[str, str]]:
    """Each page with each command line of the suite that is shown on it, whether it is run or not."""
    shown = [(page, block) for page in pages() for block in blocks_of(page) if block.language in ("sh", "console")]
    lines = ((page, line.removeprefix("$ ")) for page, block in shown for line in block.text.splitlines())
    return [
        (page, line) for page, line in lines if line.startswith(("wsconform ", ".venv/bin/wsconform ", "./ci/conform"))
    ]


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_a_command_line_is_right(page: str, line: str) -> None:
    program, *words = shlex.split(line, comments=True)
    name, *arguments = ("matrix", *words) if program == "./ci/conform" else words
    context = click.Context(cli)
    command = cli.get_command(context, name)
    assert command is not None
    options, _others, _order = command.make_parser(click.Context(command)).parse_args(args=arguments)
    assert select(CATALOGUE, options.get("cases") or ())
    assert select(CATALOGUE, (), options.get("exclude") or ())
    assert options.get("profile") in (None, *PROFILES)
    known = [name for name in options.get("servers") or () if name != "meinheld"]  # the example of a new server
    assert find_servers(known) or not known


def test_the_options_of_pytest_exist() -> None:
    shown = {name for page in pages() for name in re.findall(r"--wsconform-(\w+)", (DOCS / page).read_text("utf-8"))}
    assert shown
    assert shown <= set(PYTEST_OPTIONS)


# Tables


def _first_column(page: str, heading: str) -> list[str]:
    text = (DOCS / page).read_text("utf-8").partition(f"| {heading} |")[2].partition("\n\n")[0]
    return [row.strip(" `") for row in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)]


def test_the_page_of_exit_codes_has_all() -> None:
    assert _first_column("reference/exit-codes.md", "code") == [str(int(code)) for code in ExitCode]


def test_the_page_of_profiles_has_all() -> None:
    text = (DOCS / "reference" / "profiles.md").read_text("utf-8")
    assert re.findall(r"^`(\w+)`\n: ", text, re.MULTILINE) == list(PROFILES)


def test_the_list_of_families_is_complete() -> None:
    """The pages of the families are made; the table of contents that names them is not."""
    text = (DOCS / "reference" / "cases.md").read_text("utf-8")
    assert re.findall(r"^cases/(\w+)$", text, re.MULTILINE) == list(FAMILIES)


@pytest.mark.parametrize("page", [DOCS / "index.md", ROOT / "README.md"], ids=["index", "readme"])
def test_the_number_of_cases_is_right(page: Path) -> None:
    assert f"about {round(len(CATALOGUE), -1):,} cases" in page.read_text("utf-8").replace("\n", " ")


def test_the_page_about_the_gate_has_all_formats() -> None:
    table = (DOCS / "how-to" / "gate.md").read_text("utf-8").partition("## Reports for other tools")[2]
    assert re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE))) == list(FORMATS)


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = re.findall(
        r"^((?:start|how-to|reference|explanation)/[\w-]+)$", (DOCS / "index.md").read_text(), re.MULTILINE
    )
    assert sorted(f"{name}.md" for name in listed) == [page for page in pages() if page != "index.md"]
