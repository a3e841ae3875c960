"""Django projects in a folder, made and edited as people do it."""

import re
import shutil
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

    def __init__(self, folder):
        self.folder = folder
        self.name = folder.name
        self._settings = folder / folder.name / "settings.py"

    @classmethod
    def start(cls, parent, name):
        """Make a new one in a folder."""
        _run(parent, "-m", "django", "startproject", name)
        return cls(parent / name)

    def copy(self, parent):
        """Make one that can be changed without changing this."""
        return type(self)(shutil.copytree(self.folder, parent / self.name))

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
        assignment = self._list(setting)
        self.replace(assignment, assignment.removesuffix("]\n") + lines + "]\n")

    def replace_list(self, setting, text):
        """Put another assignment in the place of a list in the settings."""
        self.replace(self._list(setting), text)

    def replace(self, old, new):
        """Change a text that is there once in the settings."""
        text = self._settings.read_text()
        assert text.count(old) == 1, f"not once in the settings: {old}"
        self._settings.write_text(text.replace(old, new))

    def add_settings(self, text):
        """Put something at the end of the settings."""
        self._settings.write_text(self._settings.read_text() + text)

    def _list(self, setting):
        [assignment] = re.findall(rf"^{setting} = \[\n.*?^\]\n", self._settings.read_text(), re.DOTALL | re.MULTILINE)
        return assignment


def _run(folder, *words):
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
