"""Everything that the judge charges a server with, and the clause that is broken by it.

Faults of single frames and of the answer to the opening handshake bring their own clause, see `wsconform.model.Fault`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from wsconform.conversation.model import Case
from wsconform.model import Judgement, Verdict

__all__ = ["CHARGES", "Charge"]


@dataclass(frozen=True, slots=True)
class Charge:
    """A kind of violation.

    Attributes:
        clause: the clause that is broken; empty for the subject of the case, which is its first clause.
        verdict: our verdict on it.
        certain: load cannot be the reason, see `wsconform.model.Judgement`.
        whole: the server breaks all clauses of the case.
    """

    clause: str = ""
    verdict: Verdict = Verdict.FAIL
    certain: bool = False
    whole: bool = False

    def against(self, case: Case, reason: str) -> Judgement:
        """Return the judgement on a server in a case."""
        clauses = (self.clause,) if self.clause else case.clauses if self.whole else case.clauses[:1]
        return Judgement(self.verdict, reason, clauses, certain=self.certain)

    def as_(self, verdict: Verdict) -> Charge:
        """Return the charge with another verdict."""
        return replace(self, verdict=verdict)


_NON_STRICT = Verdict.NON_STRICT

# The opening handshake
NOT_OPENED = Charge("6455-4.2.2-14")
OFFER_REFUSED = Charge("7692-5-4", _NON_STRICT)
OFFER_NOT_DECLINED = Charge("7692-5-4")
MALFORMED_OFFER_NOT_ANSWERED = Charge("6455-9.1-1")
MALFORMED_OFFER_ANSWERED_BADLY = Charge("6455-4.2.1-1", _NON_STRICT)
OFFER_WRONGLY_ACCEPTED = Charge("7692-7-4", certain=True)
LATER_OFFER = Charge("7692-5-2", _NON_STRICT, certain=True)

# Messages and Pongs
WRONG_EVENT = Charge(certain=True)
MISSING_EVENT = Charge()
REFUSED_MESSAGE = Charge()  # a Close where the message is right
DROPPED = Charge("6455-7.1.2-1")
NO_PONG = Charge("6455-5.5.2-2")
WRONG_PONG = Charge("6455-5.5.3-1", certain=True)
LATE_PONG = Charge("6455-5.5.2-3", _NON_STRICT)
SECOND_BEST = Charge(verdict=_NON_STRICT)  # the tolerated outcome of the case

# The end of the connection
IGNORED = Charge(whole=True)
NO_CLOSE = Charge("6455-7.1.7-2", _NON_STRICT)
WRONG_CODE = Charge("6455-7.1.7-2", _NON_STRICT, certain=True)
CLOSE_ACCEPTED = Charge(certain=True)  # answered as if the Close were legal
CODE_REFUSED = Charge(verdict=_NON_STRICT, certain=True)  # answered as if the Close were illegal
OTHER_CODE = Charge("6455-5.5.1-16", _NON_STRICT, certain=True)
UNANSWERED = Charge("6455-5.5.1-7")
TCP_AFTER_CLOSE = Charge("6455-5.5.1-11")
TCP_AFTER_FAILURE = Charge("6455-7.1.7-1")
DATA_BEHIND_CLOSE = Charge("6455-5.5.1-6", certain=True)
CONTROL_BEHIND_CLOSE = Charge("6455-7.1.2-2", _NON_STRICT, certain=True)
ANSWER_BEHIND_CLOSE = Charge("6455-5.5.1-15", _NON_STRICT, certain=True)
DIED = Charge("robust-others", Verdict.CRASH)

#: All charges by their names.
CHARGES = {name: value for name, value in globals().items() if isinstance(value, Charge)}
