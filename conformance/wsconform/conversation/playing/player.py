"""Play cases against a URL and return their transcripts."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cached_property
from typing import Any

from OpenSSL import SSL
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.protocol import Factory
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from zope.interface import implementer

from wsconform.conversation.model import Case
from wsconform.conversation.playing.client import Client, Opening
from wsconform.conversation.run import CaseRun, Timing
from wsconform.conversation.transcript import Transcript
from wsconform.trust import Trust
from wsconform.wire.address import Address
from wsconform.wire.head import Asked
from wsconform.wire.opening import Additions, new_key, opening_request

__all__ = ["Player", "Timing"]

_NOTHING = Additions()
_ANY_CERTIFICATE = Trust(verified=False)
_PEM_END = b"-----END CERTIFICATE-----"

#: Seconds for an opening handshake within which a server does not count as slow.
USUAL_OPENING = 0.02
_OPENING = Case("", "Open and close.", (), within=0.0)


class Player:
    """Opens connections to one URL and plays cases on them.

    Args:
        url: ``ws://`` or ``wss://``.
        trust: for ``wss://``, the certificates to trust.
        reactor: Twisted's.
        seed: for the masking keys.
        additions: further fields of every opening handshake.
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
        trust: Trust = _ANY_CERTIFICATE,
        additions: Additions = _NOTHING,
        patient: bool = False,
    ) -> None:
        self._address = Address.parse(url)
        self._trust, self._additions = trust, additions
        self._patient = patient
        self._asking: list[Deferred[float]] = []  # who waits for the measurement that is being made
        self.timing = timing or Timing()
        self._reactor = reactor
        self._random = random.Random(seed)  # reproducible, not secret
        self._handshakes = random.Random(seed)

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
        client = Client(case, self._opening(case), self._keys, self.timing, self._reactor, opened, slowness)
        endpoint = self._endpoint()
        if self._address.secure:
            endpoint = wrapClientTLS(self._tls, endpoint)
        endpoint.connect(_Factory(client)).addErrback(client.never_connected)
        return client.finished

    def _opening(self, case: Case) -> Opening:
        key = new_key(self._handshakes.randbytes(16))
        request = opening_request(self._address, key, self._additions, case.offers)
        return Opening(request, Asked(key, self._additions.subprotocols), self._address.secure)

    @cached_property
    def _tls(self) -> Any:
        host = self._address.host
        if not self._trust.verified:
            return _Unverified(host)
        if self._trust.authority is None:
            return optionsForClientTLS(host, trustRoot=platformTrust())
        found = self._trust.authority.read_bytes().split(_PEM_END)[:-1]
        roots = trustRootFromCertificates([Certificate.loadPEM(one + _PEM_END) for one in found])
        return optionsForClientTLS(host, trustRoot=roots)

    def _keys(self, count: int) -> bytes:
        """Return fresh masking keys, concatenated."""
        return self._random.randbytes(4 * count)

    def _endpoint(self) -> Any:
        """Return an endpoint; for an address not the one for names, which is slow to report a refusal."""
        host, port, timeout = self._address.host, self._address.port, self.timing.opening * self.timing.scale
        if isIPAddress(host):
            return TCP4ClientEndpoint(self._reactor, host, port, timeout)
        if isIPv6Address(host):
            return TCP6ClientEndpoint(self._reactor, host, port, timeout)
        return HostnameEndpoint(self._reactor, host, port, timeout)


class _Factory(Factory):  # type: ignore[misc] # Twisted's has no types
    """Gives the one client to its connection."""

    noisy = False

    def __init__(self, client: Client) -> None:
        self._client = client

    def buildProtocol(self, _: object) -> Client:  # noqa: N802 (Twisted's name)
        return self._client


@implementer(IOpenSSLClientConnectionCreator)
class _Unverified:
    """Accepts any certificate, and names the host to the server, which may choose a certificate by it (SNI)."""

    def __init__(self, host: str) -> None:
        self._name = b"" if isIPAddress(host) or isIPv6Address(host) else host.encode("idna")
        self._context = CertificateOptions(verify=False).getContext()

    def clientConnectionForTLS(self, _: object) -> SSL.Connection:  # noqa: N802 (Twisted's name)
        connection = SSL.Connection(self._context, None)
        if self._name:
            connection.set_tlsext_host_name(self._name)
        return connection
