"""The settings: names, defaults and checks.

They are read whenever a connection opens, so `override_settings` works as for any Django setting.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

__all__ = ["PREFIX", "Settings", "current", "misspelt"]

PREFIX = "WEBSOCKET_"

_LONGEST = 24 * 60 * 60  # seconds; operating systems and servers reject much longer timeouts


@dataclass(frozen=True, slots=True)
class Settings:
    """The checked settings of the project. The setting of a field is ``WEBSOCKET_`` plus the name in capitals.

    Attributes:
        factory_class: the class that takes the connection over from the server, or its dotted path.
        accept_all: accept WebSockets for every view, not only decorated ones. Needs the middleware.
        allowed_origins: origins whose pages may connect (RFC 6455 section 10.2). None: the request's own host and
            ``CSRF_TRUSTED_ORIGINS``.
        subprotocols: the subprotocols of views whose decorator names none.
        max_memory: bytes; limit for the messages of all connections of this process. When it is exceeded, the
            connection that holds most is closed with 1013. None: no limit.
        max_message_size: bytes; a longer message ends the connection with 1009. None: no limit.
        ping_interval: seconds of silence before a waiting view sends a Ping. None: no Pings.
        ping_timeout: seconds after a Ping within which something must arrive from the peer. None: no limit.
        close_timeout: seconds to wait for the peer's Close frame.
        send_timeout: seconds; a peer that accepts no data for this long while we are sending is disconnected.
            None: no limit.
        compression: accept permessage-deflate (RFC 7692) if a client offers it.
        compression_context_takeover: compressed messages may refer to earlier ones, in both directions. False: no
            memory is kept between messages.
        compression_level: zlib's compression level, 1 (fastest) to 9 (smallest).
        compression_memory: zlib's memLevel, 1 to 9.
        compression_threshold: bytes; a shorter message is sent uncompressed.
        compression_window_bits: base-2 logarithm of the compression window, 8 to 15: for our messages, and for the
            client's if it supports a smaller window.
        legacy_bytes: behave like dwebsocket 0.5: messages arrive as bytes, bytes are sent as text, iteration ends
            with None, `send()` does not raise.
        upgrade_required: `require_websocket` answers plain requests with 426 instead of 400.
    """

    factory_class: str | type = "dwebsocket.backends.default.factory.WebSocketFactory"
    accept_all: bool = False
    allowed_origins: tuple[str, ...] | None = None
    subprotocols: tuple[str, ...] = ()
    max_memory: int | None = 256 * 1024 * 1024
    max_message_size: int | None = 16 * 1024 * 1024
    ping_interval: float | None = 25.0
    ping_timeout: float | None = 20.0
    close_timeout: float = 10.0
    send_timeout: float | None = 20.0
    compression: bool = True
    compression_context_takeover: bool = True
    compression_level: int = 3
    compression_memory: int = 5
    compression_threshold: int = 1024
    compression_window_bits: int = 12
    legacy_bytes: bool = False
    upgrade_required: bool = False


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("True or False")


def _seconds(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LONGEST:
        return float(value)
    raise ValueError(f"a number of seconds, greater than 0 and at most {_LONGEST}")


def _seconds_or_none(value: object) -> float | None:
    try:
        return None if value is None else _seconds(value)
    except ValueError as error:
        raise ValueError(f"{error}, or None") from None


def _size_or_none(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise ValueError("a number of bytes greater than 0, or None for no limit")


def _size(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError("a number of bytes, 0 or greater")


def _between(least: int, most: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise ValueError(f"a whole number from {least} to {most}")

    return check


def _strings(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise ValueError("a list of strings")


def _strings_or_none(value: object) -> tuple[str, ...] | None:
    try:
        return None if value is None else _strings(value)
    except ValueError as error:
        raise ValueError(f"{error}, or None") from None


def _path_or_class(value: object) -> str | type:
    if isinstance(value, str | type) and value:
        return value
    raise ValueError("a factory class or its dotted path")


_CHECKS: dict[str, Callable[[object], Any]] = {
    "factory_class": _path_or_class,
    "accept_all": _boolean,
    "allowed_origins": _strings_or_none,
    "subprotocols": _strings,
    "max_memory": _size_or_none,
    "max_message_size": _size_or_none,
    "ping_interval": _seconds_or_none,
    "ping_timeout": _seconds_or_none,
    "close_timeout": _seconds,
    "send_timeout": _seconds_or_none,
    "compression": _boolean,
    "compression_context_takeover": _boolean,
    "compression_level": _between(1, 9),
    "compression_memory": _between(1, 9),
    "compression_threshold": _size,
    "compression_window_bits": _between(8, 15),
    "legacy_bytes": _boolean,
    "upgrade_required": _boolean,
}


def current() -> Settings:
    """Read and check the current settings.

    Raises:
        ImproperlyConfigured: a value is invalid, or the name of a setting is misspelt.
    """
    for name, meant in misspelt().items():
        raise ImproperlyConfigured(f"{name} is not a setting of dwebsocket. Did you mean {meant}?")
    return Settings(**{name: _read(name, check) for name, check in _CHECKS.items() if _is_set(name)})


def misspelt() -> dict[str, str]:
    """Return settings with a misspelt name, each with the name that was probably meant.

    Other settings that begin with the prefix are ignored, because other packages use it as well.
    """
    known = [PREFIX + field.name.upper() for field in fields(Settings)]
    unknown = [name for name in dir(settings) if name.startswith(PREFIX) and name not in known]
    guesses = ((name, difflib.get_close_matches(name, known, n=1, cutoff=0.85)) for name in unknown)
    return {name: guess[0] for name, guess in guesses if guess}


def _is_set(name: str) -> bool:
    return hasattr(settings, PREFIX + name.upper())


def _read(name: str, check: Callable[[object], Any]) -> Any:
    setting = PREFIX + name.upper()
    value = getattr(settings, setting)
    try:
        return check(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{setting} must be {error}, not {value!r}.") from None
