"""A case of family W: the steps of one conversation, and what it must leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wsconform.model import Level, Verdict
from wsconform.script.steps import CountResources, Step, Terminate

__all__ = ["EXCEPTION", "Log", "ScriptCase"]

#: What the views of the site raise, so that it is recognised in the log.
EXCEPTION = "DeliberateError"


class Log(Enum):
    """What the server's log may say of a case; access lines always may."""

    CLEAN = "no traceback, no error"
    RAISED = "the view's exception, once from each that reports it"
    STOPPING = "no traceback; the server may complain that it was stopped"
    ANY = "whatever it likes: family W is about that"


@dataclass(frozen=True, slots=True)
class ScriptCase:
    """A conversation on plain TCP, and what it must leave behind.

    Beside its steps, every case demands that the server lets go of its connections once we have, that its
    log is as ``log`` says, that its processes are the same as before, and that it serves on.

    Attributes:
        id: family and numbers, such as ``W.1.1``.
        clauses: ids of the clauses that a failure breaks, the most telling first.
        worst: what a deviation is called.
        needs: connections at once.
        slow: it takes seconds; played at the same time as others, unless it counts resources.
        tls: there is something to see only under TLS.
    """

    id: str
    title: str
    steps: tuple[Step, ...]
    clauses: tuple[str, ...]
    level: Level = Level.MUST
    log: Log = Log.CLEAN
    worst: Verdict = Verdict.FAIL
    needs: int = 1
    slow: bool = False
    tls: bool = False

    @property
    def family(self) -> str:
        """The group the id starts with."""
        return self.id.split(".", 1)[0]

    @property
    def informational(self) -> bool:
        """Whether the text decides nothing, whatever happens; these cases always decide something."""
        return self.worst is Verdict.INFO

    @property
    def ends_server(self) -> bool:
        """Whether the server is gone afterwards."""
        return any(isinstance(step, Terminate) for step in self.steps)

    @property
    def counts(self) -> bool:
        """Whether the server's resources are counted, which nothing else may disturb."""
        return any(isinstance(step, CountResources) for step in self.steps)
