"""Plain text on a terminal, and an output that is closed or full."""

from __future__ import annotations

import errno
import io
import os
import sys

import pytest

from wsconform.commands.output import echo, echo_error, flush, is_output_error


def test_plain_text_is_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    echo("a\x1b[31m\u202e\udc80")
    echo_error("b\x07\nc" + "d" * 100_000)
    printed = capsys.readouterr()
    assert printed.out == "a\\x1b[31m\\u202e\\udc80\n"
    assert printed.err.startswith("b\\x07\ncddd")
    assert len(printed.err) < 20_000


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.EPIPE, True), (errno.ENOSPC, True), (errno.EBADF, True), (errno.ENOENT, False), (errno.ECONNRESET, False)],
)
def test_errors_of_an_output(number: int, expected: bool) -> None:
    assert is_output_error(OSError(number, "so")) is expected


def test_full_output_is_named_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb"))
    stream.write("x")
    monkeypatch.setattr(sys, "stdout", stream)
    assert flush() == "No space left on device"
    assert flush() == ""
    stream.close()
