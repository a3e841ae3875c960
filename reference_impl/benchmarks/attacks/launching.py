"""Start any server of the suite's table with any checkout of the reference, to attack it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from wsconform.environments.cache import make_environment
from wsconform.launching.launch import SITE as SUITE_SITE
from wsconform.launching.launch import launch
from wsconform.servers.server import Server
from wsconform.targets.target import Target

from .attacked import SITE, Attacked

__all__ = ["Launcher"]

_ASK_FOR_LIMIT = "from dwebsocket.conf import Settings; print(Settings().max_message_size)"


class Launcher:
    """A server of the suite's table, installed with a checkout of the reference.

    Args:
        server: one of the suite's.
        checkout: the folder of the reference's distribution, as it is now.
    """

    def __init__(self, server: Server, checkout: Path) -> None:
        target = Target("attacked", "the checkout that is attacked", checkout)
        self._environment = make_environment(target, [server], report=partial(print, file=sys.stderr))
        paths = os.pathsep.join((str(SUITE_SITE), str(SITE)))
        variables = {"PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "attacked_settings"}
        self._server = replace(server, environment={**server.environment, **variables})
        argv = [self._environment.python, "-c", _ASK_FOR_LIMIT]
        self._limit = int(subprocess.run(argv, cwd=SITE, capture_output=True, text=True, check=True).stdout)

    @contextmanager
    def launched(self, logs: Path, patience: float) -> Iterator[Attacked]:
        """Run the server until the block ends.

        Args:
            logs: a folder for what it prints.
            patience: see `Attacked`.
        """
        # Python looks for modules in the current directory first, and there may be another checkout's.
        with chdir(SITE), launch(self._server, self._environment, log_directory=logs) as running:
            tls = running.authority is not None
            yield Attacked(running.port, running.pid, running.log_path, tls, self._limit, patience)
