"""Each distribution has a licence, a change log with its version, and types."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import wsconform

ROOT = Path(__file__).parents[3]
#: The folder of each distribution, and those of its packages.
DISTRIBUTIONS = {
    "wsconform": (ROOT, ("conformance/wsconform", "reports/wsreport")),
    "dwebsocket": (ROOT / "reference_impl", ("dwebsocket", "django_websocket")),
}


def project(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    return content["project"]


@pytest.fixture(params=DISTRIBUTIONS)
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = DISTRIBUTIONS[request.param][0]
    return found


def test_licence_is_the_one_in_the_metadata(folder: Path) -> None:
    assert project(folder)["license"] == "MIT"
    assert (folder / "LICENSE").read_text("utf-8").startswith("MIT License\n")
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_change_log_has_the_current_version(folder: Path) -> None:
    headings = re.findall(r"^## \[(\S+)\] - (\S+)$", (folder / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    version, date = headings[0]
    assert version == project(folder)["version"]
    assert re.fullmatch(r"Unreleased|\d{4}-\d\d-\d\d", date)


def test_every_package_is_typed() -> None:
    for folder, packages in DISTRIBUTIONS.values():
        for package in packages:
            assert (folder / package / "py.typed").is_file(), package


def test_minimal_python_is_among_the_classifiers(folder: Path) -> None:
    about = project(folder)
    minor = about["requires-python"].removeprefix(">=")
    assert f"Programming Language :: Python :: {minor}" in about["classifiers"]


def test_version_is_the_same_everywhere() -> None:
    version = project(ROOT)["version"]
    assert wsconform.__version__ == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
