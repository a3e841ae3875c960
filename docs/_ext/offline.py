"""Fails a build whose pages load anything from another host: they must work without a network."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

__all__ = ["setup"]

_LOADED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//[^>]*>"""
    r"""|<link\b[^>]*\brel=["'](?:stylesheet|preload|icon)["'][^>]*\bhref=["'](?:https?:)?//[^>]*>"""
)
_IMPORTED = re.compile(r"""(?:@import\s+|url\()\s*["']?(?:https?:)?//[^;)]*""")


def remote(text: str) -> list[str]:
    """Return what a page or a style sheet loads from another host."""
    return [found[0] for pattern in (_LOADED, _IMPORTED) for found in pattern.finditer(text)]


def check(app: Sphinx, exception: Exception | None) -> None:
    """Look at every page and style sheet that was written."""
    if exception is None and app.builder.format == "html":
        for path in (path for path in Path(app.outdir).rglob("*") if path.suffix in (".html", ".css")):
            if found := remote(path.read_text("utf-8")):
                raise ExtensionError(f"{path} loads from another host: {found[0]}")


def setup(app: Sphinx) -> dict[str, bool]:
    """Listen to the end of the build."""
    app.connect("build-finished", check)
    return {"parallel_read_safe": True}
