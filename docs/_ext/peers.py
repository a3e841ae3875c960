"""The peers of `wsconform peers` and their recorded deviations, from the data that the command reads.

The directives are ``peers`` and ``peer-deviations``, without arguments.
"""

from __future__ import annotations

from collections.abc import Iterable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from text_nodes import inline, link, paragraph

from wsconform.cases import CATALOGUE
from wsconform.peers import BASELINE, PEERS, Peer
from wsreport.baseline.entries import Entry, read

__all__ = ["setup"]

COLUMNS = "name", "implementation", "language", "packages", "compression", "licence", "failing cases"


class Peers(SphinxDirective):
    """A table of all peers."""

    def run(self) -> list[nodes.Node]:
        """Return the table; a run passes only if the numbers of failing cases are right."""
        entries = read(BASELINE).entries
        group = nodes.tgroup(cols=len(COLUMNS))
        group += [nodes.colspec(colwidth=1) for _ in COLUMNS]
        group += nodes.thead("", _row([nodes.Text(column)] for column in COLUMNS))
        group += nodes.tbody("", *(_row(_cells(peer, entries)) for peer in PEERS.values()))
        return [nodes.table("", group)]


class PeerDeviations(SphinxDirective):
    """The recorded deviations of each peer: the cases and the reason."""

    def run(self) -> list[nodes.Node]:
        """Return a definition for each peer."""
        entries = read(BASELINE).entries
        listed = nodes.definition_list()
        for peer in PEERS.values():
            own = [entry for entry in entries if peer.name in entry.cells]
            definition = nodes.definition("", _list(own) if own else paragraph("None."))
            listed += nodes.definition_list_item("", nodes.term("", peer.name), definition)
        return [listed]


def _cells(peer: Peer, entries: Iterable[Entry]) -> Iterable[Iterable[nodes.Node]]:
    yield [nodes.literal("", peer.name)]
    yield [link(peer.summary, peer.homepage)]
    yield inline(peer.language)
    yield inline(", ".join(map(str, peer.packages)))
    yield inline(peer.compression)
    yield inline(peer.licence)
    own = [entry for entry in entries if peer.name in entry.cells]
    yield inline(str(sum(any(entry.is_for_case(case) for entry in own) for case in CATALOGUE)))


def _row(cells: Iterable[Iterable[nodes.Node]]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


def _list(entries: Iterable[Entry]) -> nodes.bullet_list:
    return nodes.bullet_list("", *(nodes.list_item("", _deviation(entry)) for entry in entries))


def _deviation(entry: Entry) -> nodes.paragraph:
    text = paragraph(f"{', '.join(entry.cases)}: {entry.why}.")
    if entry.link:
        text += [nodes.Text(" "), link("Source", entry.link)]
    return text


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives."""
    app.add_directive("peers", Peers)
    app.add_directive("peer-deviations", PeerDeviations)
    return {"parallel_read_safe": True}
