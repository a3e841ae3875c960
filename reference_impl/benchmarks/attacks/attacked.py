"""A server under attack, however it was started, and the table of attacks on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import measures
from .client import Client, get

__all__ = ["SITE", "Attack", "Attacked", "Figures"]

SITE = Path(__file__).with_name("site")
"""The folder with the project that is attacked; it must be on the server's path."""

Figures = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Attacked:
    """A server that serves `site/`.

    Attributes:
        port: where it listens, on 127.0.0.1.
        pid: its main process.
        log: the file with what it prints.
        tls: it speaks TLS.
        limit: ``WEBSOCKET_MAX_MESSAGE_SIZE``, in octets.
        patience: seconds after which an attack gives up what it waits for.
    """

    port: int
    pid: int
    log: Path
    tls: bool
    limit: int
    patience: float = 60.0

    def open(self, path: str, *, receive_buffer: int = 0, fields: str = "") -> Client:
        """Open a WebSocket to a view.

        Raises:
            ConnectionError: the handshake was refused.
        """
        client = Client(self.port, path, tls=self.tls, receive_buffer=receive_buffer, fields=fields)
        if client.status != 101:
            raise ConnectionError(f"{path} is answered by {client.status}")
        return client

    def open_compressed(self, path: str) -> Client:
        """Open a WebSocket with permessage-deflate.

        Raises:
            ConnectionError: the handshake was refused, or the extension was.
        """
        client = self.open(path, fields="Sec-WebSocket-Extensions: permessage-deflate\r\n")
        if not client.compresses:
            raise ConnectionError("the server does not agree to compress")
        return client

    def page(self, path: str, timeout: float = 60.0) -> bytes | None:
        """Return the content of a page; None if there is no answer in time."""
        return get(self.port, path, tls=self.tls, timeout=timeout)

    def told(self, path: str) -> Any:
        """Return the JSON of a page; None if there is no answer in time."""
        content = self.page(path)
        return None if content is None else json.loads(content)

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used so far."""
        return measures.cpu_seconds(self.pid)

    def held(self) -> measures.Held:
        """Count its descriptors, threads and lines of log."""
        return measures.held(self.pid, self.log)


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack.

    Attributes:
        summary: one line for the help.
        run: attacks a server, and returns the figures by name.
        connections: how many the server has to serve at once.
    """

    summary: str
    run: Callable[[Attacked], Figures]
    connections: int = 2
