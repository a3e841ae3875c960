"""Texts for users are free of wording that readers stumble over.

The texts are titles and descriptions of cases, clauses, the help of all commands, string literals in the source, and
the templates of the report page. Docstrings and comments are not tested.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

import dwebsocket
import wsconform
import wsreport
from wsconform.cases import CATALOGUE
from wsconform.clauses import CLAUSES
from wsconform.cli import cli
from wsconform.kinds import kind_of

SUITE, REPORTS, REFERENCE = (Path(package.__file__).parent for package in (wsconform, wsreport, dwebsocket))
TEMPLATES = REPORTS / "templates"

#: Wording to avoid, with a sentence that has it.
PATTERNS = {
    r"\b(that|those) of\b": "The result is that of the last play.",
    r"\bis told\b": "A client that is told too much.",
    r"\b(whoever|nobody)\b": "An extension that nobody knows.",
    r"\bso many\b": "Return so many bytes.",
    r"\bfor ever\b": "It may wait for ever.",
    r"\bis no more\b": "The server is no more.",
    r"(?:^|[.:;] )(What|Whether) [^.?]*(?:\.|$)": "What does not pass is played again.",
    r",? \btoo(?=[.;)]|$)": "A view may do so, too.",
}
#: Wording to avoid except in code about the wire format, where a byte is an octet.
BYTES = {r"\boctets?\b": "A message of 125 octets."}
#: Folders with code about the wire format.
WIRE = "wsconform/wire", "dwebsocket/protocol"

Text = tuple[str, str]


def sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the string literals of a module that read like text: three words or more, and no docstring.

    A replacement field of an f-string is written as ``{}``.
    """
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)  # a docstring
        elif isinstance(node, ast.JoinedStr):
            skipped.update(node.values)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if len(re.findall(r"[A-Za-z]+", text)) >= 3 and " " in text:
            yield node.lineno, text


def literals(folder: Path, *modules: Path) -> Iterator[Text]:
    for path in modules:
        for line, text in sentences(ast.parse(path.read_text("utf-8"))):
            yield f"{path.relative_to(folder.parent)}:{line}", text


def described() -> Iterator[Text]:
    for id_, case in CATALOGUE.items():
        kind = kind_of(case)
        line = kind.info(case)
        parts = (line.title, line.closing, *line.sends, *line.expects, *kind.describe(case))
        yield from ((id_, part) for part in parts)


def helped() -> Iterator[Text]:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        yield name, command.help or ""
        yield from ((f"{name} --help", getattr(option, "help", None) or "") for option in command.params)


def on_the_page() -> Iterator[Text]:
    for path in sorted(TEMPLATES.iterdir()):
        if path.suffix != ".css":
            text = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", "\n", path.read_text("utf-8"), flags=re.DOTALL)
            yield from ((path.name, line.strip()) for line in text.splitlines())


def folders(package: Path) -> dict[str, Callable[[], Iterator[Text]]]:
    """The sources of a package: one for its own modules, one for each folder in it."""

    def texts(*modules: Path) -> Callable[[], Iterator[Text]]:
        return lambda: literals(package, *modules)

    found = {f"{package.name}/*.py": texts(*sorted(package.glob("*.py")))}
    for folder in sorted(package.iterdir()):
        if modules := sorted(folder.rglob("*.py")):
            found[f"{package.name}/{folder.name}"] = texts(*modules)
    return found


SOURCES = {
    "cases": described,
    "clauses": lambda: ((id_, clause.text) for id_, clause in CLAUSES.items()),
    "help": helped,
    "page": on_the_page,
    **folders(SUITE),
    **folders(REPORTS),
    **folders(REFERENCE),
}


@pytest.mark.parametrize("source", SOURCES)
def test_texts_for_users_avoid_wording_that_readers_stumble_over(source: str) -> None:
    patterns = PATTERNS if source in WIRE else {**PATTERNS, **BYTES}
    texts = list(SOURCES[source]())
    assert texts
    found = [
        f"{where}: {text!r} ({match[0]!r})"
        for where, text in texts
        for match in (re.search(pattern, text) for pattern in patterns)
        if match
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("pattern", "example"), [*PATTERNS.items(), *BYTES.items()])
def test_a_pattern_finds_its_example(pattern: str, example: str) -> None:
    assert re.search(pattern, example)


@pytest.mark.parametrize(
    "text",
    ["What does it cost? Nothing.", "The message is too long.", "Whether: pass or fail?", "The server sent 2 bytes."],
)
def test_right_wording_is_not_found(text: str) -> None:
    assert not any(re.search(pattern, text) for pattern in (*PATTERNS, *BYTES))


def test_literals_are_found_and_docstrings_are_not() -> None:
    source = (
        '"""The docstring of it."""\ndef f(x: int) -> str:\n    """Another one here."""\n    return f"a {x} is told"\n'
    )
    assert list(sentences(ast.parse(source))) == [(4, "a {} is told")]
