"""Environments for tests, and stand-ins for what is installed in them."""

from __future__ import annotations

import json
import subprocess
import sys

from conformance.tests.support import stand_ins
from wsconform.environments.cache import make_environment
from wsconform.environments.plan import Plan
from wsconform.environments.versions import OWN, Versions
from wsconform.servers import Server

__all__ = ["RUNNING", "SERVER", "api", "committed", "digest", "make", "write_python"]

#: The minor version of the running interpreter.
RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"
SERVER = Server("plain", "a test server", argv=("x",))


def digest(target, *servers, versions=OWN):
    return Plan.of(target, servers, versions).digest


def make(target, *servers, report=lambda line: None, **versions):
    return make_environment(target, servers or [SERVER], versions=Versions(**versions), report=report)


def api(**changed):
    """Return the modules of the documented API, some of them replaced, or removed if given as None."""
    modules = {**stand_ins.API, **{f"{name}.py": content for name, content in changed.items()}}
    return {name: content for name, content in modules.items() if content is not None}


def committed(repository):
    """Commit everything in a directory to a new repository; return the commit."""
    git = ["git", "-C", str(repository), "-c", "user.name=x", "-c", "user.email=x@x.test"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Everything"]):
        subprocess.run([*git, *command], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()


def write_python(path, *, implementation="CPython", minor="9.9", free_threaded=False, status=0):
    """Write a program that answers like an interpreter when it is asked for its version."""
    answer = json.dumps([implementation, minor, f"{minor}.0", "/home", "machine", free_threaded])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{answer}'\nexit {status}\n")
    path.chmod(0o755)
    return path
