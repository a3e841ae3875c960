"""The versions of Python, Django and servers that a run asks for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from wsconform.errors import UnknownNameError, VersionError
from wsconform.servers.server import Server
from wsconform.targets.requirements import parse_requirement

__all__ = ["CURATED", "OWN", "Versions", "pinned"]

_MINOR = re.compile(r"\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions that replace those of a target and its servers.

    Attributes:
        python: a minor version such as "3.12"; empty for the target's own, or else the one running the suite.
        django: a minor version such as "4.2" for its newest release, an exact version such as "5.2.19", or a
            requirement such as "Django<5"; empty for the target's own.
        pins: requirements that replace a server's requirement for the same distribution, such as "gunicorn<26".

    Raises:
        VersionError: one of them is malformed.
    """

    python: str = ""
    django: str = ""
    pins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.python and not _MINOR.fullmatch(self.python):
            raise VersionError(f"Python {self.python!r}: write its minor version, such as 3.12")
        if self.django:
            _django_requirement(self.django)
        _by_distribution(self.pins)

    def __str__(self) -> str:
        chosen = (("python", self.python), ("django", self.django))
        return ",".join((*(f"{name}={value}" for name, value in chosen if value), *self.pins))

    @property
    def options(self) -> tuple[str, ...]:
        """The command-line options that choose these versions."""
        chosen = (("--python", self.python), ("--django", self.django), *(("--with", pin) for pin in self.pins))
        return tuple(word for option, value in chosen if value for word in (option, value))

    @property
    def django_requirement(self) -> str:
        """The pip requirement for Django; empty for the target's own."""
        return _django_requirement(self.django) if self.django else ""

    def concerning(self, servers: Iterable[Server]) -> "Versions":
        """Return a copy with only the pins of distributions that some of `servers` require."""
        required = {canonicalize_name(parse_requirement(text).name) for server in servers for text in server.requires}
        kept = (pin for pin in self.pins if canonicalize_name(parse_requirement(pin).name) in required)
        return replace(self, pins=tuple(kept))


def pinned(requires: Sequence[str], pins: Iterable[str]) -> tuple[str, ...]:
    """Return `requires` with each requirement replaced by the pin for the same distribution, if there is one.

    Extras stay: the pin `gunicorn<26` turns `gunicorn[gevent]==27.0.1` into `gunicorn[gevent]<26`.

    Raises:
        UnknownNameError: a pin's distribution is not required; the message names the nearest.
        VersionError: a pin is malformed.
    """
    wanted = _by_distribution(pins)
    required = [canonicalize_name(parse_requirement(text).name) for text in requires]
    for name in wanted:
        if not required:
            raise UnknownNameError(f"{wanted[name]} has no effect: the chosen servers require no packages")
        if name not in required:
            raise UnknownNameError.among("distribution that a server requires", name, set(required))
    return tuple(
        _replaced(text, wanted[name]) if name in wanted else text for name, text in zip(required, requires, strict=True)
    )


def _by_distribution(pins: Iterable[str]) -> dict[str, Requirement]:
    wanted: dict[str, Requirement] = {}
    for pin in pins:
        requirement = parse_requirement(pin)
        name = canonicalize_name(requirement.name)
        if name == "django":
            raise VersionError(f"the pin {pin!r} is for Django: use --django {_shortest(requirement)}")
        if name in wanted:
            raise VersionError(f"two pins for {requirement.name}: write them as one, such as {requirement.name}>=1,<2")
        wanted[name] = requirement
    return wanted


def _shortest(django: Requirement) -> str:
    exact = [part.version for part in django.specifier if part.operator == "=="]
    return exact[0] if exact else f"'{django}'"


def _replaced(text: str, pin: Requirement) -> str:
    requirement = parse_requirement(text)
    requirement.extras |= pin.extras
    requirement.specifier, requirement.url = pin.specifier, pin.url
    requirement.marker = pin.marker or requirement.marker
    return str(requirement)


def _django_requirement(text: str) -> str:
    if _MINOR.fullmatch(text):
        return f"Django~={text}.0"
    try:
        version = Version(text)
    except InvalidVersion:
        return _checked_django(text)
    if len(version.release) < 2:
        raise VersionError(f"Django {text!r}: write a minor version, such as 5.2, or an exact one, such as 5.2.19")
    return f"Django=={text}"


def _checked_django(text: str) -> str:
    requirement = parse_requirement(text)
    if canonicalize_name(requirement.name) != "django":
        raise VersionError(f"Django {text!r}: write 5.2, 5.2.19 or a requirement such as Django<5")
    return text


#: The versions that the target and its servers ask for themselves.
OWN = Versions()

#: The versions for a run against several Djangos: all that get fixes, each with a Python that it supports. Together
#: they include the oldest and the newest Python that the reference supports.
CURATED = (
    Versions(python="3.10", django="4.2"),  # 3.8 to 3.12
    Versions(django="5.2"),  # 3.10 to 3.14
    Versions(python="3.13", django="6.1"),  # 3.12 to 3.14
)
