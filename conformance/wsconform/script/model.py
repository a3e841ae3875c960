"""A script: the steps of one conversation, and demands on the server after it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wsconform.model import Level, Verdict
from wsconform.script.steps import CountResources, Step, Terminate

__all__ = ["EXCEPTION", "Log", "ScriptCase"]

#: The name of the exception that views of the site raise, to recognise it in the log.
EXCEPTION = "DeliberateError"


class Log(Enum):
    """The lines that the server's log may have after a case, besides access lines."""

    CLEAN = "no traceback and no error"
    RAISED = "the view's exception, at most once by each logger"
    STOPPING = "no traceback; errors about the stop are allowed"
    ANY = "not judged (family W does that)"


@dataclass(frozen=True, slots=True)
class ScriptCase:
    """A conversation on plain TCP, and demands on the server after it.

    Besides its steps, every case demands that the server releases the connections that we have closed, that its log
    is as ``log`` says, that its processes are the same as before, and that it still serves requests.

    Attributes:
        id: family and numbers, such as ``W.1.1``.
        clauses: ids of the clauses that a failure breaks, the most relevant first.
        worst: the verdict on a deviation.
        needs: number of simultaneous connections.
        slow: takes seconds; played at the same time as others, unless it counts resources.
        tls: applies only to servers with TLS.
        own_server: needs a server that the suite starts, with its site. Otherwise the case is played against any echo
            server, its requests have no path, and nothing is demanded of log and processes.
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
    own_server: bool = True

    @property
    def family(self) -> str:
        """The group the id starts with."""
        return self.id.split(".", 1)[0]

    @property
    def informational(self) -> bool:
        """Whether no clause defines the right behaviour; never true of a script with another worst verdict."""
        return self.worst is Verdict.INFO

    @property
    def ends_server(self) -> bool:
        """Whether the case stops the server."""
        return any(isinstance(step, Terminate) for step in self.steps)

    @property
    def counts(self) -> bool:
        """Whether the case counts the server's resources, so that nothing else may be played meanwhile."""
        return any(isinstance(step, CountResources) for step in self.steps)
