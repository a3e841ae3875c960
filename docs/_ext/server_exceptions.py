"""The cases that no library can pass on a server, from the baseline that comes with the suite.

The directive is ``server-exceptions``, without arguments.
"""

from __future__ import annotations

from collections import defaultdict

from case_catalogue import reference
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from text_nodes import paragraph

from wsconform.cases import CATALOGUE
from wsconform.matrix.known_failures import facts_of_servers
from wsconform.selection import select
from wsconform.servers import SERVERS
from wsreport.baseline.entries import Entry
from wsreport.patterns import matcher

__all__ = ["setup"]


class ServerExceptions(SphinxDirective):
    """A section for each group of servers with the same exceptions."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        by_line = {entry.line: entry for entry in facts_of_servers().entries}
        return [_section(names, [by_line[line] for line in lines]) for lines, names in grouped().items() if lines]


def grouped() -> dict[tuple[int, ...], list[str]]:
    """Return the servers by the lines of their exceptions.

    Raises:
        ExtensionError: an exception is about no server.
    """
    entries = facts_of_servers().entries
    found: dict[tuple[int, ...], list[str]] = defaultdict(list)
    names = [server.name for server in SERVERS.values() if not server.unsupported and "+" not in server.name]
    for name in names:
        found[tuple(entry.line for entry in entries if applies(entry, name))].append(name)
    if unused := {entry.line for entry in entries}.difference(*found):
        raise ExtensionError(f"servers/baseline.toml: the entries in lines {sorted(unused)} are about no server")
    return found


def applies(entry: Entry, server: str) -> bool:
    """Whether an exception is about a server."""
    return any(matcher(pattern).fullmatch(f"any/{server}") for pattern in entry.cells)


def _section(names: list[str], entries: list[Entry]) -> nodes.section:
    listed = nodes.definition_list()
    for entry in entries:
        versions = ", ".join(f"{name} {wanted}" for name, wanted in entry.versions.items())
        why = entry.why + (f" (only {versions})" if versions else "")
        listed += nodes.definition_list_item("", nodes.term("", why), nodes.definition("", _cases(entry)))
    section = nodes.section(ids=[f"server-{names[0]}"])
    section += [nodes.title("", ", ".join(names)), listed]
    return section


def _cases(entry: Entry) -> nodes.paragraph:
    node = paragraph("Cases: ")
    for number, case in enumerate(select(CATALOGUE, entry.cases)):
        node += [nodes.Text(", ")] if number else []
        node += reference(case.id, "case", case.id)
    return node


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("server-exceptions", ServerExceptions)
    return {"parallel_read_safe": True}
