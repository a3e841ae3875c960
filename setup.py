"""Add the source of the reference implementation to the wheel of wsconform; pyproject.toml has everything else.

`wsconform matrix` installs the reference from there. It is not a dependency, since `dwebsocket` on PyPI is another
project.
"""

from __future__ import annotations

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

REFERENCE = Path("reference_impl")
#: What it takes to install the reference: no tests, examples or benchmarks.
SHIPPED = "pyproject.toml", "README.md", "LICENSE", "dwebsocket/**/*", "django_websocket/**/*"


def reference_files() -> list[Path]:
    """Return the files to ship, relative to this directory."""
    paths = (path for pattern in SHIPPED for path in REFERENCE.glob(pattern))
    return sorted(path for path in paths if path.is_file() and "__pycache__" not in path.parts)


class BuildWithReference(build_py):
    """Copies the reference into the package; an editable installation finds it in the checkout."""

    def run(self) -> None:
        """Build the packages, and add the reference."""
        super().run()
        for target, source in self._reference().items():
            self.mkpath(str(Path(target).parent))
            self.copy_file(source, target)

    def get_source_files(self) -> list[str]:
        """Return the files that a source distribution needs."""
        return [*super().get_source_files(), *map(str, reference_files())]

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Return the files that `run` makes."""
        return [*super().get_outputs(include_bytecode), *self._reference()]

    def get_output_mapping(self) -> dict[str, str]:
        """Return the source of each file that `run` makes."""
        return {**super().get_output_mapping(), **self._reference()}

    def _reference(self) -> dict[str, str]:
        if self.editable_mode:
            return {}
        return {str(Path(self.build_lib, "wsconform", source)): str(source) for source in reference_files()}


setup(cmdclass={"build_py": BuildWithReference})
