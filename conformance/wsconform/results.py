"""Parts of run-file lines that are common to all kinds of case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from wsconform.clauses import CLAUSES
from wsconform.model import Parity, Side
from wsconform.play import Outcome, Play
from wsconform.wire.log import WireRecord
from wsreport import model as lines

__all__ = ["LOG_SHOWN", "case_result", "clause_refs", "shortened", "timed", "wire_entries"]

LOG_SHOWN = 40  # lines of the server's log in a result
LONGEST = 2000  # characters of a text that may come from a peer


def case_result(
    cell: str,
    outcome: Outcome[Any, Any],
    *,
    clauses: Sequence[lines.ClauseRef],
    expected: Iterable[str],
    observed: Iterable[str] = (),
    closing: str = "",
    **seen: Any,
) -> lines.Result:
    """Return the line about the outcome of a case.

    Args:
        cell: the id of the cell.
        outcome: the plays of the case, and the one that counts.
        clauses: the broken clauses.
        expected: the expectations, a line each.
        observed: the observations, a line each.
        closing: the end of the connection, or the state of the server.
        seen: other fields of `Result` about the transcript: ``wire``, ``local_port``.
    """
    final = outcome.final
    return lines.Result(
        cell=cell,
        case=outcome.case.id,
        verdict=final.judgement.verdict.value,
        grades=_grades(final.parity) if final.parity else None,
        reason=shortened(final.judgement.reason),
        binding=final.judgement.binding,
        clauses=tuple(clauses),
        seconds=round(final.seconds, 4),
        started=round(max(0.0, final.started), 4),
        plays=tuple(map(_play, outcome.plays)),
        expected=tuple(expected),
        observed=tuple(map(shortened, observed)),
        closing=shortened(closing),
        **seen,
    )


def _grades(parity: Parity) -> lines.Grades:
    return lines.Grades.from_json({"behavior": parity.behavior, "behaviorClose": parity.close})  # checks the words


def _play(play: Play[Any]) -> lines.Play:
    judgement = play.judgement
    reason = shortened(judgement.reason)
    return lines.Play(judgement.verdict.value, reason, play.alone, round(play.seconds, 4), play.counts)


def shortened(text: str) -> str:
    """Return a text, truncated if it is long, since a peer may have written it."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters in total)"


def clause_refs(ids: Iterable[str]) -> tuple[lines.ClauseRef, ...]:
    """Return the clauses with these ids in the form of the run file."""
    return tuple(lines.ClauseRef(id_, CLAUSES[id_].section, CLAUSES[id_].text) for id_ in ids)


def wire_entries(wire: Iterable[WireRecord]) -> tuple[lines.WireEntry, ...]:
    """Return a wire log in the form of the run file."""
    return tuple(
        lines.WireEntry(round(r.at, 6), "us" if r.by is Side.US else "peer", r.what, r.octets.hex(), r.size)
        for r in wire
    )


def timed(at: float, what: str) -> str:
    """Return a line about an observation ``at`` seconds after the connection opened."""
    return f"{at:.3f} s: {what}"
