"""All that one play of a clause leaves behind, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from wsconform.script.events import Observation

__all__ = ["ApiTranscript"]


@dataclass(frozen=True, slots=True)
class ApiTranscript:
    """All that one play of a clause left behind.

    Attributes:
        observations: one for each expectation, in order, up to the first that was not met.
        noted: what the views had written down in the end, if an expectation was not met.
        log: what the server printed meanwhile; only for a clause that looks at it.
        unstarted: why the server could not even be started with the settings of the site, if it could not.
        failure: why the suite could not go on, if it could not.
    """

    observations: tuple[Observation, ...] = ()
    noted: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    log: str = ""
    alive: bool = True
    seconds: float = 0.0
    unstarted: str = ""
    failure: str = ""
