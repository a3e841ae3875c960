"""Stand-ins that are quick or misbehave: small projects to install, small programs to launch."""

import json
import sys
import textwrap
import zipfile
from collections.abc import Mapping
from importlib.metadata import PathDistribution
from pathlib import Path

from wsconform.environments.cache import Environment
from wsconform.environments.locks import Lock
from wsconform.servers.server import Server
from wsconform.targets.target import Target

# The documented names, implemented only as far as the site needs.
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

# The part of Django that is needed to configure it.
DJANGO = {
    "__init__.py": "def setup(): pass\n",
    "conf.py": "class settings:\n    configure = staticmethod(lambda **settings: None)\n",
}

# Answers GET /health as the site does. FIRST is replaced by code that runs before it listens.
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
    """Write a project that can be installed, with these modules in its package."""
    package = directory / "dwebsocket"
    package.mkdir(parents=True)
    for name, content in modules.items():
        (package / name).write_text(content)
    (directory / "pyproject.toml").write_text('[project]\nname = "dwebsocket"\nversion = "0.1"\n')
    return directory


def write_wheel(directory: Path, name: str, version: str, modules: Mapping[str, str]) -> str:
    """Write a wheel of a package with its own name; return the requirement that installs it."""
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


def write_installed(site, direct_url=None, metadata=""):
    """Write a distribution as an installer does; return it."""
    (site / "dwebsocket").mkdir(parents=True)
    for name, content in API.items():
        (site / "dwebsocket" / name).write_text(content)
    about = site / "dwebsocket-0.3.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dwebsocket\nVersion: 0.3\n{metadata}")
    (about / "RECORD").write_text("".join(f"dwebsocket/{name},,\n" for name in API))
    if direct_url:
        (about / "direct_url.json").write_text(json.dumps(direct_url))
    return PathDistribution(about)


def server_that(first: str = "", **options: object) -> Server:
    """Return a healthy server that runs the lines of `first` before it listens."""
    script = HEALTHY.replace("FIRST", textwrap.dedent(first))
    return Server("stand-in", "a test server", argv=("{python}", "-c", _escaped(script), "{port}"), **options)


def our_environment(**settings: object) -> Environment:
    """Return an environment of the running interpreter, which is enough for a stand-in."""
    target = Target("stand-in", "a test target", "", settings=settings)
    return Environment(target, Path(sys.executable), {}, "", Lock(Path("unused")))


def _escaped(script: str) -> str:
    return script.replace("{", "{{").replace("}", "}}")
