"""WebSocket URLs (RFC 6455 section 3): where to connect, and what the request says about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

__all__ = ["Address", "AddressError", "credentials_in"]

_PORTS = {"ws": 80, "wss": 443}
_EXAMPLE = "write it like ws://127.0.0.1:8000/echo"
#: Characters that a URL cannot have; some of them would begin another line of the request.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f]")
#: Characters that are sent as they are: those of paths and queries, and the percent sign of escapes.
_KEPT = "/?:@!$&'()*+,;=-._~%[]"
_SECRET_NAME = re.compile(r"token|key|auth|secret|passw|session|sig|jwt|cookie|credential", re.IGNORECASE)
_USER = re.compile(r"//[^/?#]*@")
_PARAMETER = re.compile(r"(?P<name>[^?&=]+)=(?P<value>[^&]+)")


class AddressError(ValueError):
    """The text is not a WebSocket URL; the message says why, without its secrets."""


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a WebSocket URL, without user name and password.

    Attributes:
        host: a name, in ASCII (RFC 5891), or an IP address without brackets.
        target: path and query, as the request line has them.
    """

    secure: bool
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """Return the parts of a URL.

        Raises:
            AddressError: it is not a WebSocket URL.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
            host = (parts.hostname or "").encode("idna").decode("ascii")
        except ValueError:  # an invalid port, IPv6 address or international name
            raise AddressError(f"{_shown(url)!r} is not a WebSocket URL; {_EXAMPLE}") from None
        if _FORBIDDEN.search(url) or parts.scheme not in _PORTS or not host or port == 0:
            raise AddressError(f"{_shown(url)!r} is not a WebSocket URL; {_EXAMPLE}")
        if "#" in url:
            raise AddressError(f"{_shown(url)!r} has a fragment, which a WebSocket URL cannot have: remove it")
        target = _quoted(parts.path or "/") + (f"?{_quoted(parts.query)}" if "?" in url else "")
        return cls(parts.scheme == "wss", host, port or _PORTS[parts.scheme], target)

    @property
    def authority(self) -> str:
        """Host and port for the Host field (RFC 9110 section 7.2): brackets around IPv6, no default port."""
        return _joined(self.host, self.port, _PORTS["wss" if self.secure else "ws"])

    @property
    def place(self) -> str:
        """Host and port, also if it is the default port of the scheme."""
        return _joined(self.host, self.port)

    @property
    def url(self) -> str:
        """The URL, without user name and password."""
        return f"{'wss' if self.secure else 'ws'}://{self.authority}{self.target}"

    @property
    def shown(self) -> str:
        """The URL for people and files, without the values of parameters that look like secrets."""
        return self.url.replace(self.target, _hidden(self.target)) if self.secrets else self.url

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values in the query that look like secrets."""
        query = self.target.partition("?")[2]
        return tuple(one["value"] for one in _PARAMETER.finditer(query) if _SECRET_NAME.search(one["name"]))


def credentials_in(url: str) -> str:
    """Return user name and password of a URL, joined by a colon; empty if it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.username is None and parts.password is None:
        return ""
    return f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"


def _quoted(part: str) -> str:
    # Bytes of a command line that are not UTF-8 are surrogates in the text.
    return quote(part, safe=_KEPT, errors="surrogateescape")


def _joined(host: str, port: int, default: int = 0) -> str:
    written = f"[{host}]" if ":" in host else host
    return written if port == default else f"{written}:{port}"


def _hidden(target: str) -> str:
    path, mark, query = target.partition("?")
    return path + mark + _PARAMETER.sub(_hidden_value, query)


def _hidden_value(found: re.Match[str]) -> str:
    return f"{found['name']}=***" if _SECRET_NAME.search(found["name"]) else found[0]


def _shown(url: str) -> str:
    """Return a text that should be a URL without user name and password."""
    return _USER.sub("//", url)
