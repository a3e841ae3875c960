"""The record of one play of a clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from wsconform.script.events import Observation

__all__ = ["ApiTranscript"]


@dataclass(frozen=True, slots=True)
class ApiTranscript:
    """The record of one play of a clause.

    Attributes:
        observations: one for each expectation, in order, up to the first that was not met.
        noted: the final notes of the views, if an expectation was not met.
        log: the server log of the play; only for clauses that judge it.
        unstarted: why the server did not start with the settings of the site; empty if it did.
        failure: why the suite could not continue; empty if it could.
    """

    observations: tuple[Observation, ...] = ()
    noted: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    log: str = ""
    alive: bool = True
    seconds: float = 0.0
    unstarted: str = ""
    failure: str = ""
