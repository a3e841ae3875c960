"""Build run files that are the same every time: one that passes, one in trouble, one cut short.

``python -m reports.tests.fixtures DIRECTORY`` writes them with their pages, for looking at.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wsreport.html import write
from wsreport.model import (
    Attribution,
    CaseInfo,
    CellEnd,
    CellStart,
    ClauseRef,
    Control,
    Grades,
    Header,
    Plan,
    PlannedCell,
    Play,
    Result,
    RunWriter,
    Suite,
    WireEntry,
    read_run,
)

DATA = Path(__file__).parent / "data"
START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
#: How many cases Autobahn has in each family, without compression.
SIZES = {"1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "9": 54, "10": 1}
SERVERS = ("runserver", "gunicorn-gthread", "gevent")

#: What a peer may put in any text: markup, attributes, links, controls, directions, sizes.
HOSTILE = (
    '<script>alert("owned")</script>',
    "\"><img src=x onerror=alert(1)>' onmouseover='alert(2)",
    "</style></script><svg/onload=alert(3)><a href='javascript:alert(4)'>https://evil.example/x</a>",
    "NUL \x00, bell \x07, escape \x1b[31m, delete \x7f, lone \ud800, line\u2028separator",
    "right-to-left \u202eevil\u202c, zero\u200bwidth, Hebrew \u05e9\u05dc\u05d5\u05dd",
    "{{ 7*7 }}{% raw %}&amp;&lt;",
    "A" * 65536,
)

CLAUSES = (
    ClauseRef(
        "6455-5.4-1",
        "RFC 6455, 5.4",
        "The fragments of a message arrive in the order in which they were sent.",
    ),
    ClauseRef("6455-5.5-2", "RFC 6455, 5.5", "Control frames may come between the fragments of a message."),
)


def clock(step: float = 61.5) -> Callable[[], datetime]:
    """Give a clock that advances by ``step`` seconds with each look at it."""
    ticks = itertools.count()
    return lambda: START + timedelta(seconds=step * next(ticks))


def cases(sizes: dict[str, int] = SIZES) -> list[CaseInfo]:
    """Describe the cases of the families in ``sizes``."""
    return [_case(family, number) for family, size in sizes.items() for number in range(1, size + 1)]


def _case(family: str, number: int) -> CaseInfo:
    return CaseInfo(
        id=f"{family}.{number}",
        title=f"Text message of {number} fragments, frame by frame, then a ping",
        family=family,
        level=("MUST", "MUST", "SHOULD")[number % 3],
        sends=(
            "text frame, not final, 'fragment1' (9 octets)",
            f"continuation frame, final, 'fragment{number}' ({number + 9} octets)",
            "ping frame, empty",
        ),
        expects=(f"text message 'fragment1fragment{number}'", "pong frame, empty"),
        closing="we close with 1000; the peer answers with 1000 and ends TCP",
        clauses=CLAUSES,
        informational=family == "9",
    )


#: As the suite calls the families; that of the hostile case has no title.
FAMILIES = {"1": "Framing", "5": "Fragmentation", "7": "Closing"}


def header(infos: list[CaseInfo], servers: tuple[str, ...] = SERVERS, target: str = "reference") -> Header:
    """Plan ``infos`` on one target and several servers."""
    plan = Plan(
        tuple(PlannedCell(f"{target}/{server}", target, server) for server in servers),
        tuple(info.id for info in infos),
    )
    machine = {"python": "3.12.9", "platform": "Linux x86_64", "cpus": "2"}
    return Header(Suite("wsconform", "0.1.0", "1a2b3c4"), "2026-03-01T12:00:00Z", plan, 7, machine, FAMILIES)


def begin(cell: str) -> CellStart:
    """Begin a cell of ``header``'s plan."""
    target, _, server = cell.partition("/")
    return CellStart(
        cell=cell,
        target={"name": target, "version": "1.0.0"},
        server={"name": server, "version": "23.0.0"},
        url="ws://127.0.0.1:8765/echo",
        versions={"Django": "5.2", "gevent": "25.9.1", "greenlet": "3.2"},
        round_trip=0.00042,
        concurrency=8,
    )


def passed(cell: str, info: CaseInfo, number: int = 0) -> Result:
    """Pass a case."""
    return Result(
        cell=cell,
        case=info.id,
        verdict="pass",
        grades=Grades("OK", "OK"),
        seconds=0.012,
        started=number / 100,
        plays=(Play("pass", seconds=0.012),),
        expected=info.expects,
        observed=info.expects,
        closing="closed cleanly with 1000 by us",
        local_port=40000 + number,
    )


#: Verdict, Autobahn's grades, reason, verdicts of the plays.
TROUBLE: tuple[tuple[str, Grades | None, str, tuple[str, ...]], ...] = (
    (
        "fail",
        Grades("FAILED", "OK"),
        "the message came back with other octets from octet 9 on",
        ("fail",) * 3,
    ),
    ("non-strict", Grades("NON-STRICT", "OK"), "TCP was dropped where a Close frame is due", ("non-strict",)),
    ("fail", Grades("FAILED", "UNCLEAN"), "nothing came for 10 s after the ping", ("fail", "pass", "fail")),
    ("crash", None, "the server ended with signal 11 after this case", ("crash",)),
    ("info", Grades("INFORMATIONAL", "INFORMATIONAL"), "the peer closed with 1011", ("info",)),
    ("declined", Grades("UNIMPLEMENTED", "OK"), "no extension was agreed to", ("declined",)),
    ("harness-error", None, "ValueError in the judge", ("harness-error",)),
    ("fail", Grades("OK", "WRONG CODE"), "closed with 1006 where 1002 is due", ("fail", "pass", "fail")),
)


def troubled(cell: str, info: CaseInfo, number: int, texts: Iterator[str]) -> Result:
    """Do not pass a case; each text that the peer might have chosen is the next of ``texts``."""
    verdict, grades, reason, plays = TROUBLE[number % len(TROUBLE)]
    return Result(
        cell=cell,
        case=info.id,
        verdict=verdict,
        grades=grades,
        reason=f"{reason}: {next(texts)}",
        clauses=info.clauses[:1],
        seconds=10.2,
        started=number / 100,
        plays=tuple(Play(v, next(texts), index > 0, 1.5) for index, v in enumerate(plays)),
        expected=info.expects,
        observed=(info.expects[0], next(texts)),
        closing=next(texts),
        local_port=41000 + number,
        wire=wire(next(texts)),
    )


def flaky(failed: int, count: int) -> tuple[Play, ...]:
    """Play a case several times, of which the first ones fail."""
    return (*[Play("fail", "late", seconds=1.5)] * failed, *[Play("pass", seconds=0.012)] * (count - failed))


def wire(what: str) -> tuple[WireEntry, ...]:
    """Log a short conversation."""
    return (
        WireEntry(0.0004, "us", "text frame, masked, not final", "0189" + "37fa213d" + "7f9f4d515894" * 2, 15),
        WireEntry(0.0011, "us", "continuation frame, final, masked", "80fe1000" + "a5" * 60, 4104),
        WireEntry(0.0031, "peer", what, "3c7363726970743e616c6572742831293c2f7363726970743e00ff", 27),
        WireEntry(10.0, "peer", "end of TCP"),
    )


def passing(path: Path, sizes: dict[str, int] = SIZES, servers: tuple[str, ...] = SERVERS) -> Path:
    """Write a run in which every case passes."""
    infos = cases(sizes)
    head = header(infos, servers)
    with RunWriter(path, head, clock=clock()) as writer:
        for info in infos:
            writer.case(info)
        for cell in head.plan.cells:
            _play(writer, cell.id, (passed(cell.id, info, n) for n, info in enumerate(infos)))
        writer.finish()
    return path


def _play(writer: RunWriter, cell: str, results: Iterator[Result]) -> None:
    writer.begin_cell(begin(cell))
    for result in results:
        writer.result(result)
    writer.end_cell(CellEnd(cell, "complete", seconds=19.4, server_cpu=6.25, log="Listening on 127.0.0.1:8765\n"))


def trouble(path: Path) -> Path:
    """Write a whole run with every verdict, hostile strings, and a cell of each odd status."""
    infos = [_hostile(info, n) for n, info in enumerate(cases({"1": 16, "5": 20, "7": 37, HOSTILE[0]: 1}))]
    head = header(infos, (*SERVERS, "uwsgi", HOSTILE[1]), target="dwebsocket==0.5.12")
    cells = [cell.id for cell in head.plan.cells]
    texts = itertools.cycle(HOSTILE)
    with RunWriter(path, head, clock=clock()) as writer:
        for info in infos:
            writer.case(info)
        _play(writer, cells[0], (passed(cells[0], info, n) for n, info in enumerate(infos)))
        _play(writer, cells[1], (_some(cells[1], info, n, 9, texts) for n, info in enumerate(infos)))
        writer.begin_cell(begin(cells[2]))
        for n, info in enumerate(infos):
            result = _some(cells[2], info, n, 5, texts)
            writer.result(result)
            if result.verdict == "fail":
                controls = (Control("the library alone", "fail", HOSTILE[0]), Control("the server alone", "pass"))
                writer.attribute(Attribution(cells[2], info.id, "library", controls))
        writer.end_cell(CellEnd(cells[2], "crashed", HOSTILE[0], 4.0, None, "\n".join(HOSTILE[:6]) * 3))
        for cell, reason in ((cells[3], "this server has no threads"), (cells[4], HOSTILE[2])):
            writer.begin_cell(CellStart(cell, {"name": HOSTILE[0]}, {"name": HOSTILE[1]}, HOSTILE[2]))
            writer.end_cell(CellEnd(cell, "unsupported", reason))
        writer.finish()
    return path


def _hostile(info: CaseInfo, number: int) -> CaseInfo:
    if number % 12:
        return info
    text = HOSTILE[number // 12 % 6]
    return CaseInfo(info.id, text, info.family, info.level, (text,), (text,), text, info.clauses)


def _some(cell: str, info: CaseInfo, number: int, every: int, texts: Iterator[str]) -> Result:
    return passed(cell, info, number) if number % every else troubled(cell, info, number // every, texts)


def incomplete(path: Path, played: int = 40) -> Path:
    """Write a run that was interrupted in its second cell."""
    infos = cases({"1": 16, "5": 20, "7": 37})
    head = header(infos)
    first, second, _ = (cell.id for cell in head.plan.cells)
    writer = RunWriter(path, head, clock=clock())
    for info in infos:
        writer.case(info)
    _play(writer, first, (passed(first, info, n) for n, info in enumerate(infos)))
    writer.begin_cell(begin(second))
    for number, info in enumerate(infos[:played]):
        result = troubled(second, info, 0, itertools.repeat("")) if number == 20 else passed(second, info, number)
        writer.result(result)
    writer.finish("interrupted")
    return path


def main(directory: Path) -> None:
    """Write the three runs and their pages below ``directory``."""
    for build in (passing, trouble, incomplete):
        place = directory / build.__name__
        place.mkdir(parents=True, exist_ok=True)
        write([read_run(build(place / "run.jsonl"))], place)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
