"""Decide which pages may connect, by the Origin field of the opening handshake (RFC 6455 section 10.2).

A browser sends scheme, host and port of the page that connects, and nothing else. Whatever has another form comes
from no browser, and is neither the request's own host nor covered by a pattern.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Origin", "is_same_host", "matches"]

_DEFAULT_PORTS = {"http": 80, "https": 443}

# RFC 6454 section 6.2: scheme, host and a port that is not the default. Browsers write it in lower case.
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://((?:\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::[0-9]{1,5})?)")


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a page, in lower case.

    Attributes:
        scheme: of its URL.
        authority: its host, and its port behind a colon if it has one.
    """

    scheme: str
    authority: str

    @classmethod
    def parse(cls, value: str) -> "Origin | None":
        """Parse the value of an Origin field; None: it has another form, such as ``null``."""
        match = _ORIGIN.fullmatch(value.lower()) if value.isascii() else None
        return None if match is None else cls(match[1], match[2])


def is_same_host(value: str, host: str, *, secure: bool) -> bool:
    """Tell whether a page comes from the host that it connects to.

    Args:
        value: of the Origin field.
        host: the request's own, with its port unless that is the default.
        secure: the request came over TLS. Then a page that did not is another origin (mixed content), as it is
            for Django's CSRF check. Otherwise the page may have either scheme, since a proxy may have ended TLS.
    """
    origin = Origin.parse(value)
    if origin is None or origin.scheme not in _DEFAULT_PORTS or (secure and origin.scheme != "https"):
        return False
    port, host = f":{_DEFAULT_PORTS[origin.scheme]}", host.lower()
    return origin.authority in {host, host.removesuffix(port), host + port}


def matches(value: str, patterns: Sequence[str]) -> bool:
    """Tell whether an Origin field has the value of a pattern, or one that the pattern covers.

    Args:
        value: of the Origin field.
        patterns: origins; ``https://*.example.org`` covers all subdomains, and ``*`` everything.
    """
    return any(_matches_one(value, pattern.lower()) for pattern in patterns)


def _matches_one(value: str, pattern: str) -> bool:
    scheme, star, domain = pattern.partition("://*.")
    if not star:
        return pattern in ("*", value.lower())
    origin = Origin.parse(value)
    return origin is not None and origin.scheme == scheme and origin.authority.endswith(f".{domain}")
