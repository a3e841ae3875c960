"""Choose the promises that a target is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from wsconform.contract.model import ApiClause, Document, Strength

__all__ = ["PROFILES", "Profile", "chosen_profile", "profile_for"]


@dataclass(frozen=True, slots=True)
class Profile:
    """The documents that speak of a kind of target.

    Attributes:
        whole: every sentence is its promise, also those of other documents.
    """

    name: str
    summary: str
    documents: tuple[Document, ...]
    whole: bool = False

    def strength(self, clause: ApiClause) -> Strength:
        """How a clause binds: as its strongest document among ours does; `OURS` if none of them has it."""
        if self.whole:
            return Strength.PROMISED
        found = {basis.document.strength for basis in clause.bases if basis.document in self.documents}
        return next((strength for strength in Strength if strength in found), Strength.OURS)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "reference",
            "the reference and what takes its place: every clause is promised",
            tuple(Document),
            whole=True,
        ),
        Profile(
            "dwebsocket-0.5",
            "dwebsocket 0.5, dwebsocket2 and their forks: the README promises, guides and usage imply",
            (Document.DWEBSOCKET, Document.HOWTO, Document.TUTORIAL, Document.WILD),
        ),
        Profile(
            "django-websocket",
            "django-websocket: the README promises, usage implies",
            (Document.DJANGO_WEBSOCKET, Document.WILD),
        ),
    )
}

_OF_THE_REFERENCE = Version("1.0")


def chosen_profile(name: str, identity: Mapping[str, str]) -> Profile:
    """Return the profile of that name; without a name, the one for what is installed."""
    return PROFILES[name] if name else profile_for(identity)


def profile_for(identity: Mapping[str, str]) -> Profile:
    """Return the profile of a target by what is installed: `distribution` and `version`.

    A dwebsocket of version 1.0 or newer makes the promises of the reference. Any other fork makes the promises of
    the README that it was forked with.
    """
    if identity.get("distribution", "").replace("_", "-") == "django-websocket":
        return PROFILES["django-websocket"]
    try:
        is_new = Version(identity.get("version", "0")) >= _OF_THE_REFERENCE
    except InvalidVersion:
        is_new = False
    return PROFILES["reference" if is_new else "dwebsocket-0.5"]
