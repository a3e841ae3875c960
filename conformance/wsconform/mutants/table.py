"""The scores of the crooked servers as tables: a row for each level and topic, a column for each profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wsconform.clauses import CLAUSES
from wsconform.crooked import Crooked
from wsconform.model import Level
from wsconform.mutants.score import Known, Outcome, Score

__all__ = ["TOPICS", "by_level", "by_topic", "describe", "named"]

#: What a topic is about.
TOPICS = {
    "basic": "in every conversation",
    "opening": "the head of the 101",
    "requests": "reading opening handshakes",
    "framing": "bits, opcodes and fragments",
    "masking": "masks",
    "lengths": "lengths and limits",
    "control": "pings and pongs",
    "closing": "Close frames and the end of TCP",
    "text": "UTF-8",
    "state": "content, order, and faults that come late",
    "isolation": "other clients",
    "negotiation": "negotiation of compression",
    "compression": "compressing and inflating",
    "legal": "legal oddities",
}
_LEVELS = {
    Level.MUST: "MUST faults noticed",
    Level.SHOULD: "SHOULD faults noticed",
    Level.MAY: "legal oddities not accused",
}

Row = tuple[str, ...]


def by_level(mutants: Mapping[str, Crooked], scores: Sequence[Score]) -> list[Row]:
    """Return a row for each level: its name, and a tally for each profile."""
    return [
        (text, *(str(score.tally(one for one in mutants.values() if one.level is level)) for score in scores))
        for level, text in _LEVELS.items()
    ]


def by_topic(mutants: Mapping[str, Crooked], scores: Sequence[Score]) -> list[Row]:
    """Return a row for each topic: what it is about, and a tally for each profile."""
    return [
        (text, *(str(score.tally(one for one in mutants.values() if one.topic == topic)) for score in scores))
        for topic, text in TOPICS.items()
    ]


def named(
    outcome: Outcome, mutants: Mapping[str, Crooked], scores: Sequence[Score], known: Mapping[str, Known]
) -> Iterator[tuple[Crooked, str, str]]:
    """Yield the servers with an outcome, the profiles in which they have it, and the reason if it is known."""
    for name, crooked in mutants.items():
        profiles = [score.profile for score in scores if score.outcomes.get(name) is outcome]
        if profiles:
            reasons = [known[name].reason] if name in known and set(profiles) <= set(known[name].profiles) else []
            yield crooked, ", ".join(profiles), "".join(reasons)


def describe(mutants: Mapping[str, Crooked], scores: Sequence[Score], known: Mapping[str, Known]) -> Iterator[str]:
    """Yield the lines that `wsconform mutants` prints."""
    head = ("", *(score.profile for score in scores))
    yield from _columns([head, *by_level(mutants, scores)])
    yield ""
    yield from _columns([head, *(row for row in by_topic(mutants, scores) if set(row[1:]) != {"-"})])
    for outcome, title in _LISTED.items():
        listed = list(named(outcome, mutants, scores, known))
        if listed:
            yield ""
            yield f"{title}:"
        for crooked, profiles, reason in listed:
            level = f"{crooked.level.value} fault" if crooked.is_fault and crooked.level else "legal"
            yield f"  {crooked.name} ({level}, {profiles}): {crooked.summary}"
            yield from _details(crooked, outcome, scores, reason)


_LISTED = {
    Outcome.SURVIVED: "Not noticed",
    Outcome.ACCUSED: "Accused, although allowed",
    Outcome.UNFINISHED: "Not played to the end",
}


def _details(crooked: Crooked, outcome: Outcome, scores: Sequence[Score], reason: str) -> Iterator[str]:
    clause = CLAUSES[crooked.clause]
    yield f"      {clause.level}: {clause.text} ({clause.id})"
    if reason:
        yield f"      known: {reason}"
    for score in scores:
        if score.outcomes.get(crooked.name) is not outcome:
            continue
        played = score.played[crooked.name]
        if played.verdicts and outcome is Outcome.ACCUSED:
            cases = [f"{case} {verdict}" for case, verdict in list(played.verdicts.items())[:5]]
            more = len(played.verdicts) - len(cases)
            yield f"      {score.profile}: {', '.join(cases)}" + (f" and {more} more" if more > 0 else "")
        for text in filter(None, (played.stopped, played.unfinished)):
            yield f"      {score.profile}: {text}"


def _columns(rows: Sequence[Row]) -> Iterator[str]:
    first = max(len(row[0]) for row in rows)
    for name, *cells in rows:
        yield (f"{name:<{first}}" + "".join(f"{cell:>12}" for cell in cells)).rstrip()
