"""What is said of a case in the end, when it may have been played more than once. Pure.

Load makes no verdict: what did not pass is played again. What the table of servers says cannot pass is not held
against a target, and is held against the table when it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from wsconform.model import Judgement, Verdict

__all__ = ["FINE", "as_known_failure", "settle"]

FINE = Verdict.PASS, Verdict.INFO, Verdict.DECLINED


class _Play(Protocol):
    """One play of a case, judged: a dataclass."""

    @property
    def judgement(self) -> Judgement:
        """What was said of it."""


P = TypeVar("P", bound=_Play)


def settle(first: P, again: Callable[[], P], *, reason: str = "", replays: bool = True) -> tuple[P, tuple[P, ...]]:
    """Play again until two plays agree, or the worse of the last two counts.

    Args:
        first: the play that there is.
        again: plays once more.
        reason: why the case cannot pass on this server, if that is known.
        replays: whether to play again at all.

    Returns:
        The play that counts, and all of them in order.
    """
    plays = [first]
    suspicious = _is_fine(first) if reason else not _is_fine(first)
    if suspicious and replays:
        plays.append(again())
        if plays[1].judgement.verdict is not first.judgement.verdict:
            plays.append(again())
    final = plays[-1] if len(plays) < 3 else max(plays[1:], key=lambda play: not _is_fine(play))
    return as_known_failure(final, reason) if reason else final, tuple(plays)


def as_known_failure(play: P, reason: str) -> P:
    """The same play of a case that cannot pass on this server, whatever the target does."""
    changed: Any = play
    if play.judgement.verdict is Verdict.PASS:
        said = Judgement(Verdict.FAIL, f"the table says that it cannot pass, and it does: correct the table ({reason})")
    else:
        said = Judgement(Verdict.INFO, f"{reason} ({play.judgement.reason})")
    result: P = replace(changed, judgement=said)
    return result


def _is_fine(play: _Play) -> bool:
    return play.judgement.verdict in FINE
