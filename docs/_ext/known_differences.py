"""Where our grades are known to differ from Autobahn's, from the table that `wsconform parity` reads.

The directive is ``known-differences``, without arguments.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from text_nodes import paragraph

from wsconform.oracle.known import KnownDifference, read_known

__all__ = ["setup"]


class KnownDifferences(SphinxDirective):
    """A definition for each known difference: the cases, the grades and the reason."""

    def run(self) -> list[nodes.Node]:
        """Return the list."""
        listed = nodes.definition_list()
        for difference in read_known():
            listed += nodes.definition_list_item("", *_parts(difference))
        return [listed]


def _parts(difference: KnownDifference) -> tuple[nodes.term, nodes.definition]:
    where = f" on {difference.peer}" if difference.peer else ""
    term = nodes.term("", f"Cases {', '.join(difference.cases)}{where}{', may occur' if difference.flaky else ''}")
    definition = nodes.definition("", paragraph(f"{difference.reason[:1].upper()}{difference.reason[1:]}."))
    if difference.ours and difference.theirs:
        ours, theirs = (" or ".join(f"`{pair}`" for pair in pairs) for pairs in (difference.ours, difference.theirs))
        definition += paragraph(f"Ours: {ours}. Autobahn's: {theirs}.")
    definition += paragraph(f"Found by: {difference.source}.", classes=("case-facts",))
    return term, definition


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("known-differences", KnownDifferences)
    return {"parallel_read_safe": True}
