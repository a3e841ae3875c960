"""Whose is a failure, the library's or the server's? Each is tried without the other. Judges nothing anew.

*The library alone*: the target under the barest server there is, a thread for each connection and nothing else.
*The server alone*: the server with a blind tunnel in the library's place, and at its other end a peer that is right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

from wsconform.conversation.model import Case
from wsconform.conversation.playing.runner import CellRunner, Outcome, Settings
from wsconform.crooked import CROOKED, serving
from wsconform.errors import ConformanceError
from wsconform.launching.running import Running
from wsconform.matrix.serving import AlreadyRunning, Started
from wsconform.play import FINE
from wsreport import model as lines

__all__ = ["ALONE", "Attributor"]

ALONE = "the library alone", "the server alone"

Launch = Callable[[Mapping[str, object]], AbstractContextManager[Running]]
_Found = dict[str, Outcome]

#: By whether the library fails alone, and whether the server does.
_OWNERS = {
    (True, False): "library",
    (False, True): "server",
    (True, True): "both",
    (False, False): "together",
}


class Attributor:
    """Finds the owners of the failures of one cell.

    Args:
        bare: starts the target under the barest server.
        server: starts the server of the cell; the setting ``WSCONFORM_TUNNEL`` puts the tunnel in.
    """

    def __init__(self, bare: Launch, server: Launch) -> None:
        self._bare, self._server = bare, server

    def attribute(self, cell: str, failed: Sequence[Case], settings: Settings) -> list[lines.Attribution]:
        """Say whose each failure is; nothing if a control cannot be had.

        Args:
            cell: its id.
            failed: the cases that did not pass.
            settings: as they were played with.
        """
        try:
            library = self._library_alone(failed, settings)
            server = self._server_alone(failed, settings)
        except ConformanceError:
            return []
        return [_attribution(cell, library[case.id], server[case.id]) for case in failed]

    def _library_alone(self, cases: Sequence[Case], settings: Settings) -> _Found:
        with Started(self._bare) as served:
            return _play(served, cases, settings)

    def _server_alone(self, cases: Sequence[Case], settings: Settings) -> _Found:
        with serving(CROOKED["honest"]) as right:
            place = urlsplit(right)
            with Started(
                lambda more: self._server({**more, "WSCONFORM_TUNNEL": (place.hostname, place.port)})
            ) as served:
                return _play(served, cases, settings)


def _play(served: Started | AlreadyRunning, cases: Sequence[Case], settings: Settings) -> _Found:
    found: _Found = {}
    runner = CellRunner(served, settings, report=lambda outcome: found.__setitem__(outcome.case.id, outcome))
    runner.measure()
    runner.play(cases)
    return found


def _failed(outcome: Outcome) -> bool:
    """By our verdict; what Autobahn would say of the control does not matter."""
    return outcome.final.judgement.verdict not in FINE


def _attribution(cell: str, library: Outcome, server: Outcome) -> lines.Attribution:
    controls = tuple(
        lines.Control(name, outcome.final.judgement.verdict.value, outcome.final.judgement.reason)
        for name, outcome in zip(ALONE, (library, server), strict=True)
    )
    owner = _OWNERS[_failed(library), _failed(server)]
    return lines.Attribution(cell, library.case.id, owner, controls)
