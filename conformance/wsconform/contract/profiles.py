"""Choose the promises that a target is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from wsconform.contract.model import ApiClause, Document, Strength

__all__ = ["PROFILES", "Profile", "chosen_profile", "profile_for"]


@dataclass(frozen=True, slots=True)
class Profile:
    """The documents that describe a kind of target.

    Attributes:
        whole: every clause is promised, including clauses from other documents.
    """

    name: str
    summary: str
    documents: tuple[Document, ...]
    whole: bool = False

    def strength(self, clause: ApiClause) -> Strength:
        """Return the strength of the strongest of our documents that has a clause; `OURS` if none has it."""
        if self.whole:
            return Strength.PROMISED
        found = {basis.document.strength for basis in clause.bases if basis.document in self.documents}
        return next((strength for strength in Strength if strength in found), Strength.OURS)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "reference",
            "the reference and its successors: every clause is promised",
            tuple(Document),
            whole=True,
        ),
        Profile(
            "dwebsocket-0.5",
            "dwebsocket 0.5, dwebsocket2 and their forks: promised by the README, implied by guides and usage",
            (Document.DWEBSOCKET, Document.HOWTO, Document.TUTORIAL, Document.WILD),
        ),
        Profile(
            "django-websocket",
            "django-websocket: promised by the README, implied by usage",
            (Document.DJANGO_WEBSOCKET, Document.WILD),
        ),
    )
}

_OF_THE_REFERENCE = Version("1.0")


def chosen_profile(name: str, identity: Mapping[str, str]) -> Profile:
    """Return the profile with that name; without a name, the one for the installed distribution."""
    return PROFILES[name] if name else profile_for(identity)


def profile_for(identity: Mapping[str, str]) -> Profile:
    """Return the profile for an installed `distribution` and `version`.

    dwebsocket 1.0 and newer makes the promises of the reference. Any other fork makes the promises of the README of
    dwebsocket 0.5.
    """
    if identity.get("distribution", "").replace("_", "-") == "django-websocket":
        return PROFILES["django-websocket"]
    try:
        is_new = Version(identity.get("version", "0")) >= _OF_THE_REFERENCE
    except InvalidVersion:
        is_new = False
    return PROFILES["reference" if is_new else "dwebsocket-0.5"]
