"""The code blocks of the documentation, and a place to run them in.

A page is a session in a directory of its own. In their order

- a block with a ``:caption:`` is written into the file of that name,
- ``sh`` is run by a shell that stops at the first error; with ``:class: exit-1`` that is the expected exit code,
- ``sh`` with ``:class: server`` is started and runs until the next one or the end of the page,
- ``python`` is run by Python.

``:class: slow`` is for blocks that take long. Blocks in other languages are not run: ``console`` shows commands that
install something, or take minutes.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wsconform.crooked import CROOKED, serving

__all__ = ["DOCS", "ECHO", "ROOT", "Block", "Session", "blocks_of", "pages", "session"]

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
ECHO = 9001  # the port on which pages expect an echo server
DJANGO = 8000  # and their Django project
WITHIN = 60.0  # seconds in which a server must listen, however busy the machine is

_BLOCK = re.compile(r"^(`{3,})(.*)\n((?:.*\n)*?)\1[ \t]*$", re.MULTILINE)
_DIRECTIVE = re.compile(r"\{code-block\} +(\S+)")
_OPTION = re.compile(r":(\w+): (.*)\n")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code on a page.

    Attributes:
        line: where it begins.
        classes: of its option ``:class:``.
        caption: of its option ``:caption:``; the name of a file.
    """

    line: int
    language: str
    text: str
    classes: frozenset[str] = frozenset()
    caption: str = ""

    @property
    def runs(self) -> bool:
        """Whether it is run or written, rather than only shown."""
        return bool(self.caption) or self.language in ("sh", "python")

    @property
    def exit_code(self) -> int:
        """The expected one."""
        return next((int(name.removeprefix("exit-")) for name in self.classes if name.startswith("exit-")), 0)


def pages() -> list[str]:
    """Return the names of all pages that are written by hand, such as ``start/report.md``."""
    names = (path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
    return sorted(name for name in names if not name.startswith(("_build/", "reference/cases/")))


def blocks_of(page: str) -> Iterator[Block]:
    """Yield the blocks of a page in their order."""
    text = (DOCS / page).read_text("utf-8")
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        directive = _DIRECTIVE.fullmatch(found[2])
        if directive is None:
            yield Block(line, found[2], found[3])
            continue
        head, _, body = found[3].partition("\n\n") if found[3].startswith(":") else ("", "", found[3])
        options = dict(_OPTION.findall(f"{head}\n"))
        yield Block(line, directive[1], body, frozenset(options.get("class", "").split()), options.get("caption", ""))


class Session:
    """Runs the blocks of a page.

    Args:
        directory: where it works.
        ports: by the ports that pages name, those that are used.
    """

    def __init__(self, directory: Path, ports: dict[int, int]) -> None:
        self.directory = directory
        self.ports = ports
        scripts = Path(sys.executable).parent
        self.environment = {**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "COLUMNS": "100"}
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        self._server: subprocess.Popen[str] | None = None

    def run(self, block: Block) -> str:
        """Do what a block is for; return its output.

        Raises:
            AssertionError: it ended with another code than is expected; the message has its output.
        """
        text = self._placed(block.text)
        if block.caption:
            path = self.directory / block.caption
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            return ""
        command = ["sh", "-euc", text] if block.language == "sh" else [sys.executable, "-c", text]
        if "server" in block.classes:
            self.serve(command, text)
            return ""
        done = subprocess.run(command, cwd=self.directory, env=self.environment, capture_output=True, text=True)
        assert done.returncode == block.exit_code, f"line {block.line}: {text}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _placed(self, text: str) -> str:
        """Put in the ports and the programs of this session."""
        for written, used in self.ports.items():
            text = re.sub(rf"\b{written}\b", str(used), text)
        return text.replace(".venv/bin/", f"{Path(sys.executable).parent}/")

    def serve(self, command: list[str], text: str) -> None:
        """Start a server, and wait until it listens on the port in its command.

        Raises:
            AssertionError: it ended, or does not listen.
        """
        self.stop()
        log = self.directory / "server.log"
        with log.open("w") as output:
            self._server = subprocess.Popen(
                command,
                cwd=self.directory,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        port = self.ports[ECHO] if str(self.ports[ECHO]) in text else self.ports[DJANGO]
        assert _listens(port, self._server), f"{text}\n{log.read_text()}"

    def stop(self) -> None:
        """End the server that is running, with all its processes."""
        if self._server is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait()
            self._server = None


def _listens(port: int, server: subprocess.Popen[str]) -> bool:
    for _ in range(int(WITHIN / 0.1)):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=WITHIN):
            return True
        with suppress(subprocess.TimeoutExpired):
            server.wait(0.1)
            return False
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def session(directory: Path, page: str) -> Iterator[Session]:
    """Make a place for the blocks of a page, with an echo server that breaks no rule unless the page starts one.

    The page's directory has a sibling ``my-fork``, a copy of the reference.
    """
    starts = any("server" in block.classes and str(ECHO) in block.text for block in blocks_of(page))
    if any("../my-fork" in block.text for block in blocks_of(page)):
        shutil.copytree(ROOT / "reference_impl", directory / "my-fork", ignore=shutil.ignore_patterns("__pycache__"))
    work = directory / "page"
    work.mkdir()
    with serving(CROOKED["honest"]) as url:
        echo = _free_port() if starts else int(url.rstrip("/").rpartition(":")[2])
        running = Session(work, {ECHO: echo, DJANGO: _free_port()})
        try:
            yield running
        finally:
            running.stop()
