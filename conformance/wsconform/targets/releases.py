"""Released distributions: which Python and Django each works with, found by trying.

A release does not change, so this is true of a target in `TARGETS` and of `pip:NAME==VERSION`. It says nothing about
a fork with the same version number.
"""

from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from wsconform.targets.target import Target

__all__ = ["RELEASES", "Release", "find_release", "release_of"]


@dataclass(frozen=True, slots=True)
class Release:
    """A released distribution; see `Target` for the fields."""

    distribution: str
    version: str
    summary: str
    django: str
    python: tuple[str, ...]
    package: str = "dwebsocket"
    notes: str = ""
    unsupported: str = ""

    def target(self, name: str, requirement: str) -> Target:
        """Return a target called `name` that installs this release by `requirement`."""
        return Target(
            name,
            self.summary,
            requirement,
            package=self.package,
            django=self.django,
            python=self.python,
            notes=self.notes,
            unsupported=self.unsupported,
        )


RELEASES = (
    Release(
        "dwebsocket",
        "0.5.12",
        "the last release of the original dwebsocket",
        django="Django==3.0.14",
        python=("3.12", "3.11", "3.10"),
        notes=(
            "Django 3.0 is the newest that it works with: from 3.1 on (tried up to 6.1) decorating a view raises "
            "'TypeError: WebSocketMiddleware() takes no arguments', since its middleware takes no get_response. "
            "Python 3.12 is the newest: Django 3.0 imports cgi, which 3.13 removed, and distutils, which on "
            "3.12 comes from the setuptools that dwebsocket requires. It also works on Python 3.7 to 3.9, but the "
            "pinned releases of gevent and gunicorn need 3.10. For this Django, django-extensions needs an old "
            "Werkzeug: runserver-plus works with --with 'django-extensions<3.2' --with 'Werkzeug<2.1'."
        ),
    ),
    Release(
        "django-websocket",
        "0.3.0",
        "dwebsocket's ancestor, for drafts of the protocol from 2010",
        package="django_websocket",
        django="Django~=1.11.0",
        python=("2.7",),
        notes=(
            "On Python 2.7 with Django 1.3 to 1.11 it can be imported, and treats an opening handshake of RFC 6455 as "
            "a plain request. On Python 3 it cannot be installed: its setup.py calls file(), and its modules have "
            "Python 2 syntax."
        ),
        unsupported=(
            "speaks only draft-hixie-75 and -76 (two keys and eight bytes, messages between 00 and FF), which have "
            "no frames of RFC 6455; and it needs Python 2, for which no environment can be made"
        ),
    ),
)


def find_release(requirement: Requirement) -> Release | None:
    """Return the release that a requirement pins by `NAME==VERSION`; None if it is unknown or there is no such pin."""
    pins = list(requirement.specifier)
    if [pin.operator for pin in pins] != ["=="] or pins[0].version.endswith(".*"):
        return None
    return release_of(requirement.name, pins[0].version)


def release_of(distribution: str, version: str) -> Release | None:
    """Return the release of a distribution, in any spelling, with that version; None if it is unknown."""
    name, number = canonicalize_name(distribution), Version(version)
    found = (each for each in RELEASES if (each.distribution, Version(each.version)) == (name, number))
    return next(found, None)
