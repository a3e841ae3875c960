"""Decide which pages may connect, by the Origin field of the opening handshake (RFC 6455 section 10.2).

A browser sends the scheme, host and port of the page that connects. Any other value, such as ``null``, is never the
request's own host, and matches no pattern with a wildcard for subdomains.
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
        scheme: the scheme of its URL.
        authority: its host, followed by a colon and the port if there is one.
    """

    scheme: str
    authority: str

    @classmethod
    def parse(cls, value: str) -> "Origin | None":
        """Parse the value of an Origin field; None if it has another form, such as ``null``."""
        match = _ORIGIN.fullmatch(value.lower()) if value.isascii() else None
        return None if match is None else cls(match[1], match[2])


def is_same_host(value: str, host: str, *, secure: bool) -> bool:
    """Tell whether a page comes from the host that it connects to.

    Args:
        value: the value of the Origin field.
        host: the host that the request names, with the port unless it is the default.
        secure: whether the request came over TLS. Then pages loaded without TLS are refused (mixed content), as in
            Django's CSRF check. Otherwise both schemes are allowed, since a proxy may have terminated TLS.
    """
    origin = Origin.parse(value)
    if origin is None or origin.scheme not in _DEFAULT_PORTS or (secure and origin.scheme != "https"):
        return False
    port, host = f":{_DEFAULT_PORTS[origin.scheme]}", host.lower()
    return origin.authority in {host, host.removesuffix(port), host + port}


def matches(value: str, patterns: Sequence[str]) -> bool:
    """Tell whether the value of an Origin field matches one of the patterns.

    Args:
        value: the value of the Origin field.
        patterns: origins; ``https://*.example.org`` matches all subdomains, and ``*`` everything.
    """
    return any(_matches_one(value, pattern.lower()) for pattern in patterns)


def _matches_one(value: str, pattern: str) -> bool:
    scheme, star, domain = pattern.partition("://*.")
    if not star:
        return pattern in ("*", value.lower())
    origin = Origin.parse(value)
    return origin is not None and origin.scheme == scheme and origin.authority.endswith(f".{domain}")
