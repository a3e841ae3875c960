"""Play cases against a URL and return their transcripts."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import autobahn.websocket.protocol
from autobahn.twisted.websocket import WebSocketClientFactory
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.ssl import Certificate, CertificateOptions, optionsForClientTLS, trustRootFromCertificates

from wsconform.conversation.model import Case
from wsconform.conversation.playing.client import Client
from wsconform.conversation.run import CaseRun, Timing
from wsconform.conversation.transcript import Transcript
from wsconform.wire.opening import EXTENSIONS

__all__ = ["Player", "Timing"]

# autobahn pretty-prints its settings twice for each connection, for a log that we do not use. That is a fifth of the
# cost of a connection.
autobahn.websocket.protocol.pformat = repr


#: Seconds for an opening handshake within which a server does not count as slow.
USUAL_OPENING = 0.02

_OPENING = Case("", "Open and close.", (), within=0.0)


class Player:
    """Opens connections to one URL and plays cases on them.

    Args:
        url: ``ws://`` or ``wss://``.
        authority: for ``wss://``, a PEM file with the only CA to trust; None: accept any certificate, since the
            identity of the peer does not matter.
        reactor: Twisted's.
        seed: for the masking keys.
        patient: when an answer is overdue, find out by one more connection whether the server is slow at the moment,
            as on a busy machine, and if so wait longer.
    """

    def __init__(
        self,
        url: str,
        *,
        reactor: Any,
        timing: Timing | None = None,
        seed: int = 0,
        authority: Path | None = None,
        patient: bool = False,
    ) -> None:
        self.url = url
        self._patient = patient
        self._asking: list[Deferred[float]] = []  # who waits for the measurement that is being made
        self._authority = authority
        self.timing = timing or Timing()
        self._reactor = reactor
        self._random = random.Random(seed)  # reproducible, not secret

    def play(self, case: Case, opened: Callable[[CaseRun], None] = lambda _: None) -> Deferred[Transcript]:
        """Play one case. The transcript is ready when TCP has ended, always in bounded time.

        Args:
            case: the case to play.
            opened: called when the opening handshake has succeeded and the first steps are taken.
        """
        return self._connect(case, opened, self._slowness if self._patient else None)

    def _slowness(self) -> Deferred[float]:
        """Measure how much longer than usual the server takes for an opening handshake; it fires in bounded time.

        Who asks while a measurement is being made shares its result. A server that is gone is not slow.
        """
        asking, began = self._asking, self._reactor.seconds()
        asking.append(Deferred())
        result = asking[-1]

        def answered(seconds: float) -> None:
            if self._asking is asking:
                self._asking = []
                for each in asking:
                    each.callback(seconds / USUAL_OPENING)

        if len(asking) == 1:
            ended = self._connect(_OPENING, lambda _: answered(self._reactor.seconds() - began), None)
            ended.addBoth(lambda _: answered(0.0))
        return result

    def _connect(
        self, case: Case, opened: Callable[[CaseRun], None], slowness: Callable[[], Deferred[float]] | None
    ) -> Deferred[Transcript]:
        client = Client(case, self._keys, self.timing, self._reactor, opened, slowness)
        fields = {EXTENSIONS: f"\r\n{EXTENSIONS}: ".join(case.offers)} if case.offers else None
        factory = WebSocketClientFactory(self.url, reactor=self._reactor, useragent="wsconform", headers=fields)
        factory.noisy = False
        factory.setProtocolOptions(openHandshakeTimeout=0)  # the time limit is ours
        factory.protocol = lambda: client
        endpoint = _endpoint(self._reactor, factory.host, factory.port, self.timing.opening * self.timing.scale)
        if factory.isSecure:
            endpoint = wrapClientTLS(self._trust, endpoint)
        endpoint.connect(factory).addErrback(client.never_connected)
        return client.finished

    @cached_property
    def _trust(self) -> Any:
        if self._authority is None:
            return CertificateOptions(verify=False)
        roots = trustRootFromCertificates([Certificate.loadPEM(self._authority.read_bytes())])
        return optionsForClientTLS(urlsplit(self.url).hostname, trustRoot=roots)

    def _keys(self, count: int) -> bytes:
        """Return fresh masking keys, concatenated."""
        return self._random.randbytes(4 * count)


def _endpoint(reactor: Any, host: str, port: int, timeout: float) -> Any:
    """Return an endpoint; for an address not the one for names, which is slow to report a refusal."""
    if isIPAddress(host):
        return TCP4ClientEndpoint(reactor, host, port, timeout)
    if isIPv6Address(host):
        return TCP6ClientEndpoint(reactor, host, port, timeout)
    return HostnameEndpoint(reactor, host, port, timeout)
