"""What is known of released distributions, found by trying: with what they work, and what cannot work.

A release does not change, so this holds wherever it is named: in TARGETS or as `pip:NAME==VERSION`. A fork
with the same version number is another thing, and nothing here is said of it. Installs nothing.
"""

from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from wsconform.targets.target import Target

__all__ = ["RELEASES", "Release", "find_release", "release_of"]


@dataclass(frozen=True, slots=True)
class Release:
    """A released distribution; the fields are those of `Target`, where they are explained."""

    distribution: str
    version: str
    summary: str
    django: str
    python: tuple[str, ...]
    package: str = "dwebsocket"
    notes: str = ""
    unsupported: str = ""

    def target(self, name: str, requirement: str) -> Target:
        """Return it as a target called `name` that is installed by `requirement`."""
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
            "Python 3.12 is the newest: Django 3.0 imports cgi, which 3.13 has no more, and distutils, which on "
            "3.12 comes from the setuptools that dwebsocket requires. It plays on 3.7 to 3.9, too, but our "
            "releases of gevent and gunicorn need 3.10. django-extensions for a Django so old wants an old "
            "Werkzeug: runserver-plus plays with --with 'django-extensions<3.2' --with 'Werkzeug<2.1'."
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
            "It imports on Python 2.7 with Django 1.3 to 1.11, and there takes an opening handshake of RFC 6455 for "
            "a plain request. On Python 3 it cannot be installed: its setup.py calls file(), its modules have the "
            "syntax of Python 2."
        ),
        unsupported=(
            "speaks draft-hixie-75 and -76 only (two keys and eight octets, messages between 00 and FF), to which "
            "no frame of RFC 6455 can be sent; and it is for Python 2, of which no environment is made"
        ),
    ),
)


def find_release(requirement: Requirement) -> Release | None:
    """Return what is known of what a requirement pins by `NAME==VERSION`; None if nothing is, or it pins nothing."""
    pins = list(requirement.specifier)
    if [pin.operator for pin in pins] != ["=="] or pins[0].version.endswith(".*"):
        return None
    return release_of(requirement.name, pins[0].version)


def release_of(distribution: str, version: str) -> Release | None:
    """Return what is known of a distribution, in any spelling, at a version; None if nothing is."""
    name, number = canonicalize_name(distribution), Version(version)
    known = (each for each in RELEASES if (each.distribution, Version(each.version)) == (name, number))
    return next(known, None)
