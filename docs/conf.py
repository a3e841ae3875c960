"""The documentation site: `tox run -e docs` builds it into docs/_build/html."""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.conf import settings

import wsconform

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

# The test client of the reference is documented from its docstrings, and importing it needs Django's settings.
settings.configure()
django.setup()

project = "wsconform and dwebsocket"
author = "the wsconform and dwebsocket authors"
copyright = f"2026, {author}"  # noqa: A001  # Sphinx reads this name
version = release = wsconform.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "case_catalogue",
    "command_reference",
    "crooked_servers",
    "included_files",
    "known_differences",
    "offline",
    "peers",
    "server_exceptions",
]
exclude_patterns = ["_build", "_ext"]
nitpicky = True
# Types of other projects are shown without links: there is no network when the site is built.
nitpick_ignore_regex = [("py:.*", r"^(?!dwebsocket\b).*"), ("py:class", r"dwebsocket\.websocket\.T")]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # an included part of a README starts at its own level of heading

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_numpy_docstring = False
napoleon_use_ivar = True
default_role = "literal"  # in docstrings
add_module_names = False
python_display_short_literal_types = True

smartquotes_action = "D"  # dashes only: quotes are shown as they are

html_theme = "furo"
html_title = "wsconform and dwebsocket"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
copybutton_prompt_text = r"\$ "
copybutton_prompt_is_regexp = True
