"""The file of known differences."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.tests.support.grades import AUTOBAHN, OK, known
from wsconform.errors import GradesError
from wsconform.oracle.grades import from_index
from wsconform.oracle.known import read_known


def test_known_differences_name_existing_cases_and_grades() -> None:
    entries = read_known()
    assert entries
    for entry in entries:
        for pattern in entry.cases:
            alone = known(pattern)
            assert any(alone.explains(id_, (OK,), (OK,)) for id_ in AUTOBAHN), pattern
        for text in (*entry.ours, *entry.theirs):
            assert from_index(
                {"a": {"1.1": dict(zip(("behavior", "behaviorClose"), text.split("/"), strict=True))}}, "a"
            )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[difference]", "x.toml: "),
        ("[[diference]]\n", "only .* is allowed, not diference"),
        ('[[difference]]\nreasn = "r"\n', "difference 1: unknown key 'reasn'; did you mean reason?"),
        ('[[difference]]\nzzz = "r"\n', "unknown key 'zzz'; the keys are cases, ours"),
        ('[[difference]]\ncases = "3.4"\n', "cases must be a list of strings, not '3.4'"),
        ("[[difference]]\nflaky = 1\n", "flaky must be true or false, not 1"),
        ('[[difference]]\ncases = ["3.4"]\nreason = "r"\n', "difference 1: source must not be missing or empty"),
        ('[[difference]]\ncases = []\nsource = "r"\n', "cases and reason must not be missing or empty"),
    ],
)
def test_invalid_entry_is_named(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(GradesError, match=message):
        read_known(tmp_path / "x.toml")
