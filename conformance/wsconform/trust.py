"""Which certificate of a server is trusted."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Trust"]


@dataclass(frozen=True, slots=True)
class Trust:
    """How the certificate of a server is verified.

    Attributes:
        authority: a PEM file with the only authorities to trust; None: those that the system trusts.
        verified: otherwise any certificate is accepted.
    """

    authority: Path | None = None
    verified: bool = True

    def context(self) -> ssl.SSLContext:
        """Return a context of Python's for a client.

        Raises:
            OSError: the file cannot be read; as ssl.SSLError, it has no certificates.
        """
        context = ssl.create_default_context(cafile=self.authority)
        if not self.verified:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
