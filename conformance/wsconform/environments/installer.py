"""Makes a virtual environment and installs into it, with uv where there is one, else with venv and pip.

Knows commands and their logs; what is installed, and where, it is told.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wsconform.errors import BuildError

__all__ = ["Installer", "find_uv", "tail"]

_LONGEST_TAIL = 1 << 16  # octets

# They would lead an installer from the environment it is told to another one, or to other versions than the
# digest of the environment stands for; or to byte code in each environment, which `bytecode` shares between them.
_MISLEADING = {
    *("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "__PYVENV_LAUNCHER__"),
    *("PIP_CONSTRAINT", "PIP_REQUIREMENT", "UV_CONSTRAINT", "UV_OVERRIDE"),
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "UV_COMPILE_BYTECODE"),
}


@dataclass(frozen=True, slots=True)
class Installer:
    """Runs the commands of one build.

    Attributes:
        log: the file that gets what the commands print.
        keep_open: descriptors that the commands inherit, so that locks outlive us if they do.

    """

    log: Path
    keep_open: tuple[int, ...] = ()

    def create(self, directory: Path, interpreter: Path) -> Path:
        """Make an empty environment of an interpreter; return the path of its own.

        Raises:
            BuildError: the command failed.

        """
        uv = find_uv()
        if uv:
            self.run([uv, "venv", "--no-project", "--python", str(interpreter), str(directory)])
        else:
            self.run([str(interpreter), "-m", "venv", str(directory)])
        return directory / "bin" / "python"

    def install(self, python: Path, requirements: Sequence[str]) -> None:
        """Install all `requirements` in one go, so that they must agree.

        Raises:
            BuildError: the command failed.

        """
        uv = find_uv()
        if uv:
            self.run([uv, "pip", "install", "--python", str(python), *requirements])
        else:
            self.run([str(python), "-m", "pip", "install", "--no-input", *requirements])

    def build_wheel(self, python: Path, source: Path, directory: Path) -> None:
        """Build a project, with the interpreter of an environment, into a wheel in a directory.

        Raises:
            BuildError: the command failed.

        """
        uv = find_uv()
        if uv:
            self.run([uv, "build", "--wheel", "--python", str(python), "--out-dir", str(directory), str(source)])
        else:
            options = ("--no-input", "--no-deps", "--wheel-dir", str(directory))
            self.run([str(python), "-m", "pip", "wheel", *options, str(source)])

    def compile(self, python: Path, site: str, *, workers: int) -> None:
        """Write byte code where it is missing; what has wrong syntax for this Python is left as it is.

        Args:
            python: the interpreter that it is for.
            site: a directory of distributions.
            workers: processes; 0 for one on each processor.

        """
        # Of modules for another Python, which some distributions have, it makes a failure.
        with suppress(BuildError):
            self.run([str(python), "-m", "compileall", "-qq", "-j", str(workers), site])

    def run(self, command: Sequence[str]) -> None:
        """Run a command to its end, its output into the log.

        Raises:
            BuildError: it could not be started or its status is not 0.

        """
        with self.log.open("ab") as log:
            log.write(f"$ {shlex.join(command)}\n".encode())
            log.flush()
            try:
                status = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={name: value for name, value in os.environ.items() if name not in _MISLEADING},
                    pass_fds=self.keep_open,
                ).returncode
            except OSError as error:
                raise BuildError(f"{shlex.join(command)}: {error}") from error
        if status:
            raise BuildError(
                f"{shlex.join(command)} ended with status {status}; the end of {self.log}:\n{tail(self.log)}"
            )


def find_uv() -> str | None:
    """Return the path of uv: from PATH, or from beside our interpreter; None if there is none."""
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))


def tail(path: Path, lines: int = 30) -> str:
    """Return the last lines of a text file."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LONGEST_TAIL))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
