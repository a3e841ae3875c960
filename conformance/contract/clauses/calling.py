"""Conversations with the view that makes the calls it is told: `wsconform_site.contract.calls`."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.contract.clauses.words import opened
from conformance.contract.model import ApiStep, Notes

__all__ = ["calls", "gave", "octets", "raised"]


def calls(names: str, **request: object) -> tuple[ApiStep, ...]:
    """The opening handshake for the view, which then makes the calls of these names, separated by spaces."""
    return opened(f"calls?do={','.join(names.split())}", **request)


def gave(*values: object) -> Notes:
    """What the calls gave, those that only prepare left out."""
    return Notes({"gave": list(values), "raised": None})


def octets(text: str) -> Mapping[str, str]:
    """How bytes look in notes."""
    return {"bytes": text}


def raised(name: str) -> Mapping[str, str]:
    """How an exception looks among what calls gave."""
    return {"raised": name}
