"""Attribute failures to the library or the server by replaying each without the other.

*The library alone*: the target under a minimal server, with a thread for each connection.
*The server alone*: the server with a blind tunnel in the library's place, connected to a correct echo server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

from wsconform.conversation.model import Case
from wsconform.conversation.playing.runner import ConversationOutcome, ConversationRunner
from wsconform.crooked import CROOKED, serving
from wsconform.errors import ConformanceError
from wsconform.kind import Settings
from wsconform.launching.running import Running
from wsconform.matrix.serving import ExternalServer, LaunchedServer
from wsreport import model as lines

__all__ = ["ALONE", "Attributor"]

ALONE = "the library alone", "the server alone"

Launch = Callable[[Mapping[str, object]], AbstractContextManager[Running]]
_Found = dict[str, ConversationOutcome]

#: The owner, by whether the library fails alone and whether the server fails alone.
_OWNERS: dict[tuple[bool, bool], lines.Owner] = {
    (True, False): "library",
    (False, True): "server",
    (True, True): "both",
    (False, False): "together",
}


class Attributor:
    """Attributes the failures of one cell.

    Args:
        bare: starts the target under the minimal server.
        server: starts the server of the cell; the setting ``WSCONFORM_TUNNEL`` replaces the library by the tunnel.
    """

    def __init__(self, bare: Launch, server: Launch) -> None:
        self._bare, self._server = bare, server

    def attribute(self, cell: str, failed: Sequence[Case], settings: Settings) -> list[lines.Attribution]:
        """Return the owner of each failure; nothing if a control cannot be started.

        Args:
            cell: the id of the cell.
            failed: the cases that did not pass.
            settings: the settings that they were played with.
        """
        try:
            library = self._library_alone(failed, settings)
            server = self._server_alone(failed, settings)
        except ConformanceError:
            return []
        return [_attribution(cell, library[case.id], server[case.id]) for case in failed]

    def _library_alone(self, cases: Sequence[Case], settings: Settings) -> _Found:
        with LaunchedServer(self._bare) as served:
            return _play(served, cases, settings)

    def _server_alone(self, cases: Sequence[Case], settings: Settings) -> _Found:
        with serving(CROOKED["honest"]) as right:
            place = urlsplit(right)
            tunnel = {"WSCONFORM_TUNNEL": (place.hostname, place.port)}
            with LaunchedServer(lambda more: self._server({**more, **tunnel})) as served:
                return _play(served, cases, settings)


def _play(served: LaunchedServer | ExternalServer, cases: Sequence[Case], settings: Settings) -> _Found:
    found: _Found = {}
    report = lambda outcome: found.__setitem__(outcome.case.id, outcome)  # noqa: E731 (shorter than a function)
    ConversationRunner.measured(served, settings, report).play(cases)
    return found


def _failed(outcome: ConversationOutcome) -> bool:
    """Whether a control failed by our verdict; Autobahn's grades do not count."""
    return not outcome.final.passed


def _attribution(cell: str, library: ConversationOutcome, server: ConversationOutcome) -> lines.Attribution:
    controls = tuple(
        lines.Control(name, outcome.final.judgement.verdict.value, outcome.final.judgement.reason)
        for name, outcome in zip(ALONE, (library, server), strict=True)
    )
    owner = _OWNERS[_failed(library), _failed(server)]
    return lines.Attribution(cell, library.case.id, owner, controls)
