"""The suite knows from the folders around it whether it runs from a checkout or was installed."""

from __future__ import annotations

from pathlib import Path

from wsconform.checkout import CHECKOUT, find_checkout

ROOT = Path(__file__).parents[2]


def test_tests_run_from_a_checkout() -> None:
    assert ROOT == CHECKOUT


def test_installed_package_is_in_no_checkout(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "site-packages" / "wsconform"
    assert find_checkout(package) is None


def test_folder_with_the_name_is_no_checkout(tmp_path: Path) -> None:
    assert find_checkout(tmp_path / "conformance" / "wsconform") is None


def test_package_installed_inside_a_checkout_is_not_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "reference_impl").mkdir()
    (tmp_path / "reference_impl" / "pyproject.toml").touch()
    assert find_checkout(tmp_path / "vendor" / "wsconform") is None
    assert find_checkout(tmp_path / "conformance" / "wsconform") == tmp_path
