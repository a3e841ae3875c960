"""The commands of `wsconform` from click, which is where `--help` has them.

The directive is ``commands``, without arguments. Each option has an address;
{option}`wsconform matrix --server` is a link to it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from text_nodes import paragraph

from wsconform.cli import cli

__all__ = ["setup"]

PROGRAM = "wsconform"


class Commands(SphinxDirective):
    """A section for each command, with its usage, its help and its options."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        context = click.Context(cli, info_name=PROGRAM)
        return self._commands(cli, context)

    def _commands(self, group: click.Group, context: click.Context, prefix: str = "") -> list[nodes.section]:
        names = group.list_commands(context)
        return [self._command(prefix, name, group.get_command(context, name), context) for name in names]

    def _command(self, prefix: str, word: str, command: click.Command | None, parent: click.Context) -> nodes.section:
        assert command is not None, word
        name = f"{prefix}{word}"
        program = f"{PROGRAM} {name.replace('-', ' ')}"
        context = click.Context(command, info_name=word, parent=parent)
        section = nodes.section(ids=[f"command-{name}"], names=[f"command-{name}"])
        section += nodes.title("", "", nodes.literal("", program))
        self.state.document.note_explicit_target(section, section)
        usage = f"{program} {' '.join(command.collect_usage_pieces(context))}"
        section += nodes.literal_block(usage, usage, language="text")
        for part in inspect.cleandoc(command.help or "").replace("\b", "").split("\n\n"):
            section += paragraph(" ".join(part.split()))
        listed = nodes.definition_list(classes=["options"])
        for option in command.get_params(context):
            if isinstance(option, click.Option) and not option.hidden:
                listed += self._option(program, name, option, context)
        section += listed
        if isinstance(command, click.Group):
            section += self._commands(command, context, f"{name}-")
        return section

    def _option(
        self, program: str, name: str, option: click.Option, context: click.Context
    ) -> nodes.definition_list_item:
        spelled, said = option.get_help_record(context) or ("", "")
        anchor = f"{name}{max(option.opts, key=len)}"
        term = nodes.term("", "", nodes.literal("", spelled), ids=[anchor], names=[anchor])
        self.state.document.note_explicit_target(term, term)
        add = self.env.domains.standard_domain.add_program_option
        for spelling in option.opts:
            add(program.replace(" ", "-"), spelling, self.env.docname, anchor)
        meaning = nodes.definition("", paragraph(*_without_brackets(said)))
        return nodes.definition_list_item("", term, meaning)


def _without_brackets(said: str) -> Iterator[nodes.Node | str]:
    """Yield what click says of an option; its default stands apart."""
    text, bracket, default = said.partition("  [")
    yield text
    if bracket:
        yield nodes.inline("", " " + default.removesuffix("]"), classes=["option-default"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}
