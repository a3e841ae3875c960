"""Install Autobahn's tool for a CPython 2.7, once, into a directory of the cache.

The directory is renamed into place when it is complete; the next build removes what an interrupted one has left.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wsconform.environments.installer import Installer
from wsconform.environments.locks import Lock
from wsconform.environments.store import cache_root
from wsconform.errors import BuildError
from wsconform.oracle.python2 import Python2

__all__ = ["VERSION", "Tool", "install"]

VERSION = "25.10.1"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")

#: Namespace packages such as zope's can only be imported through their .pth files.
_ENTER = "import site, sys; home = sys.argv.pop(1); sys.path.insert(0, home); site.addsitedir(home); "
_RUN = "from autobahntestsuite.wstest import run; run()"
_LIST = (
    "import json; from autobahntestsuite.case import Cases; "
    "print(json.dumps(['.'.join(case.__name__[4:].split('_')) for case in Cases]))"
)
_LIST_TIMEOUT = 60  # seconds
_DIGEST_LENGTH = 20


@dataclass(frozen=True, slots=True)
class Tool:
    """Autobahn's tool, installed.

    Attributes:
        python: the interpreter that it is installed for.
        home: the directory of its packages.
        cases: the ids of all its cases.
    """

    python: Python2
    home: Path
    cases: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name that is recorded with its grades."""
        return f"autobahntestsuite {VERSION} (CPython {self.python.version}), fuzzing client"

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that runs it."""
        return _command(self.python, self.home, _RUN, *arguments)


def install(python: Python2, note: Callable[[str], None]) -> Tool:
    """Return the tool for this interpreter; install it if it is not installed yet.

    Args:
        python: the interpreter to run it on.
        note: called with a line before anything that takes time.

    Raises:
        BuildError: it could not be installed; the message has the end of the installer's log.
    """
    home = cache_root().with_name("oracle") / _digest(python)
    home.parent.mkdir(parents=True, exist_ok=True)
    with _locked(home, note):
        if not home.exists():
            note(f"installing autobahntestsuite {VERSION} for {python.path}, once")
            _build(python, home)
    return Tool(python, home, tuple(json.loads((home / "cases.json").read_text())))


@contextmanager
def _locked(home: Path, note: Callable[[str], None]) -> Iterator[None]:
    lock = Lock(home.with_suffix(".lock"))
    if not lock.acquire(exclusive=True, wait=False):
        note("waiting for another run that installs Autobahn's tool")
        lock.acquire(exclusive=True)
    try:
        yield
    finally:
        lock.release()


def _build(python: Python2, home: Path) -> None:
    draft, log = home.with_suffix(".draft"), home.with_suffix(".log")
    shutil.rmtree(draft, ignore_errors=True)
    log.unlink(missing_ok=True)
    pip = ("-m", "pip", "install", "--no-input", "--disable-pip-version-check")
    Installer(log).run(python.command(*pip, "--target", str(draft), "--requirement", str(REQUIREMENTS)))
    (draft / "cases.json").write_text(json.dumps(_cases(python, draft)))
    draft.rename(home)


def _cases(python: Python2, home: Path) -> list[str]:
    """Return the ids of its cases, which also proves that it can be imported."""
    command = _command(python, home, _LIST)
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=home, stdin=subprocess.DEVNULL, timeout=_LIST_TIMEOUT
    )
    if done.returncode:
        raise BuildError(f"autobahntestsuite was installed for {python.path} and does not run:\n{done.stderr}")
    ids: list[str] = json.loads(done.stdout.splitlines()[-1])
    return ids


def _command(python: Python2, home: Path, code: str, *arguments: str) -> list[str]:
    return python.command("-c", _ENTER + code, str(home), *arguments)


def _digest(python: Python2) -> str:
    content = repr((REQUIREMENTS.read_text(), str(python.path.resolve()), python.version))
    return hashlib.sha256(content.encode()).hexdigest()[:_DIGEST_LENGTH]
