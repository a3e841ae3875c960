"""The server of a cell: an external one that is already running, or one that the suite launches and restarts."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from wsconform.bounded import connect, read_body
from wsconform.launching.running import Running
from wsconform.trust import Trust
from wsconform.wire.opening import Additions

__all__ = ["ExternalServer", "LaunchedServer"]

#: An opening handshake as RFC 6455 section 1.2 has it.
_OPENING = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
_PATIENCE = 5.0  # seconds
_LARGEST = 1 << 20  # bytes of the answer
_SHOWN = 400  # characters
_SYSTEM_TRUST, _NOTHING = Trust(), Additions()


@dataclass(frozen=True)
class ExternalServer(AbstractContextManager["ExternalServer"]):
    """A server that is already running at a URL."""

    url: str
    trust: Trust = _SYSTEM_TRUST
    additions: Additions = _NOTHING

    def restart(self) -> bool:
        """Return False: the suite did not start it."""
        return False

    def cpu_seconds(self) -> float | None:
        """Return nothing: it is unknown."""
        return None

    def log_text(self) -> str:
        """Return nothing: it is unknown."""
        return ""

    def answer(self) -> str:
        """Return nothing: it is unknown."""
        return ""

    def __exit__(self, *exc: object) -> None:
        """Leave the server running."""


class LaunchedServer:
    """A server of the matrix with a target, started on entering and ended on leaving.

    Args:
        launch: starts it with some Django settings, and ends it with the block.
    """

    def __init__(self, launch: Callable[[Mapping[str, object]], AbstractContextManager[Running]]) -> None:
        self._launcher = launch
        self._stack = ExitStack()
        self._past: list[Running] = []
        self._past_cpu = 0.0

    def __enter__(self) -> Self:
        self._launch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, exc, trace)

    @property
    def url(self) -> str:
        """Where its echo view is."""
        return self._running.url

    @property
    def trust(self) -> Trust:
        """The only authority to trust, if it speaks TLS."""
        return Trust(self._running.authority)

    @property
    def additions(self) -> Additions:
        """Nothing."""
        return _NOTHING

    def restart(self) -> bool:
        """End what is left of it and start it again."""
        self._past_cpu += self._running.cpu_seconds() or 0.0
        self._stack.close()
        self._past.append(self._running)
        self._launch()
        return True

    def cpu_seconds(self) -> float | None:
        """Return user and system time of its processes so far; None where the platform does not provide it."""
        now = self._running.cpu_seconds()
        return None if now is None else self._past_cpu + now

    def log_text(self) -> str:
        """Return the end of its output."""
        return "".join(running.log_end() for running in (*self._past, self._running))

    def answer(self) -> str:
        """Describe its answer to an opening handshake, in a line."""
        return _answer(self._running)

    def _launch(self) -> None:
        self._running = self._stack.enter_context(self._launcher({}))


def _answer(running: Running) -> str:
    connection = http.client.HTTPConnection(running.host, running.port)
    try:
        connection.sock = connect(running.host, running.port, running.authority, within=_PATIENCE, room=_LARGEST)
        connection.request("GET", "/echo", headers=_OPENING)
        response = connection.getresponse()
        body = (
            ""
            if response.status == http.client.SWITCHING_PROTOCOLS
            else read_body(response, _LARGEST).decode(errors="replace")
        )
    except (OSError, http.client.HTTPException) as error:
        return f"It did not answer a WebSocket request: {error!r}."
    finally:
        connection.close()
    said = f": {' '.join(body.split())[:_SHOWN]}" if body.strip() else "."
    return f"It answered a WebSocket request with {response.status} {response.reason}{said}"
