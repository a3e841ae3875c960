"""What the suite notices of the crooked servers, from the file that `wsconform mutants` has written.

The directives are ``mutant-scores`` and ``mutants OUTCOME``, where OUTCOME is `survived` or `accused`, or the level
of a table of all servers: `MUST`, `SHOULD` or `MAY`.
"""

from __future__ import annotations

from collections.abc import Sequence

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from text_nodes import inline, paragraph

from wsconform.clauses import CLAUSES
from wsconform.crooked import MUTANTS
from wsconform.model import Level
from wsconform.mutants.document import published
from wsconform.mutants.score import KNOWN, Outcome
from wsconform.mutants.table import by_level, by_topic, named

__all__ = ["setup"]


class Scores(SphinxDirective):
    """A table of the tallies by level and by topic."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        scores = published()
        head = ("", *(f"`{score.profile}`" for score in scores))
        return [table([head, *by_level(MUTANTS, scores), *by_topic(MUTANTS, scores)])]


class Servers(SphinxDirective):
    """A list of crooked servers."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a definition for each server, or a sentence that there is none."""
        wanted = self.arguments[0]
        if wanted in Level.__members__:
            rows = [
                (one.name, one.topic, one.summary, one.clause) for one in MUTANTS.values() if one.level is Level[wanted]
            ]
            return [table([("name", "topic", "what it does", "requirement"), *rows])]
        found = list(named(Outcome(wanted), MUTANTS, published(), KNOWN))
        listed = nodes.definition_list()
        for crooked, profiles, reason in found:
            clause = CLAUSES[crooked.clause]
            term = nodes.term("", "", *inline(f"`{crooked.name}`, in {profiles}"))
            definition = nodes.definition("", paragraph(f"It {crooked.summary}. {reason}"))
            definition += paragraph(f"{clause.level}: {clause.text} ({clause.id})", classes=("case-facts",))
            listed += nodes.definition_list_item("", term, definition)
        return [listed] if found else [paragraph("None.")]


def table(rows: Sequence[Sequence[str]]) -> nodes.table:
    """Return a table whose first row is its head."""
    head, *body = rows
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", _row(head))
    group += nodes.tbody("", *(_row(row) for row in body))
    return nodes.table("", group)


def _row(cells: Sequence[str]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", paragraph(cell)) for cell in cells))


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives."""
    app.add_directive("mutant-scores", Scores)
    app.add_directive("mutants", Servers)
    return {"parallel_read_safe": True}
