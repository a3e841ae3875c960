"""Markdown for people: the summary of a CI job, and a short form for a comment on a pull request.

Written for GitHub; other renderers of tables and `<details>` do as well. Each has a limit in bytes: what is most urgent
comes first, and the last line says what was left out. No text of a run file becomes markup, a link or a mention.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wsreport.explanation import explain
from wsreport.formats.clauses import link, name, sentence
from wsreport.formats.markup import code, plain, size
from wsreport.formats.summary import Summary, count, counted, summarize
from wsreport.formats.walk import Cell, Entry, cells, pressing, rank
from wsreport.gate import Gate
from wsreport.records import CaseInfo
from wsreport.run import Run
from wsreport.terms import CELL_MEANINGS, STATUSES
from wsreport.text import seconds

__all__ = ["COMMENT", "SUMMARY", "render_comment", "render_summary"]

#: Bytes in UTF-8. GitHub takes 1 MiB of a job's step, and 65,536 characters of a comment.
SUMMARY = 60_000
COMMENT = 4_000

#: How many characters are kept of a title, of a name, of a reason, and of a reason in a comment.
_TITLE = 240
_NAME = 120
_REASON = 400
_BRIEF = 160
#: How many are listed: problems of an incomplete run, cells of a finding, clauses of a case, cells that ended badly.
_PROBLEMS = 10
_CELLS = 6
_CLAUSES = 3
_BADLY = 20
#: How many findings of a summary are open to read; more are folded.
_OPEN = 5
#: The part of the limit that a section about the gate may fill, and that the table may.
_SECTION_SHARE = 0.5
_TABLE_SHARE = 0.4
#: Bytes kept free for the line that says what was left out.
_TAIL = 120

_GLYPHS = {"PASSED": "✓", "FAILED": "✗", "INCOMPLETE": "⚠"}


@dataclass(frozen=True, slots=True)
class _Finding:
    """A case that needs attention, and its results by what they say."""

    info: CaseInfo
    groups: tuple[tuple[Entry, ...], ...]

    @property
    def worst(self) -> Entry:
        return self.groups[0][0]

    @property
    def cells(self) -> int:
        return sum(map(len, self.groups))


class _Page:
    """Text that never becomes longer than its limit in bytes."""

    def __init__(self, limit: int) -> None:
        self._room = limit - _TAIL
        self._blocks: list[str] = []

    def add(self, block: str, share: float = 1.0) -> bool:
        """Add a block, with an empty line behind, if it fits into this share of what is free; say whether it did."""
        needed = size(block) + 2
        if needed > self._room * share:
            return False
        self._room -= needed
        self._blocks.append(block)
        return True

    def lines(self, head: str, lines: Sequence[str], share: float = 1.0, end: str = "") -> None:
        """Add a head, as many lines as fit into this share of what is free, how many did not, and an end."""
        free = self._room * share - size(head) - size(end) - _TAIL
        kept: list[str] = []
        for line in lines:
            free -= size(line) + 1
            if free < 0:
                break
            kept.append(line)
        more = len(lines) - len(kept)
        self.add("\n".join([head, *kept, *([f"- … and {more:,} more"] if more else []), *([end] if end else [])]))

    def text(self, left_out: str) -> str:
        return "\n\n".join([*self._blocks, *([left_out] if left_out else []), ""]).rstrip("\n") + "\n"


def render_summary(run: Run, outcome: Gate | None = None, *, limit: int = SUMMARY) -> str:
    """Return a run as Markdown for the summary of a CI job.

    Args:
        run: the run, complete or not.
        outcome: the outcome of its gate; None: of a gate without baseline and older run. What it says about changes
            and about the baseline comes before the details.
        limit: the number of bytes, in UTF-8, that the text has at most; at least 2,000.
    """
    summary, page = summarize(run, outcome), _Page(limit)
    page.add(f"## {_GLYPHS[summary.word]} WebSocket conformance: {summary.word}")
    page.add(f"{_bold(summary.gate.sentence)}\n\nExit code {summary.gate.code}: {summary.gate.meaning}.")
    _problems(page, summary)
    _sections(page, summary.gate)
    _table(page, run)
    _badly(page, run)
    found = _findings(run, summary.gate)
    if found and page.add(f"### What needs attention: {counted(len(found), 'case')}"):
        left = _listed(page, (_details(run, finding, n < _OPEN) for n, finding in enumerate(found)), len(found))
    else:
        left = len(found)
    _excused(page, run, summary.gate)
    if left == 0:
        page.add(_about(run))
    return page.text(f"… and {counted(left, 'more case')}: see the HTML page or the run file." if left else "")


def render_comment(run: Run, outcome: Gate | None = None, *, limit: int = COMMENT) -> str:
    """Return a run in a few lines of Markdown for a comment on a pull request; its first line is one sentence.

    Args:
        run: the run, complete or not.
        outcome: the outcome of its gate; None: of a gate without baseline and older run. What it says about changes
            and about the baseline comes before the findings.
        limit: the number of bytes, in UTF-8, that the text has at most; at least 1,000.
    """
    summary, page = summarize(run, outcome), _Page(limit)
    gate = summary.gate
    page.add(f"{_GLYPHS[summary.word]} {_bold(gate.sentence)} (exit code {gate.code}: {gate.meaning}).")
    _problems(page, summary)
    _sections(page, gate)
    found = _findings(run, gate)
    lines = [f"- {_headline(finding)}: {_reason(finding.worst, _BRIEF)}" for finding in found]
    if lines:
        page.lines("**What needs attention**, the worst first:\n", lines)
    return page.text("")


def _bold(text: str) -> str:
    return f"**{text}**"


def _problems(page: _Page, summary: Summary) -> None:
    if summary.problems:
        shown = [f"- {plain(problem, _REASON)}" for problem in summary.problems[:_PROBLEMS]]
        more = len(summary.problems) - len(shown)
        shown += [f"- … and {counted(more, 'more problem')}"] if more else []
        page.lines("**This run is incomplete.** It does not show that anything conforms.\n", shown, 0.5)


def _sections(page: _Page, outcome: Gate) -> None:
    for section in explain(outcome):
        lines = [f"- {plain(line, _REASON)}" for line in section.lines]
        page.lines(f"### {plain(section.title, _NAME)}\n", lines, _SECTION_SHARE)


def _excused(page: _Page, run: Run, outcome: Gate) -> None:
    """Add a folded list of the deviations that do not fail the gate."""
    lines = [
        f"- {STATUSES[entry.verdict].glyph} {entry.verdict} <b>{plain(entry.info.id, _NAME)}</b> on "
        f"{code(entry.cell.planned.id, _NAME)}: {_reason(entry, _BRIEF)} ({plain(excuse, _REASON)})"
        for entry in pressing(run)
        if (excuse := outcome.excuse(entry.cell.planned.id, entry.info.id))
    ]
    if lines:
        head = f"<details><summary>Not counted by the gate: {counted(len(lines), 'deviation')}</summary>\n"
        page.lines(head, lines, _SECTION_SHARE, end="\n</details>")


def _table(page: _Page, run: Run) -> None:
    """Add the table of servers by targets, with counts."""
    matrix: dict[str, dict[str, list[Cell]]] = {}
    for cell in cells(run):
        matrix.setdefault(cell.planned.server, {}).setdefault(cell.planned.target, []).append(cell)
    if not matrix:
        return
    targets = list(dict.fromkeys(target for row in matrix.values() for target in row))
    head = ["Server", *(plain(target, _NAME) for target in targets)]
    rows = [
        [plain(server, _NAME) or "(given by its URL)", *(_place(run, row.get(target, [])) for target in targets)]
        for server, row in matrix.items()
    ]
    lines = [f"| {' | '.join(fields)} |" for fields in (head, ["---"] * len(head), *rows)]
    kept = len(lines)
    while kept > 2 and not page.add("\n".join(lines[:kept]), _TABLE_SHARE):
        kept -= max(1, (kept - 2) // 8)
    if kept < len(lines):
        page.add(f"… and {counted(len(lines) - max(kept, 2), 'more server')}.")


def _place(run: Run, found: Sequence[Cell]) -> str:
    """Return the counts of the cells of one server and target; if there are several, each with its id."""
    named = [f"{plain(cell.planned.id, _NAME)}: " if len(found) > 1 else "" for cell in found]
    return "<br>".join(id_ + _counts(run, cell) for id_, cell in zip(named, found, strict=True)) or "–"


def _counts(run: Run, cell: Cell) -> str:
    """Return the counts of a cell, with glyphs, and how it ended if not well."""
    if cell.status == "unsupported":
        return f"{STATUSES['unsupported'].glyph} unsupported"
    counted_ = count(run, cell)
    words = [f"{status.glyph} {counted_[word]:,} {word}" for word, status in STATUSES.items() if counted_[word]]
    flaky = sum(result.is_flaky for result in cell.played.results.values()) if cell.played else 0
    words += [f"{flaky:,} flaky"] if flaky else []
    return ", ".join([*([] if cell.status == "complete" else [_bold(cell.status)]), *words])


def _badly(page: _Page, run: Run) -> None:
    """Add the cells that did not end well, or of which their user should know something."""
    ended = [cell for cell in cells(run) if cell.status != "complete" or cell.reason]
    ended.sort(key=lambda cell: cell.status == "unsupported")
    lines = [f"- {code(cell.planned.id, _NAME)} {_bold(cell.status)}: {_why(cell)}" for cell in ended]
    if lines:
        page.lines(
            "Notes on cells:\n", lines[:_BADLY] + ([f"- … and {len(lines) - _BADLY} more"] * (len(lines) > _BADLY))
        )


def _why(cell: Cell) -> str:
    return plain(cell.reason or CELL_MEANINGS[cell.status], _REASON)


def _findings(run: Run, outcome: Gate) -> list[_Finding]:
    """Return what needs attention: the worst verdict first, then what is wrong on most cells."""
    by_case: dict[str, dict[tuple[str, str, str], list[Entry]]] = {}
    for entry in pressing(run):
        if outcome.excuse(entry.cell.planned.id, entry.info.id):
            continue
        key = (entry.verdict, entry.explanation, entry.attribution.owner if entry.attribution else "")
        by_case.setdefault(entry.info.id, {}).setdefault(key, []).append(entry)
    found = [_Finding(next(iter(g.values()))[0].info, tuple(map(tuple, g.values()))) for g in by_case.values()]
    return sorted(found, key=lambda finding: (rank(finding.worst.verdict), -finding.cells))


def _listed(page: _Page, blocks: Iterable[str], total: int) -> int:
    """Add blocks until one does not fit, and return how many are left out."""
    for number, block in enumerate(blocks):
        if not page.add(block):
            return total - number
    return 0


def _headline(finding: _Finding) -> str:
    verdict, info = finding.worst.verdict, finding.info
    where = counted(finding.cells, "cell")
    if finding.cells == 1:
        where = plain(finding.worst.cell.planned.id, _NAME)
    title = plain(info.title.removesuffix("."), _TITLE)
    return f"{STATUSES[verdict].glyph} {verdict} <b>{plain(info.id, _NAME)}</b> {title} ({info.level}, on {where})"


def _details(run: Run, finding: _Finding, opened: bool) -> str:
    opening = "<details open>" if opened else "<details>"
    return "\n".join([f"{opening}<summary>{_headline(finding)}</summary>\n", *_inside(run, finding), "\n</details>"])


def _inside(run: Run, finding: _Finding) -> Iterator[str]:
    for group in finding.groups:
        entry = group[0]
        names = ", ".join(code(each.cell.planned.id, _NAME) for each in group[:_CELLS])
        more = f" and {len(group) - _CELLS:,} more" if len(group) > _CELLS else ""
        owner = f" (owner: {entry.attribution.owner})" if entry.attribution else ""
        yield f"- {_bold(entry.verdict)} on {names}{more}{owner}: {_reason(entry)}"
    worst = finding.worst
    for clause in (worst.result.clauses if worst.result else ())[:_CLAUSES]:
        place, address = plain(name(clause), _NAME), link(clause)
        yield f"- broken: {f'[{place}]({address})' if address else place}: {plain(sentence(clause), _REASON)}"
    if command := run.command(worst.cell.planned.id, finding.info.id):
        yield f"- play just this case: {code(command, _REASON)}"


def _reason(entry: Entry, limit: int = _REASON) -> str:
    return plain(entry.explanation, limit) or "no reason given"


def _about(run: Run) -> str:
    head = run.header
    repeated = f", every case {head.plan.repeat} times" if head.plan.repeat > 1 else ""
    took = f", took {seconds(run.footer.seconds)}" if run.footer else ""
    return (
        f"<sub>{plain(str(head.suite), _NAME)}, profile {plain(head.plan.profile, _NAME)}{repeated}, "
        f"started {plain(head.started, _NAME)}{took}, digest of verdicts {run.verdict_digest[:12]}</sub>"
    )
