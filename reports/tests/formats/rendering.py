"""Render Markdown as a browser would show it, to see what became of a text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

#: What the post-processors of GitHub look for in the text of a page, outside of code.
REFERENCES = re.compile(r"@\w|#\w|\bGH-\d|://|\bwww\.", re.IGNORECASE)


class Rendered(HTMLParser):
    """The tags, attributes and text of rendered Markdown; text outside of `<code>` apart."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text, self.prose, self._code = "", "", 0
        self.html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self._code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.text += data
        if not self._code:
            self.prose += data

    @property
    def links(self) -> set[str | None]:
        """Where the links lead."""
        return {value for _, name, value in self.attributes if name == "href"}
