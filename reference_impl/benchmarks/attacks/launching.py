"""Start any server of the suite's table with any checkout of the reference, to attack it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from wsconform.environments.cache import Environment, make_environment
from wsconform.launching.launch import SITE as SUITE_SITE
from wsconform.launching.launch import launch
from wsconform.servers.server import Server
from wsconform.targets.target import Target

from .attacked import SITE, Attacked

__all__ = ["launched"]

_ASK_FOR_LIMIT = "from dwebsocket.conf import Settings; print(Settings().max_message_size)"


@contextmanager
def launched(server: Server, checkout: Path, logs: Path, patience: float) -> Iterator[Attacked]:
    """Run a server until the block ends.

    Args:
        server: one of the suite's.
        checkout: the folder of the reference's distribution.
        logs: a folder for what it prints.
        patience: see `Attacked`.
    """
    target = Target("attacked", "the checkout that is attacked", checkout)
    environment = make_environment(target, [server], report=print)
    paths = os.pathsep.join((str(SUITE_SITE), str(SITE)))
    variables = {"PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "attacked_settings"}
    prepared = replace(server, environment={**server.environment, **variables})
    with launch(prepared, environment, log_directory=logs) as running:
        tls = running.authority is not None
        yield Attacked(running.port, running.pid, running.log_path, tls, _limit(environment), patience)


def _limit(environment: Environment) -> int:
    done = subprocess.run([environment.python, "-c", _ASK_FOR_LIMIT], capture_output=True, text=True, check=True)
    return int(done.stdout)
