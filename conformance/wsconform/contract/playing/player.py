"""Play clauses of the API contract on a server."""

from __future__ import annotations

from collections.abc import Mapping

from wsconform.contract.model import ApiClause
from wsconform.contract.playing.client import GLANCE, PATIENCE, Client, Site
from wsconform.contract.transcript import ApiTranscript
from wsconform.script.limits import Limits
from wsconform.script.playing.run import StepRun, settled_log_size
from wsconform.script.steps import ExpectNotes

__all__ = ["PATIENCE", "ClausePlayer", "Site"]


class ClausePlayer:
    """Plays clauses on one instance of a server; safe to use from several threads at once."""

    def __init__(self, site: Site, scale: float = 1.0) -> None:
        self.site, self.scale, self.limits = site, scale, Limits(scale)

    def play(self, clause: ApiClause) -> ApiTranscript:
        """Play a clause up to the first expectation that is not met."""
        logged, client = self.site.log_size(), Client(self.site, self.scale)
        play = StepRun(client.connect, {ExpectNotes: client.expect_notes})
        noted: Mapping[str, object] = {}
        failure = ""
        try:
            if not play.run(clause.steps):
                play.close()
                noted = client.notes(GLANCE).values
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
        finally:
            play.close()
        return ApiTranscript(
            tuple(play.observations),
            noted,
            log=self._log_since(logged) if clause.silent else "",
            alive=self.site.alive(),
            seconds=play.clock(),
            failure=failure,
        )

    def _log_since(self, start: int) -> str:
        settled_log_size(self.site, self.limits)
        return self.site.log_text(start)
