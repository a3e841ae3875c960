"""Known differences between our parity grades and Autobahn's, each with its reason; read from a TOML file. Pure.

[[difference]]
cases = ["6.4.1", "3.*"]     # ids, groups, or patterns with *
peer = "never-ends-tcp"      # only of servers with such a name; may be left out
ours = ["FAILED/UNCLEAN"]    # only when we say one of these; may be left out
theirs = ["OK/OK"]           # only when Autobahn's tool does; may be left out
flaky = true                 # it may be there and may not; a race
reason = "…"
source = "…"                 # where that was found out
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from wsconform.errors import GradesError
from wsconform.oracle.grades import Pair

__all__ = ["KNOWN_FILE", "Known", "read_known"]

KNOWN_FILE = Path(__file__).with_name("known.toml")


@dataclass(frozen=True, slots=True)
class Known:
    """A difference that has a reason.

    Attributes:
        cases: ids, groups such as ``6.4``, or patterns.
        peer: a pattern of the names of servers; empty for all.
        ours: pairs such as ``OK/OK`` that we give then; empty for any.
        theirs: pairs that Autobahn's tool gives then; empty for any.
        flaky: it need not occur.
    """

    cases: tuple[str, ...]
    reason: str
    source: str
    peer: str = ""
    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()
    flaky: bool = False

    def is_about(self, peer: str) -> bool:
        """Whether it is about a server of that name."""
        return not self.peer or fnmatchcase(peer, self.peer)

    def explains(self, id_: str, ours: Iterable[Pair], theirs: Iterable[Pair]) -> bool:
        """Whether it is the reason why these differ."""
        return self._has(id_) and _all_in(ours, self.ours) and _all_in(theirs, self.theirs)

    def demands(self, id_: str, ours: Iterable[Pair]) -> bool:
        """Whether there must be a difference where we say this.

        A difference that only a certain fault of a server brings about says with ``ours`` or ``peer`` which one.
        """
        return not self.flaky and self._has(id_) and _all_in(ours, self.ours)

    def _has(self, id_: str) -> bool:
        return any(id_ == each or id_.startswith(f"{each}.") or fnmatchcase(id_, each) for each in self.cases)


def _all_in(pairs: Iterable[Pair], texts: tuple[str, ...]) -> bool:
    return not texts or all("/".join(pair) in texts for pair in pairs)


def read_known(path: Path = KNOWN_FILE) -> tuple[Known, ...]:
    """Read the known differences from a file.

    Raises:
        GradesError: it cannot be understood; the message names the entry and the nearest right key.
        OSError: it cannot be read.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise GradesError(f"{path}: {error}") from None
    if stray := data.keys() - {"difference"}:
        raise GradesError(f"{path}: there is only [[difference]], no {', '.join(sorted(stray))}")
    return tuple(_known(entry, f"{path}, difference {n}") for n, entry in enumerate(data.get("difference", ()), 1))


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


#: What a value in the file may be, by its key.
_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("cases", "ours", "theirs"), (_is_list_of_text, "a list of strings")),
    **dict.fromkeys(("peer", "reason", "source"), (lambda value: isinstance(value, str), "a string")),
    "flaky": (lambda value: isinstance(value, bool), "true or false"),
}


def _known(entry: dict[str, Any], where: str) -> Known:
    for name, value in entry.items():
        if name not in _FORMS:
            near = difflib.get_close_matches(name, _FORMS, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_FORMS)}"
            raise GradesError(f"{where}: {name!r} is no key; {hint}")
        is_right, form = _FORMS[name]
        if not is_right(value):
            raise GradesError(f"{where}: {name} must be {form}, not {value!r}")
    if missing := [name for name in ("cases", "reason", "source") if not entry.get(name)]:
        raise GradesError(f"{where}: {' and '.join(missing)} must be there")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Known(**values)
