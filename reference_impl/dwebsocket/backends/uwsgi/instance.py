"""How uWSGI was started, and which options make WebSockets impossible."""

import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Instance", "Obstacle", "obstacle_for", "running_instance"]

Meta = Mapping[str, Any]

_ENCRYPTED = frozenset({"https-socket", "ssl-socket", "suwsgi-socket"})
_ROUTERS = frozenset({"http", "httprouter", "https", "https2"})
_RAW = frozenset({"http-websockets", "http-raw-body"})

# On later versions of Python, uWSGI mixes up the frames of suspended requests and crashes.
_LAST_WITH_UGREEN = (3, 10)


@dataclass(frozen=True, slots=True)
class Instance:
    """The running uWSGI.

    Attributes:
        loop: name of its loop engine; None: uWSGI's own.
        cores: how many requests one process serves at a time.
        options: names of the options in use.
        python: version of CPython; None: another implementation.
    """

    loop: str | None
    cores: int
    options: frozenset[str]
    python: tuple[int, int] | None

    @property
    def is_async(self) -> bool:
        """Whether requests share one thread, and uWSGI itself switches between them."""
        return self.loop != "gevent" and "async" in self.options and self.cores > 1


def running_instance(uwsgi: Any) -> Instance:
    """Describe the running uWSGI.

    Args:
        uwsgi: the module ``uwsgi``, which only exists in processes of uWSGI.
    """
    python = sys.version_info[:2] if platform.python_implementation() == "CPython" else None
    options = frozenset(_text(name) for name in uwsgi.opt)
    return Instance(None if uwsgi.loop is None else _text(uwsgi.loop), uwsgi.cores, options, python)


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A configuration that makes WebSockets impossible.

    Attributes:
        exists: takes the instance and ``request.META``; returns whether the configuration applies.
        reason: what is wrong, and what to do instead.
    """

    exists: Callable[[Instance, Meta], bool]
    reason: str


def obstacle_for(instance: Instance, meta: Meta) -> Obstacle | None:
    """Return the first obstacle for this request, or None."""
    return next((obstacle for obstacle in OBSTACLES if obstacle.exists(instance, meta)), None)


def _is_encrypted(instance: Instance, meta: Meta) -> bool:
    # "HTTPS" alone may also come from a proxy that terminates TLS.
    return "HTTPS" in meta and "UWSGI_ROUTER" not in meta and bool(instance.options & _ENCRYPTED)


def _is_cut_off(instance: Instance, meta: Meta) -> bool:
    # A router in another instance cannot be asked.
    return "UWSGI_ROUTER" in meta and bool(instance.options & _ROUTERS) and not instance.options & _RAW


def _is_foreign_loop(instance: Instance, _: Meta) -> bool:
    return instance.loop not in (None, "gevent")


def _is_without_coroutines(instance: Instance, _: Meta) -> bool:
    return instance.is_async and "ugreen" not in instance.options


def _crashes(instance: Instance, _: Meta) -> bool:
    return instance.is_async and (instance.python is None or instance.python > _LAST_WITH_UGREEN)


OBSTACLES: tuple[Obstacle, ...] = (
    Obstacle(
        _is_encrypted,
        "with --https-socket the worker receives TLS, which only uWSGI itself can decrypt. "
        "Let uWSGI's router terminate TLS: --https ADDRESS,CERTIFICATE,KEY --http-websockets.",
    ),
    Obstacle(
        _is_cut_off,
        "without --http-websockets the router drops everything that the client sends. Add that option.",
    ),
    Obstacle(
        _is_foreign_loop,
        "with this --loop a request cannot wait for its socket. Use --gevent 100 or --threads 100 instead.",
    ),
    Obstacle(
        _is_without_coroutines,
        "with --async alone uWSGI cannot switch between requests. Use --gevent 100 or --threads 100 instead.",
    ),
    Obstacle(
        _crashes,
        "--async with --ugreen crashes on CPython 3.11 and newer. Use --gevent 100 instead of both.",
    ),
)
