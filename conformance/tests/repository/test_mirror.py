"""Tests mirror the source: `tests/a/b/test_x.py` tests `wsconform/a/b/x.py` or the package `wsconform/a/b/x/`.

Tests of many modules together are in folders of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SOURCE = TESTS.parent / "wsconform"

#: Folders of modules that do no I/O; what does I/O is in their subfolders.
PURE_FOLDERS = "wire", "conversation", "script", "contract", "cases"
PURE_MODULES = "model", "play", "selection", "kinds"

#: Folders of tests of many modules: of the repository itself, of its use by others, with generated input, under load,
#: and of the rulings on open questions of the RFCs.
OF_MANY_MODULES = "repository", "recipes", "fuzzing", "stability", "rulings"

#: Pure modules without a test module of their own, and why; patterns with *.
WITHOUT_TESTS = {
    "cases.*": "tables of cases and their builders, checked as a whole by test_cases.py and data/",
    "contract.describe": "tested with the judge, which it describes: contract/test_judge.py",
    "contract.model": "values; their checks run when the clauses are made: cases/test_api.py",
    "contract.profiles": "tested with the judge, which applies them: contract/test_judge.py",
    "contract.sites": "a table of settings; cases/test_api.py checks that clauses name them",
    "contract.transcript": "a value without behaviour",
    "script.events": "values without behaviour",
    "script.facts": "a protocol without behaviour",
    "script.limits": "values without behaviour",
    "script.model": "values; their checks run when the cases are made: test_cases.py",
    "script.steps": "values; what they accept is tested with the matcher: script/test_matching.py",
    "script.stream": "tested with the HTTP side of a connection: script/test_http.py",
}


def modules_of_tests() -> Iterator[Path]:
    """Yield the paths of the test modules, relative to the folder of tests."""
    paths = (path.relative_to(TESTS) for path in TESTS.rglob("test_*.py"))
    return (path for path in paths if path.parts[0] not in OF_MANY_MODULES)


def pure_modules() -> set[str]:
    inside = {f"{folder}.{path.stem}" for folder in PURE_FOLDERS for path in SOURCE.joinpath(folder).glob("[!_]*.py")}
    return inside | set(PURE_MODULES)


def has_tests(module: str) -> bool:
    *folders, name = module.split(".")
    return TESTS.joinpath(*folders, f"test_{name}.py").is_file()


@pytest.mark.parametrize("path", sorted(modules_of_tests()), ids=str)
def test_test_module_names_its_subject(path: Path) -> None:
    subject = SOURCE / path.parent / path.stem.removeprefix("test_")
    assert subject.with_suffix(".py").is_file() or (subject / "__init__.py").is_file()


@pytest.mark.parametrize("module", sorted(pure_modules()))
def test_pure_module_has_tests_or_a_reason(module: str) -> None:
    excused = any(fnmatchcase(module, pattern) for pattern in WITHOUT_TESTS)
    assert has_tests(module) or excused


@pytest.mark.parametrize("pattern", WITHOUT_TESTS)
def test_reason_is_still_needed(pattern: str) -> None:
    assert any(fnmatchcase(module, pattern) and not has_tests(module) for module in pure_modules())
