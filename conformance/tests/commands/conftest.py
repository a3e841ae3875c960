"""Commands in this process, in an empty directory."""

from __future__ import annotations

import pytest

from wsconform import cli


@pytest.fixture
def wsconform(monkeypatch, capsys, tmp_path):
    """Run a command in an empty directory; return exit code, output and error output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["wsconform", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code), said.out, said.err

    return call
