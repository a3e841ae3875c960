"""Start a server with a target, wait until it answers, and end it even if this process dies.

from wsconform.servers import find_server
from wsconform.launching.launch import launch
from wsconform.targets import find_target
from wsconform.environments.cache import make_environment

server = find_server("gunicorn-gthread")
environment = make_environment(find_target("reference"), [server], report=print)
with launch(server, environment, log_directory=Path("logs")) as running:
    print(running.url, running.pid, running.cpu_seconds())
print(running.log_text())
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from wsconform.environments.cache import Environment
from wsconform.errors import LaunchError
from wsconform.launching.certificates import find_certificate
from wsconform.launching.program import Program, inherited, path_with, running_program
from wsconform.launching.running import Running
from wsconform.servers.server import Server

__all__ = ["SITE", "Running", "launch"]

#: The directory of the Django project under test, the only code of the suite that a server can import.
SITE = Path(__file__).resolve().parents[1] / "site"


@contextmanager
def launch(
    server: Server,
    environment: Environment,
    *,
    log_directory: Path,
    host: str = "127.0.0.1",
    ready_within: float = 30.0,
    settings: Mapping[str, object] | None = None,
    left_behind: Callable[[str], None] = lambda _: None,
) -> Iterator[Running]:
    """Serve the project under test until the block ends.

    Args:
        server: the server to start.
        environment: where the server and the target are installed.
        log_directory: gets a new file with the server's output.
        host: the address to listen on.
        ready_within: seconds until `GET /health` must be answered.
        settings: Django settings for this launch. They override the server's, which override the target's.
        left_behind: takes a sentence about processes that the server left behind and that were killed.

    Raises:
        ExitedAtStartError: the server's process ended; the message has the end of its log.
        NeverReadyError: it did not answer, or answered with an error; the message has the end of its log.
        LaunchError: the environment has the wrong Python, no port was free, or the log cannot be created.
    """
    _require_python(server, environment)
    certificate = find_certificate() if server.scheme == "wss" else None
    merged = {**environment.target.settings, **server.settings, **(settings or {})}

    def command(port: int) -> tuple[str, ...]:
        return server.command(
            python=str(environment.python),
            host=host,
            port=port,
            site=str(SITE),
            certificate=str(certificate.certificate) if certificate else "",
            key=str(certificate.key) if certificate else "",
        )

    with tempfile.TemporaryDirectory(prefix="wsconform-", ignore_cleanup_errors=True) as scratch:
        program = Program(
            server.name,
            command,
            lambda instance: _variables(server, environment, merged, scratch, instance),
            log_directory,
            host=host,
            stop_within=server.stop_within,
            closes_gracefully=server.closes_gracefully,
            authority=certificate.authority if certificate else None,
            left_behind=left_behind,
        )
        with running_program(program, ready_within) as running:
            yield running


def _variables(
    server: Server, environment: Environment, settings: Mapping[str, object], scratch: str, instance: str
) -> dict[str, str]:
    """Return the environment variables of the server's process, which inherits only a few of ours."""
    return {
        **inherited(),
        "PATH": path_with(environment.python.parent),
        "PYTHONPATH": str(SITE),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": "wsconform_site.settings",
        "WSCONFORM_INSTANCE": instance,
        "WSCONFORM_SCRATCH": scratch,
        "WSCONFORM_SETTINGS": json.dumps(dict(settings)),
        **server.environment,
    }


def _require_python(server: Server, environment: Environment) -> None:
    version = environment.versions.get("python", "")
    if server.python and not f"{version}.".startswith(f"{server.python}."):
        raise LaunchError(f"{server.name} needs Python {server.python}, but the environment has {version or 'another'}")
