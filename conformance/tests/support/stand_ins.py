"""Stand-ins for what takes long or must misbehave: small projects to install, small programs to launch."""

import sys
import textwrap
import zipfile
from collections.abc import Mapping
from pathlib import Path

from wsconform.environments.cache import Environment
from wsconform.environments.locks import Lock
from wsconform.servers.server import Server
from wsconform.targets.target import Target

# The documented names, and no more behind them than the site needs.
API = {
    "__init__.py": "",
    "decorators.py": """
def accept_websocket(view):
    def wrapped(request):
        request.websocket = None
        return view(request)
    return wrapped

require_websocket = accept_websocket
""",
    "middleware.py": "class WebSocketMiddleware: pass\n",
}

# Of Django, what it takes to be configured.
DJANGO = {
    "__init__.py": "def setup(): pass\n",
    "conf.py": "class settings:\n    configure = staticmethod(lambda **settings: None)\n",
}

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


def write_project(directory: Path, modules: Mapping[str, str] = API) -> Path:
    """Write a target that can be installed, with these modules in its package."""
    package = directory / "dwebsocket"
    package.mkdir(parents=True)
    for name, content in modules.items():
        (package / name).write_text(content)
    (directory / "pyproject.toml").write_text('[project]\nname = "dwebsocket"\nversion = "0.1"\n')
    return directory


def write_wheel(directory: Path, name: str, version: str, modules: Mapping[str, str]) -> str:
    """Write a distribution of a package of its name; return the requirement that installs it from where it is."""
    about = f"{name}-{version}.dist-info"
    files = {
        **{f"{name}/{module}": content for module, content in modules.items()},
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
