"""`wsconform list` and `wsconform show`: print the cases, servers and targets without playing anything."""

from __future__ import annotations

from collections.abc import Iterable

import click

from wsconform.cases import CATALOGUE, FAMILIES
from wsconform.commands.completion import complete_cases
from wsconform.commands.output import echo
from wsconform.kinds import kind_of
from wsconform.selection import select
from wsconform.servers import GROUPS, SERVERS, WORDS, find_servers
from wsconform.targets import TARGETS

__all__ = ["list_", "show"]

LINE = 80  # characters


@click.command("list")
@click.argument("what", type=click.Choice(["cases", "servers", "targets"]), default="cases")
@click.option(
    "--cases",
    "-c",
    multiple=True,
    metavar="PATTERN",
    shell_complete=complete_cases,
    help="Cases to list, e.g. 9.1 or '5.*'. Repeatable.",
)
def list_(what: str, cases: tuple[str, ...]) -> int:
    """List all cases, or the servers or targets of a matrix."""
    if what == "servers":
        _print_names((server.name, server.summary) for server in SERVERS.values())
        echo("\nGroups, for --server:")
        _print_names((name, _group_summary(name)) for name in (*WORDS, *GROUPS))
    elif what == "targets":
        _print_names((target.name, target.summary) for target in TARGETS.values())
    else:
        family = ""
        for case in select(CATALOGUE, cases):
            if case.family != family:
                family = case.family
                echo(f"\n{family}  {FAMILIES[family]}")
            echo(f"  {case.id:<8} {case.title}")
    return 0


def _group_summary(name: str) -> str:
    """Return the servers of a group if they fit in a line, or else how many they are."""
    names = ", ".join(server.name for server in find_servers([name]))
    return names if len(names) <= LINE else f"{names.count(',') + 1} servers"


def _print_names(rows: Iterable[tuple[str, str]]) -> None:
    for name, summary in rows:
        echo(f"{name:<20} {summary}")


@click.command()
@click.argument("ids", nargs=-1, required=True, shell_complete=complete_cases)
def show(ids: tuple[str, ...]) -> int:
    """Show what a case sends and expects.

    The first sign of a line says what it is: > the suite sends this, < the server must send this, ? another answer
    that is accepted, = how the connection must end, § a requirement that the case tests.
    """
    for case in select(CATALOGUE, ids):
        echo("\n".join(kind_of(case).describe(case)))
        echo("")
    return 0
