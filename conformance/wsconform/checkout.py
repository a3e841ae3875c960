"""Find out whether the suite runs from a checkout of its repository or was installed from a wheel."""

from __future__ import annotations

from pathlib import Path

__all__ = ["CHECKOUT", "find_checkout"]


def find_checkout(package: Path) -> Path | None:
    """Return the root of the checkout that holds a package directory, or None if it was installed from a wheel."""
    root = package.parents[1]
    is_checkout = package.parent.name == "conformance" and (root / "reference_impl" / "pyproject.toml").is_file()
    return root if is_checkout else None


#: The root of the checkout that this package runs from; None if it was installed from a wheel.
CHECKOUT = find_checkout(Path(__file__).resolve().parent)
