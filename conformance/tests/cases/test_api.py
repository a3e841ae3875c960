"""The catalogue of the API contract: whole, well-formed, with a view for each conversation."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from wsconform.cases import API_CLAUSES
from wsconform.contract.describe import describe_clause
from wsconform.contract.kind import info
from wsconform.contract.model import ApiClause, Basis, Document
from wsconform.contract.sites import SITES
from wsconform.launching.launch import SITE
from wsconform.script import steps
from wsconform.servers import SERVERS
from wsconform.targets import REFERENCE

ROOT = Path(__file__).parents[3]
USAGE = ROOT / "docs" / "reference" / "usage.md"
TITLES = Path(__file__).parents[1] / "data" / "api_titles.txt"
EVERY = pytest.mark.parametrize("clause", API_CLAUSES.values(), ids=API_CLAUSES)
#: What the READMEs of dwebsocket and django-websocket have in common.
HEADINGS = {
    *("Usage", "request.is_websocket()", "request.websocket", "Error handling", "Examples", "WebSocket.send(message)"),
    *(f"WebSocket.{name}()" for name in ("wait", "read", "count_messages", "has_messages", "__iter__")),
}


def bases(document: Document) -> Iterator[Basis]:
    return (basis for clause in API_CLAUSES.values() for basis in clause.bases if basis.document is document)


def paths(clause: ApiClause) -> set[str]:
    inner = (step.step if isinstance(step, steps.On) else step for step in clause.steps)
    return {step.path.partition("?")[0] for step in inner if isinstance(step, steps.Request)}


@cache
def routes() -> tuple[str, ...]:
    """What the site answers to, as the site says itself."""
    program = """
import json, django
django.setup()
from wsconform_site.urls import urlpatterns
print(json.dumps([pattern.pattern.regex.pattern for pattern in urlpatterns]))
"""
    environment = {
        **os.environ,
        "PYTHONPATH": str(SITE),
        "DJANGO_SETTINGS_MODULE": "wsconform_site.settings",
        "WSCONFORM_SCRATCH": "",
        "WSCONFORM_SETTINGS": json.dumps(dict(SITES["decorators"].settings)),
    }
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return tuple(json.loads(done.stdout))


def test_ids_and_titles_are_pinned() -> None:
    """Reports name them; numbers follow from the order in which clauses are written."""
    pinned = dict(line.split(" ", 1) for line in TITLES.read_text("utf-8").splitlines())
    assert {id_: clause.title for id_, clause in API_CLAUSES.items()} == pinned


def test_sentences_are_unique() -> None:
    titles = [clause.title for clause in API_CLAUSES.values()]
    assert sorted(titles) == sorted(set(titles))


@EVERY
def test_a_clause_is_a_sentence_and_a_conversation(clause: ApiClause) -> None:
    assert re.fullmatch(r"[A-Z`@_a-z].*\.", clause.title)
    assert clause.site in SITES
    assert any(not steps.is_action(step) for step in clause.steps)
    assert not (clause.slow and clause.silent), "what others print would be held against it"


@EVERY
def test_every_view_that_is_asked_for_is_there(clause: ApiClause) -> None:
    """But for the one that clauses want to be missing."""
    requested = paths(clause) - {"/a/there-is-no-such-view"}
    assert [path for path in requested if not any(re.match(route, path[1:]) for route in routes())] == []


@EVERY
def test_a_clause_can_be_described(clause: ApiClause) -> None:
    assert clause.title in describe_clause(clause)[0]
    line = info(clause)
    assert line.expects
    assert line.clauses


@EVERY
def test_a_server_of_the_matrix_holds_its_connections(clause: ApiClause) -> None:
    assert clause.needs <= max(server.concurrency for server in SERVERS.values())


def section(heading: str) -> set[str]:
    """The first column of the table below a heading of `docs/reference/usage.md`."""
    text = USAGE.read_text("utf-8").partition(f"# {heading}\n")[2].partition("\n#")[0]
    return set(re.findall(r"^\| ([^|]+?) \| (?!(?:programs|the reference|what it))", text, re.MULTILINE)) - {"---"}


@pytest.mark.parametrize(
    ("document", "heading"),
    [
        (Document.WILD, "How public projects use dwebsocket"),
        (Document.RULING, "Rulings"),
        (Document.HOWTO, "The how-to for dwebsocket2"),
    ],
)
def test_what_clauses_cite_of_usage_is_written_there(document: Document, heading: str) -> None:
    cited = {basis.place.removeprefix("row ") for basis in bases(document)}
    assert cited
    assert cited <= section(heading)


def test_every_row_of_usage_has_a_clause() -> None:
    cited = {basis.place for document in (Document.WILD, Document.RULING) for basis in bases(document)}
    assert cited == {f"row {number}" for number in section("How public projects use dwebsocket")}


@pytest.mark.parametrize("document", Document)
def test_a_document_has_an_address_that_can_be_opened(document: Document) -> None:
    path, _, anchor = document.address.partition("#")
    if path.startswith("https://"):
        return
    text = (ROOT / path).read_text("utf-8")
    assert anchor in {
        "",
        *(heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)),
    }


def test_the_address_of_a_document_is_shown() -> None:
    lines = describe_clause(API_CLAUSES["A.4.1"])
    assert lines[-1] == "  implied: How public projects use dwebsocket, row 4 (docs/reference/usage.md)"


@pytest.mark.parametrize("document", [Document.DWEBSOCKET, Document.DJANGO_WEBSOCKET])
def test_every_heading_of_the_readmes_has_a_clause(document: Document) -> None:
    assert {basis.place for basis in bases(document)} >= HEADINGS


@pytest.mark.parametrize("document", [Document.TUTORIAL, Document.HOWTO])
def test_the_guides_have_clauses(document: Document) -> None:
    assert list(bases(document))


def test_every_site_is_played() -> None:
    assert {clause.site for clause in API_CLAUSES.values()} == set(SITES)


def test_clauses_cited_by_the_migration_guide_exist() -> None:
    told = re.findall(r"\bA\.\d+\.\d+", (REFERENCE / "MIGRATING.md").read_text("utf-8"))
    assert len(set(told)) > 50
    assert set(told) <= set(API_CLAUSES)
