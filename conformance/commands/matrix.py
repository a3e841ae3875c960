"""`wsconform matrix`: installs targets, starts them under servers, plays, stops."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path

import click

from conformance.commands.playing import Playing, command_line, new_terminal, playing_options
from conformance.console import Terminal
from conformance.servers import SERVERS, find_server
from conformance.servers.server import Server
from conformance.serving import Started
from conformance.session import Cell, output_directory
from conformance.targets import find_target
from conformance.targets.environments import Environment, make_environment
from conformance.targets.target import Target

__all__ = ["matrix"]


class Row:
    """A target and its servers; they share an environment, which is made when the first needs it."""

    def __init__(self, target: Target, servers: Sequence[Server], logs: Path, terminal: Terminal) -> None:
        self._target, self._servers = target, servers
        self._logs, self._terminal = logs, terminal

    @cached_property
    def environment(self) -> Environment:
        """The environment; raises BuildError."""
        return make_environment(self._target, self._servers, report=self._terminal.note)

    def cells(self) -> list[Cell]:
        """A cell for each server."""
        return [self._cell(server) for server in self._servers]

    def _cell(self, server: Server) -> Cell:
        def serve() -> AbstractContextManager[Started]:
            return Started(server, self.environment, self._logs)

        target = self._target
        return Cell(
            f"{target.name}/{server.name}",
            {"name": target.name, "summary": target.summary, "requirement": _requirement(target)},
            {"name": server.name, "summary": server.summary},
            serve=serve,
            versions=lambda: self.environment.versions,
            concurrency=server.concurrency,
        )


def _requirement(target: Target) -> str:
    return target.requirement.name if isinstance(target.requirement, Path) else target.requirement


@click.command()
@click.option("--target", "-t", "targets", multiple=True, default=("reference",), help="What is judged; repeatable.")
@click.option("--server", "-s", "servers", multiple=True, default=("all",), help="Under which server; repeatable.")
@playing_options
def matrix(targets: tuple[str, ...], servers: tuple[str, ...], playing: Playing) -> int:
    """Install each TARGET, start it under each SERVER, test it, and stop it."""
    cases = playing.chosen()
    hosts = list(SERVERS.values()) if "all" in servers else [find_server(name) for name in dict.fromkeys(servers)]
    judged = [find_target(name) for name in dict.fromkeys(targets)]
    terminal, directory = new_terminal(), output_directory(playing.output)
    cells = [cell for target in judged for cell in Row(target, hosts, directory / "logs", terminal).cells()]
    chosen = (part for name in targets for part in ("--target", name))
    again = command_line("wsconform", "matrix", *chosen, "--server", "{server}", "--cases", "{case}")
    return playing.play(cells, cases, terminal, directory, again=again)
