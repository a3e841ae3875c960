"""Read the known differences between our parity grades and Autobahn's, each with its reason, from a TOML file.

[[difference]]
cases = ["6.4.1", "3.*"]     # ids, groups, or patterns with *
peer = "never-ends-tcp"      # optional: only for servers whose name matches
ours = ["FAILED/UNCLEAN"]    # optional: only when we give one of these pairs
theirs = ["OK/OK"]           # optional: only when Autobahn's tool gives one of these pairs
flaky = true                 # optional: it may or may not occur
reason = "…"
source = "…"                 # how that was found out
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsconform.errors import GradesError
from wsconform.oracle.grades import Pair
from wsreport.patterns import case_matcher, matcher

__all__ = ["KNOWN_FILE", "KnownDifference", "read_known"]

KNOWN_FILE = Path(__file__).with_name("known.toml")


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """A difference with a known reason.

    Attributes:
        cases: ids, groups such as ``6.4``, or patterns.
        reason: why the grades differ.
        source: how the reason was found out.
        peer: a pattern for the names of servers; empty for all.
        ours: the pairs, such as ``OK/OK``, of ours that it explains; empty for any.
        theirs: the pairs of Autobahn's tool that it explains; empty for any.
        flaky: whether it need not occur.
    """

    cases: tuple[str, ...]
    reason: str
    source: str
    peer: str = ""
    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()
    flaky: bool = False

    def applies_to(self, peer: str) -> bool:
        """Tell whether it applies to a server of that name."""
        return not self.peer or matcher(self.peer).fullmatch(peer) is not None

    def explains(self, id_: str, ours: Iterable[Pair], theirs: Iterable[Pair]) -> bool:
        """Tell whether it explains that these grades of a case differ."""
        return self._has(id_) and _all_in(ours, self.ours) and _all_in(theirs, self.theirs)

    def is_expected(self, id_: str, ours: Iterable[Pair]) -> bool:
        """Tell whether a difference must occur when we give these grades.

        An entry about a certain fault of a server names it with ``ours`` or ``peer``.
        """
        return not self.flaky and self._has(id_) and _all_in(ours, self.ours)

    def _has(self, id_: str) -> bool:
        return any(case_matcher(each).fullmatch(id_) for each in self.cases)


def _all_in(pairs: Iterable[Pair], texts: tuple[str, ...]) -> bool:
    return not texts or all("/".join(pair) in texts for pair in pairs)


def read_known(path: Path = KNOWN_FILE) -> tuple[KnownDifference, ...]:
    """Read the known differences from a file.

    Raises:
        GradesError: an entry is invalid; the message names it, and the nearest valid key.
        OSError: the file cannot be read.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise GradesError(f"{path}: {error}") from None
    if stray := data.keys() - {"difference"}:
        raise GradesError(f"{path}: only [[difference]] is allowed, not {', '.join(sorted(stray))}")
    return tuple(_known(entry, f"{path}, difference {n}") for n, entry in enumerate(data.get("difference", ()), 1))


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


#: By key, a check of its value and a description of valid ones.
_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("cases", "ours", "theirs"), (_is_list_of_text, "a list of strings")),
    **dict.fromkeys(("peer", "reason", "source"), (lambda value: isinstance(value, str), "a string")),
    "flaky": (lambda value: isinstance(value, bool), "true or false"),
}


def _known(entry: dict[str, Any], where: str) -> KnownDifference:
    for name, value in entry.items():
        if name not in _FORMS:
            near = difflib.get_close_matches(name, _FORMS, 1)
            hint = f"did you mean {near[0]}?" if near else f"the keys are {', '.join(_FORMS)}"
            raise GradesError(f"{where}: unknown key {name!r}; {hint}")
        is_valid, form = _FORMS[name]
        if not is_valid(value):
            raise GradesError(f"{where}: {name} must be {form}, not {value!r}")
    if missing := [name for name in ("cases", "reason", "source") if not entry.get(name)]:
        raise GradesError(f"{where}: {' and '.join(missing)} must not be missing or empty")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return KnownDifference(**values)
