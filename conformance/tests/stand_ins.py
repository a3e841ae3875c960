"""Stand-ins for what takes long or must misbehave: small projects to install, small programs to launch."""

import sys
import textwrap
import zipfile
from pathlib import Path

from conformance.servers.server import Server
from conformance.targets.environments import Environment
from conformance.targets.locks import Lock
from conformance.targets.target import Target

# What the site imports of a target, and no more.
DECORATORS = """
def accept_websocket(view):
    def wrapped(request):
        request.websocket = None
        return view(request)
    return wrapped
"""

# Answers GET /health as the site does. FIRST is run before it listens.
HEALTHY = """
import http.server, os, pathlib, signal, socket, subprocess, sys
class Health(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(STATUS)
        self.send_header("Wsconform-Instance", INSTANCE)
        self.send_header("Content-Length", "0")
        self.end_headers()
STATUS, INSTANCE = 200, os.environ["WSCONFORM_INSTANCE"]
port = int(sys.argv[1])
FIRST
http.server.ThreadingHTTPServer(("127.0.0.1", port), Health).serve_forever()
"""


def write_project(directory: Path) -> Path:
    """Write a target that can be installed and has the names that the site imports."""
    package = directory / "dwebsocket"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "decorators.py").write_text(DECORATORS)
    (directory / "pyproject.toml").write_text('[project]\nname = "dwebsocket"\nversion = "0.1"\n')
    return directory


def write_wheel(directory: Path, name: str, version: str, package: str) -> str:
    """Write an empty distribution; return the requirement that installs it from where it is."""
    about = f"{name}-{version}.dist-info"
    files = {
        f"{package}/__init__.py": "",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{about}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{about}/RECORD"])
    wheel = directory / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return f"{name} @ {wheel.as_uri()}"


def server_that(first: str = "", **options: object) -> Server:
    """Return a server that is healthy but for the lines of `first`."""
    script = HEALTHY.replace("FIRST", textwrap.dedent(first))
    return Server("stand-in", "a test's", argv=("{python}", "-c", _escaped(script), "{port}"), **options)


def our_environment(**settings: object) -> Environment:
    """Return an environment that is just our own interpreter, enough for a stand-in."""
    target = Target("stand-in", "a test's", "", settings=settings)
    return Environment(target, Path(sys.executable), {}, "", Lock(Path("unused")))


def _escaped(script: str) -> str:
    return script.replace("{", "{{").replace("}", "}}")
