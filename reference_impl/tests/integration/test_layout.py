"""Where tests are: those of one module mirror the source, all others are in this folder or in ``fuzzing``."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SOURCE = TESTS.parent / "dwebsocket"
OF_MANY_MODULES = "fuzzing", "integration"
MIRRORING = sorted(
    path.relative_to(TESTS)
    for path in TESTS.rglob("test_*.py")
    if path.relative_to(TESTS).parts[0] not in OF_MANY_MODULES
)


def module_of(test):
    """The source module that a test module names: ``test_frames``, ``test_reader_one_message``, ``test_init``."""
    words = test.stem.split("_")[1:]
    candidates = ["_".join(words[:count]) for count in range(len(words), 0, -1)]
    paths = (SOURCE / test.parent / f"{name if name != 'init' else '__init__'}.py" for name in candidates)
    return next((path for path in paths if path.exists()), None)


@pytest.mark.parametrize("test", MIRRORING, ids=str)
def test_a_test_module_names_a_source_module(test):
    assert module_of(test), f"there is no module of that name in {SOURCE.name}/{test.parent}: see tests/integration"


def test_there_are_such_modules():
    assert Path("protocol/test_frames.py") in MIRRORING
    assert module_of(Path("protocol/test_nothing.py")) is None
