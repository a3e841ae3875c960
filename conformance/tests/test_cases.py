"""The catalogue says what Autobahn's cases say: ids, steps, expectations, closing, deadlines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.cases import CATALOGUE, CLAUSES, FAMILIES, utf8
from conformance.model import (
    Case,
    Chop,
    Deadline,
    Echoes,
    Event,
    Fill,
    Frame,
    Level,
    Message,
    Opcode,
    OpenFrame,
    Pause,
    Piece,
    Pong,
    RoundTrips,
    Split,
    Step,
    StillOpen,
)
from reports import words

DATA = Path(__file__).with_name("data")
FACTS = json.loads((DATA / "autobahn_cases.json").read_text())
CLOSE_FRAMES = {Opcode.CLOSE.value}


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
    assert list(CATALOGUE) == (DATA / "ids.txt").read_text().split()
    assert len(CATALOGUE) == 301


@pytest.mark.parametrize("id_", FACTS)
def test_sends_what_autobahn_sends(id_: str) -> None:
    assert steps_in(CATALOGUE[id_]) == steps_of(FACTS[id_])


@pytest.mark.parametrize("id_", FACTS)
def test_cuts_the_octets_as_autobahn_does(id_: str) -> None:
    rows = [row for row in FACTS[id_]["sends"] if row["do"] == "frame"]
    chops = {row.get("chop", "frames" if row.get("sync") else None) for row in rows} or {None}
    named = {None: Chop.WHOLE, "frames": Chop.FRAMES, 1: Chop.OCTETS}
    (chop,) = chops
    as_sent = {"3.3": Chop.PAIR_FIRST}  # what its queue really does there; see the case
    assert CATALOGUE[id_].chop == as_sent.get(id_, named.get(chop, chop))


@pytest.mark.parametrize("id_", FACTS)
def test_expects_what_autobahn_expects(id_: str) -> None:
    case, fact = CATALOGUE[id_], FACTS[id_]
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
    case, fact = CATALOGUE[id_], FACTS[id_]
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
    case, fact = CATALOGUE[id_], FACTS[id_]
    kind, other = ("kill_after", "close_after") if case.deadline is Deadline.KILL else ("close_after", "kill_after")
    assert case.within == fact[kind]
    assert fact[other] is None


@pytest.mark.parametrize("case", CATALOGUE.values(), ids=CATALOGUE)
def test_stands_on_known_clauses(case: Case) -> None:
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


def test_families_are_called_the_same_in_reports() -> None:
    """A report may not import the catalogue, so it has the names once more."""
    assert FAMILIES.items() <= words.FAMILIES.items()
