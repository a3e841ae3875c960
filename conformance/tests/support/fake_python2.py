"""A program that claims to be a CPython 2.7 with Autobahn's tool, and can be made to misbehave."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

__all__ = ["Fake", "fake_python2"]

#: Does what the suite asks of a CPython 2.7: prints its version, installs, lists the tool's cases, plays them.
FAKE = """#!{python}
import json, os, pathlib, sys, time
words = sys.argv[1:]
code = words[words.index("-c") + 1] if "-c" in words else ""
if "python_implementation" in code:
    print("{version}")
elif "pip" in words:
    home = pathlib.Path(words[words.index("--target") + 1])
    with pathlib.Path({installs!r}).open("a") as counter:
        counter.write("x")
    print("collecting")
    {pip}
    home.mkdir()
elif "Cases" in code:
    {lists}
else:
    spec = json.loads(pathlib.Path("spec.json").read_text())
    ((server,), cases) = spec["servers"], spec["cases"]
    def begin(id_):
        print("Running test case ID", id_, "for agent", server["agent"], "from peer x", flush=True)
    def report(grades):
        out = pathlib.Path(spec["outdir"])
        out.mkdir()
        found = {{i: dict(behavior=b, behaviorClose=c, duration=1) for i, (b, c) in grades.items()}}
        (out / "index.json").write_text(json.dumps({{server["agent"]: found}}))
    {play}
"""

LISTS = 'print(json.dumps(["1.1.1", "1.1.2", "3.1"]))'

PLAYS = """for id_ in cases:
        begin(id_)
    report({id_: ("OK", "OK") for id_ in cases})"""


Fake = Callable[..., Path]


def fake_python2(directory: Path) -> Fake:
    """Return a function that writes such a program into the directory."""

    def write(
        name: str = "python2.7",
        *,
        version: str = "CPython 2.7.18",
        pip: str = "",
        lists: str = LISTS,
        plays: str = PLAYS,
    ) -> Path:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        installs = str(directory / "installs")
        text = FAKE.format(
            python=sys.executable, version=version, installs=installs, pip=pip or "pass", lists=lists, play=plays
        )
        path.write_text(text)
        path.chmod(0o755)
        return path

    return write
