"""Links in files of the repository that pages include: they lead to this site instead of to files.

Pages include sections of the READMEs by their headings. Their links are right where they are written, on the
repository's own pages; here the same texts are spread over several pages.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

__all__ = ["setup"]

#: The page of this site that has a section of the reference's README, by the section's anchor.
README_SECTIONS = {
    "": "/reference/views.md",
    "requestwebsocket": "/reference/views.md#request-websocket",
    "slow-clients": "/reference/views.md#slow-clients",
    "testing-your-views": "/reference/test-client.md",
    "settings": "/reference/settings.md",
    "who-may-connect": "/reference/settings.md#who-may-connect",
    "what-one-client-can-cost": "/reference/settings.md#what-one-client-can-cost",
    "compression": "/reference/settings.md#compression",
    "servers": "/how-to/deploy.md",
    "when-a-server-is-stopped": "/how-to/deploy.md#when-a-server-is-stopped",
    "uwsgi": "/how-to/deploy.md#uwsgi",
}
#: Pages that are whole files.
FILES = {
    "MIGRATING.md": "/how-to/migrate.md",
    "examples/README.md": "/start/examples.md",
}
_LINK = re.compile(r"\]\((?!https?:|/)([^)#\s]*)(?:#([\w-]+))?\)")


def rewritten(text: str, source: str) -> str:
    """Return a text with its links leading to this site.

    Raises:
        ExtensionError: there is no page for a link.
    """

    def replace(found: re.Match[str]) -> str:
        path, anchor = found[1], found[2] or ""
        if path in FILES:
            return f"]({FILES[path]})"
        if path not in ("", "README.md") or anchor not in README_SECTIONS:
            raise ExtensionError(f"{source}: no page of the site has what {found[0][1:]} leads to; see {__file__}")
        return f"]({README_SECTIONS[anchor]})"

    return _LINK.sub(replace, text)


def rewrite_links(app: Sphinx, path: Path, docname: str, content: list[str]) -> None:
    """Take the event of an included file."""
    source = Path(app.srcdir, path).resolve()
    if source.is_relative_to(Path(app.srcdir).parent / "reference_impl"):
        content[0] = rewritten(content[0], source.name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Listen to inclusions."""
    app.connect("include-read", rewrite_links)
    return {"parallel_read_safe": True}
