"""SARIF 2.1.0 for code scanning: a rule per case that did not pass, a result per cell where it did not.

Results are the verdicts crash and fail (with the level of the case: MUST is an error, SHOULD a warning, MAY a note) and
non-strict (a note; a warning if strict). Informational and declined cases are no findings. Failures of the suite and
the problems of an incomplete run are notifications of the invocation. What a baseline accepts is suppressed, with the
reason; against an older run, each result says whether it is new.

Code scanning needs a file for each result, although a WebSocket conversation has none: all results point to the first
line of one file of the repository. Since GitHub would take results of a rule at the same line for one alert, each has a
fingerprint of its cell and case, `primaryLocationLineHash`, the name that GitHub looks for. It is the same in each run,
whatever the reason of the failure.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from wsreport.compare import Kind
from wsreport.formats.clauses import describe, first_link, link, name, sentence
from wsreport.formats.markup import code, plain
from wsreport.formats.summary import Summary, counted, summarize
from wsreport.formats.walk import Entry, family_label, pressing
from wsreport.gate import Gate
from wsreport.records import CaseInfo, Result
from wsreport.run import Run
from wsreport.text import one_line

__all__ = ["LOCATION", "RESULTS", "SHOWN", "SIZE", "render"]

#: The file that results point to.
LOCATION = "README.md"
#: GitHub's limits, see docs.github.com, "SARIF results exceed one or more limits": it refuses files with more results
#: in a run or more bytes after gzip, and shows the most severe results only.
RESULTS = 25_000
SHOWN = 5_000
SIZE = 10_000_000

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

#: How many characters are kept of a title, a reason and a step; how many steps and clauses of a case,
#: and how many notifications.
_TITLE = 240
_REASON = 1024
_STEP = 240
_STEPS = 12
_NOTICES = 100

_LEVELS = {"MUST": "error", "SHOULD": "warning", "MAY": "note"}
_RANKS = ("error", "warning", "note")
#: By kind of change, the `baselineState` of a result that did not pass.
_STATES: dict[Kind, str] = {
    "regressed": "new",
    "newly failing": "new",
    "new": "new",
    "fixed": "updated",
    "changed": "updated",
    "changed reason": "updated",
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)


def render(
    run: Run, outcome: Gate | None = None, *, location: str = LOCATION, results: int = RESULTS, size: int = SIZE
) -> str:
    """Return what did not pass as SARIF.

    Args:
        run: the run, complete or not.
        outcome: the outcome of its gate; None: of a gate without baseline and older run. If it is strict, non-strict is
            a warning.
        location: the path of the file to which results point, relative to the root of the repository.
        results: how many results to keep at most, the worst first.
        size: how many bytes the document may have after gzip.

    Returns:
        A document that is valid by the schema of OASIS. If results were left out, a notification and the properties of
        the run say how many.
    """
    found = pressing(run)
    broken = [entry for entry in found if entry.verdict == "harness-error"]
    judged = (entry for entry in found if entry.verdict != "harness-error")
    summary = summarize(run, outcome)
    ranked = sorted(judged, key=lambda entry: _urgency(entry, summary.gate))
    kept = min(len(ranked), results)
    while True:
        text = _document(run, summary, ranked[:kept], len(ranked), broken, location)
        compressed = _compressed(text, size)
        if compressed <= size or not kept:
            return text
        kept = int(kept * 0.9 * size / compressed)


def _compressed(text: str, size: int) -> int:
    """Return how many bytes a text has after gzip, or at most if they are few anyway."""
    data = text.encode()
    return len(data) if len(data) <= size else len(zlib.compress(data)) + 12


def _document(
    run: Run, summary: Summary, shown: Sequence[Entry], total: int, broken: Sequence[Entry], location: str
) -> str:
    infos = {entry.info.id: entry.info for entry in shown}
    indexes = {id_: index for index, id_ in enumerate(infos)}
    suite = run.header.suite
    left_out = total - len(shown)
    driver = {
        "name": _line(suite.name),
        "version": _line(suite.version),
        "fullName": _line(str(suite)),
        "rules": [_rule(run, info) for info in infos.values()],
    }
    body = {
        "tool": {"driver": driver},
        "invocations": [_invocation(run, summary, left_out, len(shown), broken)],
        "results": [_result(run, entry, indexes[entry.info.id], location, summary.gate) for entry in shown],
        "properties": {
            "profile": _line(run.header.plan.profile),
            "counts": summary.counts,
            "verdictsDigest": run.verdict_digest,
            "resultsLeftOut": left_out,
        },
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [body]}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def _rule(run: Run, info: CaseInfo) -> dict[str, Any]:
    title = _line(info.title) or _line(info.id)
    steps = [("Sends", info.sends), ("Expects", info.expects), ("Closing", (info.closing,) if info.closing else ())]
    lines = [f"{word}: {'; '.join(_line(step, _STEP) for step in each[:_STEPS])}" for word, each in steps if each]
    clauses = info.clauses[:_STEPS]
    rule = {
        "id": _line(info.id),
        "shortDescription": {"text": _message(title)},
        "fullDescription": {"text": _message("\n".join([title, *(_line(describe(c), _REASON) for c in clauses)]))},
        "help": {
            "text": _message("\n".join([*lines, *(_line(describe(clause), _REASON) for clause in clauses)]) or title),
            "markdown": _help(info),
        },
        "defaultConfiguration": {"level": _LEVELS[info.level]},
        "properties": {"tags": sorted({"WebSocket", info.level, _line(family_label(run, info))})},
    }
    if address := first_link(info.clauses):
        rule["helpUri"] = address
    return rule


def _help(info: CaseInfo) -> str:
    lines = [f"**{plain(info.id, _TITLE)}** {plain(info.title, _TITLE)}", ""]
    for word, steps in (("Sends", info.sends), ("Expects", info.expects), ("Closing", (info.closing,))):
        lines += [f"- {word}: {code(step, _STEP)}" for step in steps[:_STEPS] if step]
    for clause in info.clauses[:_STEPS]:
        place, address = plain(name(clause), _TITLE), link(clause)
        lines.append(f"- {f'[{place}]({address})' if address else place}: {plain(sentence(clause), _REASON)}")
    return "\n".join(lines)


def _result(run: Run, entry: Entry, index: int, location: str, outcome: Gate) -> dict[str, Any]:
    cell, case, result = entry.cell.planned.id, entry.info.id, entry.result
    lines = [f"{entry.verdict} on {_line(cell)}: {_line(entry.explanation, _REASON) or 'no reason given'}"]
    if result and result.observed:
        lines.append("Observed: " + "; ".join(_line(step, _STEP) for step in result.observed[:_STEPS]))
    if result and result.closing:
        lines.append(f"Ended: {_line(result.closing, _STEP)}")
    if entry.attribution:
        lines.append(f"Owner: {entry.attribution.owner}")
    if command := run.command(cell, case):
        lines.append(f"Play just this case: {_line(command, _REASON)}")
    mark = hashlib.sha256(f"{cell}\n{case}".encode("utf-8", "backslashreplace")).hexdigest()
    return {
        "ruleId": _line(case),
        "ruleIndex": index,
        "level": _level(entry, outcome.strict),
        "message": {"text": _message("\n".join(lines))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(location, errors="replace"), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [{"name": _line(cell), "fullyQualifiedName": _line(cell), "kind": "cell"}],
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": mark[:32], "wsconformCellCase/v1": mark},
        "properties": {"verdict": entry.verdict, **_rate(result)},
        **_standing(cell, case, outcome),
    }


def _rate(result: Result | None) -> dict[str, Any]:
    """Return the rate of a flaky case: its plays, and how many of them did not pass."""
    if result is None or not result.is_flaky:
        return {}
    return {"flaky": True, "plays": len(result.counted), "failedPlays": result.failed_plays}


def _standing(cell: str, case: str, outcome: Gate) -> dict[str, Any]:
    """Return what is accepted and what is new. Each property is on all results of a run, or on none."""
    standing: dict[str, Any] = {}
    if outcome.baseline:
        why = outcome.accepted.get((cell, case))
        suppression = {"kind": "external", "status": "accepted", "justification": _line(why or "", _REASON)}
        standing["suppressions"] = [suppression] if why else []
    if outcome.comparison is not None:
        change = outcome.comparison.at(cell, case)
        standing["baselineState"] = _STATES[change.kind] if change else "unchanged"
    return standing


def _urgency(entry: Entry, outcome: Gate) -> tuple[bool, int]:
    is_excused = bool(outcome.excuse(entry.cell.planned.id, entry.info.id))
    return is_excused, _RANKS.index(_level(entry, outcome.strict))


def _level(entry: Entry, strict: bool) -> str:
    if entry.verdict == "crash":
        return "error"
    if entry.verdict == "non-strict":
        return "warning" if strict else "note"
    return _LEVELS[entry.info.level]


def _invocation(run: Run, summary: Summary, left_out: int, kept: int, broken: Sequence[Entry]) -> dict[str, Any]:
    notices = [("error", _line(problem, _REASON)) for problem in summary.problems]
    notices += [("error", f"The suite itself failed: {_at(entry)}: {_line(entry.reason, _REASON)}") for entry in broken]
    if len(notices) > _NOTICES:
        more = len(notices) - _NOTICES
        notices = [*notices[:_NOTICES], ("error", f"{counted(more, 'more problem')} of this kind.")]
    if left_out:
        notices.append(
            ("warning", f"{counted(left_out, 'result')} left out, the least severe, to keep GitHub's limits.")
        )
    if kept > SHOWN:
        notices.append(("note", f"GitHub shows {SHOWN:,} of these {kept:,} results, the most severe."))
    invocation: dict[str, Any] = {
        "executionSuccessful": not summary.problems and not broken,
        "exitCode": summary.gate.code,
        "exitCodeDescription": summary.gate.meaning,
        "toolExecutionNotifications": [
            {"level": level, "message": {"text": _message(text)}} for level, text in notices
        ],
    }
    times = {"startTimeUtc": run.header.started, "endTimeUtc": run.footer.finished if run.footer else ""}
    return invocation | {key: time for key, time in times.items() if _TIME.fullmatch(time)}


def _at(entry: Entry) -> str:
    return f"{_line(entry.info.id)} on {_line(entry.cell.planned.id)}"


def _line(text: str, limit: int = _TITLE) -> str:
    """Return text as one line in which everything can be seen."""
    return one_line(text, limit)


def _message(text: str) -> str:
    r"""Escape a message: braces would be placeholders (section 3.11.5 of SARIF), brackets links (section 3.11.6)."""
    escaped = re.sub(r"[\\\[\]]", r"\\\g<0>", text)
    return escaped.replace("{", "{{").replace("}", "}}")
