"""Text with styles: nothing in it is markup."""

from __future__ import annotations

import io
import os

import pytest
from rich.console import Console

from wsconform.commands.screen import Screen, say


def test_parts_have_styles_and_no_markup() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=200)
    say(console, ("[b]a[/x]", "bold"), " \x1b[2J\u2066:smile:\ud800")
    assert console.file.getvalue() == "\x1b[1m[b]a[/x]\x1b[0m \\x1b[2J\\u2066:smile:\\ud800\n"


def test_screen_that_nobody_reads_is_an_error_and_no_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr("sys.stdout", os.fdopen(writer, "w", closefd=False))
    with pytest.raises(BrokenPipeError):
        say(Screen(), "hello")
    os.close(writer)
