"""Autobahn's tool is installed once, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.tests.support.fake_python2 import Fake, fake_python2
from wsconform.errors import BuildError
from wsconform.oracle.python2 import find_python2
from wsconform.oracle.tool import install


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return fake_python2(tmp_path)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "oracle"


def test_tool_is_installed_once(fake: Fake, cache: Path, tmp_path: Path) -> None:
    notes: list[str] = []
    python = find_python2(fake())
    first, second = install(python, notes.append), install(python, notes.append)
    assert first == second
    assert first.cases == ("1.1.1", "1.1.2", "3.1")
    assert first.home.parent == cache
    assert first.name == "autobahntestsuite 25.10.1 (CPython 2.7.18), fuzzing client"
    assert (tmp_path / "installs").read_text() == "x"
    assert len(notes) == 1
    assert "once" in notes[0]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"pip": "sys.exit('no such distribution')"}, "collecting\nno such distribution"),
        ({"lists": "sys.exit('no module named zope')"}, "does not run:\nno module named zope"),
    ],
)
def test_failed_build_leaves_no_tool(broken: dict[str, str], message: str, fake: Fake, cache: Path) -> None:
    """The error has the reason, and the next build starts anew."""
    python = find_python2(fake(**broken))
    with pytest.raises(BuildError, match=message):
        install(python, lambda _: None)
    assert not [path for path in cache.iterdir() if path.is_dir() and path.suffix != ".draft"]
    fake()
    assert install(python, lambda _: None).cases
