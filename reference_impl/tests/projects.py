"""Django projects in a folder, made and edited as people do it; refuses to know what is in them."""

import re
import subprocess
import sys

from .helpers import LIMIT

__all__ = ["Project", "await_log"]

TICK = 0.02  # seconds between two looks at a log


def await_log(site, words):
    """Wait until a server has logged something.

    Args:
        site: has the path of the log as ``log`` and the server's as ``process``.
        words: what it is to say.
    """
    for _ in range(int(LIMIT / TICK)):
        if words in site.log.read_text():
            return
        try:
            code = site.process.wait(TICK)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"the server has ended with {code}: {site.log.read_text()}")
    raise AssertionError(f"not in the log: {words}\n{site.log.read_text()}")


class Project:
    """A project as ``django-admin startproject`` makes it.

    Attributes:
        folder: where its manage.py is.
        name: of the project, and of the package with its settings.
    """

    def __init__(self, parent, name):
        self.folder = parent / name
        self.name = name
        _run(parent, "-m", "django", "startproject", name)

    def manage(self, *words):
        """Run a command of manage.py; it must end well. Returns what it prints."""
        return _run(self.folder, "manage.py", *words)

    def write(self, path, text):
        """Write a file."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def add_to_list(self, setting, lines):
        """Put lines at the end of a list in the settings."""
        self._edit(rf"(^{setting} = \[\n.*?)(?=^\])", rf"\g<1>{lines}")

    def replace_list(self, setting, text):
        """Put another assignment in the place of a list in the settings."""
        self._edit(rf"^{setting} = \[\n.*?^\]\n", text)

    def add_settings(self, text):
        """Put something at the end of the settings."""
        self._edit(r"\Z", text)

    def _edit(self, pattern, text):
        file = self.folder / self.name / "settings.py"
        changed, count = re.subn(pattern, text, file.read_text(), count=1, flags=re.DOTALL | re.MULTILINE)
        assert count == 1, f"not in the settings: {pattern}"
        file.write_text(changed)


def _run(folder, *words):
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
