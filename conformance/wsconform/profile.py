"""Profiles: how much of each case is played."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wsconform.model import KiB

__all__ = ["PROFILES", "Profile"]


@dataclass(frozen=True, slots=True)
class Profile:
    """How much of each case is played.

    A case of many round trips makes as many of them as it takes to send ``octets``, but at least ``least`` and at
    most ``most``.

    Attributes:
        long: play what takes long: large messages, and scripts and clauses that mostly wait.
        largest: bytes of the largest compressed message that is played.
        of_a_group: cases of each group of our own families, where a group is a table; None: all.
        sites: the sites, sets of Django settings, whose clauses of the API contract are played; None: all. Each needs
            a server of its own.
        restarts: play scripts that end the server, which is then started again.
        patience: seconds of a pause, and of the deadline where Autobahn gives one second, at most: a right peer
            answers in milliseconds, and a wrong one keeps us waiting twice.
        cells_per_processor: cells of a matrix that are played at the same time for each processor. A cell of few and
            short cases mostly waits, and one of large messages keeps a processor busy.
    """

    most: int
    octets: int
    least: int
    long: bool = True
    largest: int = 128 * KiB
    of_a_group: int | None = None
    sites: tuple[str, ...] | None = None
    restarts: bool = True
    patience: float = 1.0
    cells_per_processor: int = 1

    def trips(self, size: int) -> int:
        """Return the number of round trips with messages of this size."""
        return max(self.least, min(self.most, -(-self.octets // max(size, 1))))


#: `standard` counts beyond 256 where messages are small, sends more than four windows of 32 KiB through every
#: connection where they are not, and repeats the corpus: it finds what `full` finds with a thousand round trips.
_FAST = Profile(most=4, octets=64 * KiB, least=2, long=False, largest=64, of_a_group=3, patience=0.25)

PROFILES = {
    "quick": replace(_FAST, sites=("decorators", "middleware"), restarts=False, cells_per_processor=3),
    "fast": _FAST,
    "standard": Profile(most=300, octets=160 * KiB, least=4),
    "full": Profile(most=1000, octets=1000 * 128 * KiB, least=1000),
}
