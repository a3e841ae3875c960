"""Create virtual environments and install into them, with uv if it is there, or else with venv and pip."""

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wsconform.errors import BuildError
from wsconform.processes.supervised import LARGEST_MEMORY, run

__all__ = ["BUILD_WITHIN", "LARGEST_LOG", "Installer", "find_uv", "installer_environment", "tail"]

_LONGEST_TAIL = 1 << 16  # bytes
#: Seconds that one command may take, and bytes that the log of a build may have. A build runs code of the target.
BUILD_WITHIN = 15 * 60.0
LARGEST_LOG = 64 << 20

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
        keep_open: descriptors that stay open until all processes of a command have ended, so that locks last so long.
        left_behind: takes a sentence about processes that a command left behind and that were killed.
        within: seconds that one command may take.
        largest_log: bytes that the log may have.
        memory: bytes that each process of a command may take for its data.
    """

    log: Path
    keep_open: tuple[int, ...] = ()
    left_behind: Callable[[str], None] = lambda _: None
    within: float = BUILD_WITHIN
    largest_log: int = LARGEST_LOG
    memory: int = LARGEST_MEMORY

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
            BuildError: it could not be started, was stopped at a limit, or its status is not 0.
        """
        shown = shlex.join(command)
        with self.log.open("ab") as log:
            log.write(f"$ {shown}\n".encode())
            log.flush()
            try:
                ended = run(
                    command,
                    log,
                    within=self.within,
                    largest_log=self.largest_log,
                    memory=self.memory,
                    environment=installer_environment(),
                    keep_open=self.keep_open,
                )
            except OSError as error:
                raise BuildError(f"{shown}: {self.log} cannot be written: {error.strerror or error}") from error
        if ended.left_behind:
            self.left_behind(f"{shown} left processes behind, which were killed: {', '.join(ended.left_behind)}")
        if ended.stopped or ended.status:
            how = f"was stopped, because {ended.stopped}" if ended.stopped else f"ended with status {ended.status}"
            raise BuildError(f"{shown} {how}; the end of {self.log}:\n{tail(self.log)}")


def installer_environment() -> dict[str, str]:
    """Return the environment variables of an installer, without those that would mislead it."""
    return {name: value for name, value in os.environ.items() if name not in _MISLEADING}


def find_uv() -> str | None:
    """Return the path of uv, on PATH or next to the running interpreter; None if there is none."""
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))


def tail(path: Path, lines: int = 30) -> str:
    """Return the last lines of a text file."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LONGEST_TAIL))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
