"""`wsconform run URL`: tests anything that is already running."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from conformance.commands.playing import Playing, command_line, new_terminal, playing_options
from conformance.serving import AlreadyRunning
from conformance.session import Cell, output_directory

__all__ = ["run"]


def _checked(_: click.Context, __: click.Parameter, url: str) -> str:
    place = urlsplit(url)
    try:
        usable = place.scheme in ("ws", "wss") and place.hostname and place.port != 0
    except ValueError:  # a port that is no number, or out of range
        usable = False
    if not usable:
        raise click.BadParameter(f"{url!r} is no WebSocket URL; it should look like ws://127.0.0.1:8000/echo")
    return url


@click.command()
@click.argument("url", callback=_checked)
@click.option("--name", help="What to call the target in the report; the URL's host and port by default.")
@playing_options
def run(url: str, name: str | None, playing: Playing) -> int:
    """Test the echo server that is running at URL (ws:// or wss://)."""
    cases = playing.chosen()
    target = name or urlsplit(url).netloc
    cell = Cell(target, {"name": target}, {"name": "running", "url": url}, serve=lambda: AlreadyRunning(url))
    again = command_line("wsconform", "run", url, "--cases", "{case}")
    return playing.play([cell], cases, new_terminal(), output_directory(playing.output), again=again)
