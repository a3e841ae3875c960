"""Create virtual environments and install into them, with uv if it is there, or else with venv and pip."""

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

_LONGEST_TAIL = 1 << 16  # bytes

# They would make an installer use another environment than the one in its command, install other versions than the
# digest of the environment stands for, or compile byte code, which `bytecode` shares between environments.
_MISLEADING = {
    *("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "__PYVENV_LAUNCHER__"),
    *("PIP_CONSTRAINT", "PIP_REQUIREMENT", "UV_CONSTRAINT", "UV_OVERRIDE"),
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "UV_COMPILE_BYTECODE"),
}


@dataclass(frozen=True, slots=True)
class Installer:
    """Runs the commands of one build.

    Attributes:
        log: the file that gets the output of the commands.
        keep_open: descriptors that the commands inherit, so that locks last as long as they run.
    """

    log: Path
    keep_open: tuple[int, ...] = ()

    def create(self, directory: Path, interpreter: Path) -> Path:
        """Create an empty environment of an interpreter; return the path of the environment's interpreter.

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
        """Install all `requirements` with one command, so that they must be compatible.

        Raises:
            BuildError: the command failed.
        """
        uv = find_uv()
        if uv:
            self.run([uv, "pip", "install", "--python", str(python), *requirements])
        else:
            self.run([str(python), "-m", "pip", "install", "--no-input", *requirements])

    def build_wheel(self, python: Path, source: Path, directory: Path) -> None:
        """Build the project in `source` with an environment's interpreter and put its wheel into `directory`.

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
        """Write the byte code that is missing; skip modules with invalid syntax for this Python.

        Args:
            python: the interpreter to compile for.
            site: a site-packages directory.
            workers: how many processes to use; 0 for one per processor.
        """
        # The command fails on modules for another Python, which some distributions have.
        with suppress(BuildError):
            self.run([str(python), "-m", "compileall", "-qq", "-j", str(workers), site])

    def run(self, command: Sequence[str]) -> None:
        """Run a command to its end and append its output to the log.

        Raises:
            BuildError: it could not be started, or its status is not 0.
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
    """Return the path of uv, on PATH or next to the running interpreter; None if there is none."""
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))


def tail(path: Path, lines: int = 30) -> str:
    """Return the last lines of a text file."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LONGEST_TAIL))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
