"""Peers that are quick or misbehave: small programs in the place of echo servers."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wsconform.environments.locks import Lock
from wsconform.environments.peers import PeerEnvironment
from wsconform.peers.peer import Package, Peer

#: Answers every request with 404.
ANSWERS = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(404)
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""

TABLE: Mapping[str, Any] = {
    "summary": "a test peer",
    "language": "Python",
    "installer": "pip",
    "packages": ["websockets==17.4"],
    "judged": ["websockets"],
    "program": "echo.py",
    "command": ["{python}", "{program}", "{host}", "{port}"],
    "compression": "none",
    "homepage": "https://example.org/",
    "licence": "MIT",
}


def peer_that(directory: Path, program: str, **changed: Any) -> Peer:
    """Return a peer whose program has these lines, in which ``port`` is the port to listen on."""
    path = directory / "echo.py"
    path.write_text("import sys\nport = int(sys.argv[2])\n" + textwrap.dedent(program))
    values = {
        **TABLE,
        "packages": (Package("websockets", "17.4", "=="),),
        "judged": ("websockets",),
        "command": tuple(TABLE["command"]),
        "program": path,
    }
    return Peer("stand-in", **values | changed)


def our_environment() -> PeerEnvironment:
    """Return an environment of the running interpreter."""
    return PeerEnvironment(Path(sys.executable), {"websockets": "17.4"}, Lock(Path("unused")))
