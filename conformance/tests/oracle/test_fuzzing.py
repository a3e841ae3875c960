"""Autobahn's fuzzing client is run to its end, or stopped when it hangs."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.tests.support.fake_python2 import Fake, fake_python2
from wsconform.errors import OracleFailedError
from wsconform.oracle import fuzzing
from wsconform.oracle.fuzzing import play, specification
from wsconform.oracle.python2 import Python2
from wsconform.oracle.tool import Tool


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return fake_python2(tmp_path)


def tool_for(python: Path, home: Path) -> Tool:
    return Tool(Python2(python, "2.7.18"), home, ("1.1.1", "1.1.2"))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    return directory


def test_specification_has_exact_ids() -> None:
    """The client's patterns differ from ours: 1* includes 10, 12 and 13."""
    assert specification("ws://here:1/x", ["1.1.1", "12.1.1"], Path("/out")) == {
        "outdir": "/out",
        "servers": [{"agent": "server", "url": "ws://here:1/x"}],
        "cases": ["1.1.1", "12.1.1"],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    }


def test_grades_are_read_and_temporary_files_removed(fake: Fake, tmp_path: Path, temporary: Path) -> None:
    started: list[str] = []
    grades = play(tool_for(fake(), tmp_path), "ws://x/", ["1.1.1", "1.1.2"], limits={}, started=started.append)
    assert grades == {"1.1.1": (("OK", "OK"),), "1.1.2": (("OK", "OK"),)}
    assert started == ["1.1.1", "1.1.2"]
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("plays", "message"),
    [
        ("sys.exit('it broke')", "status 1 and gave no grades for 2 of 2 cases, the first is 1.1.1"),
        (
            "begin('1.1.1'); report({'1.1.1': ('OK', 'OK')}); sys.stderr.write('it broke')",
            "status 0 and gave no grades for 1 of 2 cases, the first is 1.1.2",
        ),
        ("sys.stderr.write('it broke\\n'); sys.stderr.flush(); os.kill(os.getpid(), 9)", "status 137"),
    ],
)
def test_output_is_kept_when_the_client_fails(
    plays: str, message: str, fake: Fake, tmp_path: Path, temporary: Path
) -> None:
    with pytest.raises(OracleFailedError, match=message) as caught:
        play(tool_for(fake(plays=plays), tmp_path), "ws://x/", ["1.1.1", "1.1.2"], limits={})
    (log,) = temporary.glob("*/wstest.log")
    assert "it broke" in log.read_text()
    assert "it broke" in str(caught.value)
    assert str(log) in str(caught.value)


def test_client_that_hangs_is_ended(
    fake: Fake, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hangs forever in some cases with a server that never ends TCP; the message names the case."""
    monkeypatch.setattr(fuzzing, "_SPARE", 0.1)
    ended = temporary / "ended"
    plays = f"""begin('1.1.1')
    import signal
    signal.signal(signal.SIGTERM, lambda *_: pathlib.Path({str(ended)!r}).touch() or sys.exit())
    begin('1.1.2')
    time.sleep(600)"""
    tool = tool_for(fake(plays=plays), tmp_path)
    with pytest.raises(OracleFailedError, match=r"hangs in case 1\.1\.2, .*--exclude 1\.1\.2"):
        play(tool, "ws://x/", ["1.1.1", "1.1.2"], limits={"1.1.1": 60, "1.1.2": 0.1})
    assert ended.exists()
