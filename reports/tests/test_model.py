"""A program that only reads run files needs none of the suite's dependencies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import wsreport

PACKAGES = Path(wsreport.__file__).parents[1]
READ = """
import sys
sys.path.insert(0, sys.argv[1])
from wsreport.model import gate, merge, read_run
print(gate(read_run(sys.argv[2])))
"""


@pytest.mark.parametrize(("name", "code"), [("passing", 0), ("trouble", 3), ("incomplete", 4)])
def test_run_file_is_read_with_the_standard_library_alone(files, name, code):
    # -S leaves out site-packages.
    command = [sys.executable, "-I", "-S", "-c", READ, str(PACKAGES), str(files[name])]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"{code}\n", "")
