"""Text with `code` in backticks as docutils nodes."""

from __future__ import annotations

from collections.abc import Iterator

from docutils import nodes

__all__ = ["inline", "link", "paragraph"]


def inline(text: str) -> Iterator[nodes.Node]:
    """Yield the text as nodes; what is between two backticks is code."""
    for number, part in enumerate(text.split("`")):
        if part:
            yield nodes.literal(part, part) if number % 2 else nodes.Text(part)


def link(text: str, address: str) -> nodes.reference:
    """Return a link to another site."""
    return nodes.reference(text, text, refuri=address)


def paragraph(*children: nodes.Node | str, classes: tuple[str, ...] = ()) -> nodes.paragraph:
    """Return a paragraph of nodes and texts, whose characters are shown as they are."""
    node = nodes.paragraph(classes=list(classes), support_smartquotes=False)
    for child in children:
        node += [child] if isinstance(child, nodes.Node) else list(inline(child))
    return node
