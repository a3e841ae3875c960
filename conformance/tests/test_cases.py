"""The catalogue says what Autobahn's cases say: ids, steps, expectations, closing, deadlines."""

from __future__ import annotations

import json
import zlib
from contextlib import suppress
from pathlib import Path

import pytest

from wsconform.cases import API_CLAUSES, CATALOGUE, FAMILIES, SCRIPT_CASES, WEBSOCKET_CASES, utf8
from wsconform.cases.blocks import TAIL
from wsconform.cases.deflate_broken import ZEROS
from wsconform.clauses import CLAUSES
from wsconform.conversation.model import (
    Answer,
    Case,
    Chop,
    Deadline,
    Echoes,
    Event,
    Pause,
    Piece,
    RoundTrips,
    Step,
    StillOpen,
)
from wsconform.model import Fill, Frame, Level, Message, MiB, Opcode, OpenFrame, Pong, Split
from wsconform.script import steps
from wsconform.script.model import ScriptCase
from wsconform.selection import select
from wsconform.wire.deflate import scan
from wsconform.wire.negotiation import MalformedError, may_be_accepted, read_elements

DATA = Path(__file__).with_name("data")
FACTS = json.loads((DATA / "autobahn_cases.json").read_text())
CLOSE_FRAMES = {Opcode.CLOSE.value}
#: Those that stand on clauses of standards.
STANDARD = {**WEBSOCKET_CASES, **SCRIPT_CASES}


def octets(fact: dict) -> bytes:
    """The payload that a row of the facts describes."""
    if "hex" in fact:
        return bytes.fromhex(fact["hex"])
    if "repeat_hex" in fact:
        return bytes(Fill(bytes.fromhex(fact["repeat_hex"]), fact.get("len", fact.get("size"))))
    assert fact.get("len", fact.get("size")) == 0
    return b""


def steps_of(fact: dict) -> list[tuple]:
    rows = []
    for row in fact["sends"]:
        match row["do"]:
            case "frame":
                rows.append(("frame", row["opcode"], bool(row["fin"]), row["rsv"], octets(row)))
            case "close":
                code = b"" if row["code"] is None else row["code"].to_bytes(2, "big")
                reason = octets(row["reason"]) if "reason" in row else b""
                rows.append(("frame", 8, True, 0, code + reason))
            case "message" if "fragment" in row:
                rows.append(("split", row["opcode"], octets(row), row["fragment"]))
            case "message":
                rows.append(("frame", row["opcode"], True, 0, octets(row)))
            case "wait":
                rows.append(("wait", row["seconds"]))
            case "frame-header":
                rows.append(("header", row["opcode"], bool(row["fin"]), row["len"]))
            case "frame-octets":
                rows.append(("octets", octets(row)))
            case "round-trips":
                rows.append(("trips", row["opcode"], octets(row), row["count"]))
    return rows


def steps_in(case: Case) -> list[tuple]:
    def row(step: Step) -> tuple:
        match step:
            case Frame(opcode, payload, fin, rsv):
                return ("frame", opcode, fin, rsv, bytes(payload))
            case Split(opcode, payload, size):
                return ("split", opcode, bytes(payload), size)
            case Pause(seconds=seconds):
                return ("wait", seconds)
            case OpenFrame(opcode, size, fin):
                return ("header", opcode, fin, size)
            case Piece(data):
                return ("octets", data)
            case RoundTrips(payload, count, binary):
                return ("trips", 2 if binary else 1, bytes(payload), count)

    return [row(step) for step in case.send]


def events_of(rows: list[dict]) -> list[Event]:
    kinds = {
        "message": lambda row: Message(octets(row), row["type"] == "binary"),
        "pong": lambda row: Pong(octets(row)),
        "still-open-after-wait": lambda row: StillOpen(row["tag"]),
    }
    return [kinds[row["event"]](row) for row in rows]


def plain(events: tuple[Event, ...]) -> list[Event]:
    """Events with their payloads built, so that they compare."""
    return [
        Message(bytes(e.payload), e.binary)
        if isinstance(e, Message)
        else Pong(bytes(e.payload))
        if isinstance(e, Pong)
        else e
        for e in events
    ]


def test_ids() -> None:
    assert list(WEBSOCKET_CASES) == (DATA / "ids.txt").read_text().split()
    assert sum(case.is_autobahns for case in WEBSOCKET_CASES.values()) == 517


def test_the_catalogue_has_the_cases_of_all_kinds_by_family() -> None:
    assert CATALOGUE.keys() == {*WEBSOCKET_CASES, *SCRIPT_CASES, *API_CLAUSES}
    assert list(dict.fromkeys(case.family for case in CATALOGUE.values())) == list(FAMILIES)


@pytest.mark.parametrize("id_", FACTS)
def test_sends_what_autobahn_sends(id_: str) -> None:
    assert steps_in(WEBSOCKET_CASES[id_]) == steps_of(FACTS[id_])


@pytest.mark.parametrize("id_", FACTS)
def test_cuts_the_octets_as_autobahn_does(id_: str) -> None:
    rows = [row for row in FACTS[id_]["sends"] if row["do"] == "frame"]
    chops = {row.get("chop", "frames" if row.get("sync") else None) for row in rows} or {None}
    named = {None: Chop.WHOLE, "frames": Chop.FRAMES, 1: Chop.OCTETS}
    (chop,) = chops
    as_sent = {"3.3": Chop.PAIR_FIRST}  # what its queue really does there; see the case
    assert WEBSOCKET_CASES[id_].chop == as_sent.get(id_, named.get(chop, chop))


@pytest.mark.parametrize("id_", FACTS)
def test_expects_what_autobahn_expects(id_: str) -> None:
    case, fact = WEBSOCKET_CASES[id_], FACTS[id_]
    if not fact["expected"]:  # family 9: an echo, judged by type and length
        assert case.counts_only
        (event,) = case.expect
        step = case.send[0]
        assert event == Echoes(step.count) if isinstance(step, RoundTrips) else Message(step.payload, step.opcode == 2)
        return
    assert plain(case.expect) == events_of(fact["expected"]["OK"])
    tolerated = fact["expected"].get("NON-STRICT")
    if tolerated is not None:
        assert case.tolerate is not None
        assert plain(case.tolerate.events) == events_of(tolerated)
    elif case.tolerate is not None:  # ours; Autobahn has none
        assert id_ in {"2.10", "2.11"}


@pytest.mark.parametrize("id_", FACTS)
def test_closes_as_autobahn_does(id_: str) -> None:
    case, fact = WEBSOCKET_CASES[id_], FACTS[id_]
    closing = case.closing
    assert closing.by.value == fact["by"]
    assert sorted(set(closing.codes)) == fact["codes"]
    assert case.informational == fact["informational"]
    assert case.closes_when_seen == fact["closes_when_seen"]
    if not case.informational:
        assert closing.clean == fact["clean"]
        assert closing.wrong_side_fails == fact["wrong_side_fails"]
        assert closing.wrong_code_fails == fact["wrong_code_fails"]


@pytest.mark.parametrize("id_", FACTS)
def test_waits_as_long_as_autobahn_does(id_: str) -> None:
    case, fact = WEBSOCKET_CASES[id_], FACTS[id_]
    kind, other = ("kill_after", "close_after") if case.deadline is Deadline.KILL else ("close_after", "kill_after")
    assert case.within == fact[kind]
    assert fact[other] is None


@pytest.mark.parametrize("case", STANDARD.values(), ids=STANDARD)
def test_stands_on_known_clauses(case: Case | ScriptCase) -> None:
    assert case.clauses
    assert set(case.clauses) <= set(CLAUSES)
    assert case.level is Level.MAY or CLAUSES[case.clauses[0]].text
    assert case.family in FAMILIES


def test_python_finds_63_of_132_samples_valid() -> None:
    """The validity of a sample is Python's word; this pins what it says."""
    samples = [data for _, group in utf8.SAMPLES.values() for data in group]
    assert (sum(map(utf8.is_valid, samples)), len(samples)) == (63, 132)


@pytest.mark.parametrize(("pattern", "size"), [(b"*", 0), (b"*", 9), (b"abcde", 17), (b"0123456789", 40)])
def test_a_masked_fill_is_the_fill_masked(pattern: bytes, size: int) -> None:
    key = bytes.fromhex("37fa213d")
    fill = Fill(pattern, size)
    assert fill.masked(key) == bytes(octet ^ key[i % 4] for i, octet in enumerate(bytes(fill)))
    assert len(fill) == len(bytes(fill)) == size


def test_an_id_begins_with_its_family() -> None:
    assert all(case.family == id_.partition(".")[0] for id_, case in CATALOGUE.items())


# Raw cases


def test_a_raw_id_keeps_its_meaning() -> None:
    """Reports and baselines name them; numbers follow from the order in which cases are written."""
    pinned = dict(line.split(" ", 1) for line in (DATA / "raw_titles.txt").read_text("utf-8").splitlines())
    assert {id_: case.title for id_, case in SCRIPT_CASES.items()} == pinned


def test_raw_ids_are_numbered_without_gaps() -> None:
    """Group and number follow the order, and 2 comes before 10."""
    groups: dict[str, list[int]] = {}
    for id_ in SCRIPT_CASES:
        family, group, number = id_.split(".")
        groups.setdefault(f"{family}.{group}", []).append(int(number))
    numbered = {"C": (7, 8), "H": range(2, 11), "W": range(1, 9), "R": (*range(1, 8), 9)}
    assert list(groups) == [f"{family}.{n}" for family, all_ in numbered.items() for n in all_]
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in groups.values())


def test_titles_tell_raw_cases_apart() -> None:
    assert len({case.title for case in SCRIPT_CASES.values()}) == len(SCRIPT_CASES)


@pytest.mark.parametrize("case", SCRIPT_CASES.values(), ids=SCRIPT_CASES)
def test_a_raw_case_holds_no_more_connections_than_it_needs(case: ScriptCase) -> None:
    numbers = {step.connection if isinstance(step, steps.On) else 1 for step in case.steps}
    assert numbers == set(range(1, case.needs + 1))


@pytest.mark.parametrize("case", SCRIPT_CASES.values(), ids=SCRIPT_CASES)
def test_a_raw_case_awaits_something(case: ScriptCase) -> None:
    """A case without an awaited step could only pass, but where leaving without a word is what it is about."""
    awaited = [step for step in case.steps if not steps.is_action(step)]
    assert awaited or case.title.startswith("The client resets TCP")
    assert case.ends_server is any(isinstance(step, steps.Terminate) for step in case.steps)


def test_every_clause_of_ours_is_cited() -> None:
    """A row that no case and no judge stands on is one that nobody tests; `coverage` looks at the others."""
    cited = {id_ for case in STANDARD.values() for id_ in case.clauses} | {"wsgi-processes"}
    assert {id_ for id_ in CLAUSES if id_.startswith(("wsgi-", "robust-", "tls-"))} <= cited


# Compression


def test_an_id_of_compression_keeps_its_meaning() -> None:
    """Families P and X are numbered in the order in which their tables are written."""
    pinned = dict(line.split(" ", 1) for line in (DATA / "deflate_titles.txt").read_text("utf-8").splitlines())
    assert {id_: case.title for id_, case in WEBSOCKET_CASES.items() if case.family in {"P", "X"}} == pinned
    assert len(set(pinned.values())) == len(pinned)


def test_an_id_of_the_handshake_keeps_its_meaning() -> None:
    pinned = dict(line.split(" ", 1) for line in (DATA / "handshake_titles.txt").read_text("utf-8").splitlines())
    assert {id_: case.title for id_, case in WEBSOCKET_CASES.items() if case.family == "H"} == pinned
    assert len(set(pinned.values())) == len(pinned)


def test_an_id_of_frames_keeps_its_meaning() -> None:
    """Families C, L and M and group R.8 are numbered in the order in which they are written."""
    pinned = dict(line.split(" ", 1) for line in (DATA / "frame_titles.txt").read_text("utf-8").splitlines())
    families = {"C", "L", "M", "R"}
    assert {id_: case.title for id_, case in WEBSOCKET_CASES.items() if case.family in families} == pinned
    assert len(set(pinned.values())) == len(pinned)


def offers_of(family: str, *answers: Answer) -> dict[str, Case]:
    return {id_: case for id_, case in WEBSOCKET_CASES.items() if case.family == family and case.answer in answers}


@pytest.mark.parametrize("case", offers_of("X", Answer.NONE).values(), ids=offers_of("X", Answer.NONE))
def test_what_must_be_declined_may_not_be_accepted(case: Case) -> None:
    assert not any(may_be_accepted(element) for field in case.offers for element in read_elements(field))


@pytest.mark.parametrize("case", offers_of("X", Answer.NONE_OR_REFUSED).values(), ids=lambda case: case.id)
def test_what_is_malformed_has_no_elements_or_cannot_be_read(case: Case) -> None:
    with suppress(MalformedError):
        assert [element for field in case.offers for element in read_elements(field)] == []


@pytest.mark.parametrize("case", offers_of("X", Answer.FIRST).values(), ids=offers_of("X", Answer.FIRST))
def test_what_is_to_be_accepted_may_be(case: Case) -> None:
    """Empty elements, which are passed over, are taken out before."""
    fields = [part for field in case.offers for part in field.split(",") if part.strip()]
    assert any(may_be_accepted(element) for field in fields for element in read_elements(field))


def test_broken_data_are_broken() -> None:
    """zlib says so; what only ends too early it takes, which is why servers do."""
    payloads = [case.send[0].payload for case in select(WEBSOCKET_CASES, ["P.17"])]
    assert len(payloads) == 18
    taken = []
    for payload in payloads:
        try:
            zlib.decompressobj(-15).decompress(payload + TAIL)
        except zlib.error:
            continue
        taken.append(payload)
    assert [scan(payload).whole for payload in taken] == [False] * 3


def test_a_bomb_is_a_mebibyte_that_inflates_to_a_gibibyte() -> None:
    unit = zlib.decompressobj(-15).decompress(ZEROS)
    for case in select(WEBSOCKET_CASES, ["P.22"]):
        size = sum(len(frame.payload) for frame in case.send) + len(TAIL)
        assert size % len(ZEROS) == 0
        assert 1 * MiB <= size < 1.1 * MiB
        assert size // len(ZEROS) * len(unit) == 1024 * MiB


def test_family_p_reaches_as_far_as_a_client_may() -> None:
    """RFC 7692 section 7.2.1: the window is never above 32768 octets."""
    scans = [scan(bytes(frame.payload)) for case in select(WEBSOCKET_CASES, ["P.13"]) for frame in case.send]
    assert max(found.farthest for found in scans) == 1 << 15
    assert all(found.whole for found in scans)
