"""The settings: their names, defaults and checks.

They are read when a connection opens, so `override_settings` works as for any setting of Django.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

__all__ = ["PREFIX", "Settings", "current", "misspelt"]

PREFIX = "WEBSOCKET_"

_LONGEST = 24 * 60 * 60  # seconds; operating systems and servers refuse to wait for much longer times


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the project, checked. Each field is the setting ``WEBSOCKET_`` + its name in capitals.

    Attributes:
        factory_class: takes the connection over from the server: a dotted path or a class.
        accept_all: every view may be reached by a WebSocket, not only the decorated ones.
        allowed_origins: origins that may connect; None means the site's own host and
            ``CSRF_TRUSTED_ORIGINS``.
        subprotocols: subprotocols that the site speaks, best first.
        max_memory: bytes that the messages of all connections of this process take; beyond it the one with most
            is closed with 1013. None: no limit.
        max_message_size: bytes; a longer message fails the connection with 1009. None: no limit.
        ping_interval: seconds of silence before a waiting view sends a Ping. None: no Pings.
        ping_timeout: seconds after a Ping in which the peer must send something. None: no limit.
        close_timeout: seconds to wait for the peer's Close frame.
        send_timeout: seconds for which the peer may take nothing of what is sent to it; then the connection is
            lost. None: no limit.
        compression: agree to permessage-deflate when a client offers it.
        compression_context_takeover: compressed messages may refer to those before them, in both
            directions; otherwise no memory is kept between messages.
        compression_level: zlib's, 1 (fast) to 9 (small).
        compression_memory: zlib's memLevel, 1 (least) to 9.
        compression_threshold: bytes; a shorter message is sent uncompressed.
        compression_window_bits: base-2 logarithm of the window, of ours and of the client's if it lets us.
        legacy_bytes: behave as dwebsocket 0.5: messages are bytes, bytes are sent as text, the
            iteration ends with None, `send()` does not raise.
        upgrade_required: a plain request to a view that needs a WebSocket gets 426 instead of 400.
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
    raise ValueError("the dotted path of a factory class, or the class")


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
    """Read the settings as they are now.

    Raises:
        ImproperlyConfigured: a value is invalid, or a name is misspelt.
    """
    for name, meant in misspelt().items():
        raise ImproperlyConfigured(f"There is no setting {name}. Do you mean {meant}?")
    return Settings(**{name: _read(name, check) for name, check in _CHECKS.items() if _is_set(name)})


def misspelt() -> dict[str, str]:
    """Return the settings whose names are almost those of ours, each with the one that is probably meant.

    Other names that begin with the prefix are ignored: other packages use it as well.
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
