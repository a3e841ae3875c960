"""Complete the values of options in a shell: servers, targets and cases."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from wsconform.cases import CATALOGUE, FAMILIES
from wsconform.servers import GROUPS, SERVERS, WORDS
from wsconform.targets import SCHEMES, TARGETS

__all__ = ["complete_cases", "complete_servers", "complete_targets"]


def complete_servers(_: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of servers and groups that begin so."""
    summaries = {**dict.fromkeys((*WORDS, *GROUPS), "several servers"), **{s.name: s.summary for s in SERVERS.values()}}
    return [CompletionItem(name, help=help_) for name, help_ in summaries.items() if name.startswith(incomplete)]


def complete_targets(_: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of targets, and the beginnings of other ways to give one, that begin so."""
    summaries = {target.name: target.summary for target in TARGETS.values()}
    summaries |= {f"{scheme}:": "" for scheme in SCHEMES}
    return [CompletionItem(name, help=help_) for name, help_ in summaries.items() if name.startswith(incomplete)]


def complete_cases(_: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the families, groups or ids that begin so, a level at a time; of a list with commas, for its last part."""
    before, comma, last = incomplete.rpartition(",")
    depth = last.count(".")
    found = _patterns(last, depth)
    if last in found:  # there is nothing to add at this level
        found |= _patterns(f"{last}.", depth + 1)
    return [CompletionItem(f"{before}{comma}{pattern}", help=help_) for pattern, help_ in found.items()]


def _patterns(start: str, depth: int) -> dict[str, str]:
    """Return the patterns that begin with a text and have a number of dots, each with a title.

    Args:
        start: the text.
        depth: the number of dots.
    """
    found: dict[str, str] = {}
    for id_, case in CATALOGUE.items():
        parts = id_.split(".")
        pattern = ".".join(parts[: depth + 1])
        if len(parts) > depth and pattern.startswith(start):
            title = FAMILIES[case.family] if depth == 0 else ""
            found.setdefault(pattern, case.title if pattern == id_ else title)
    return found
