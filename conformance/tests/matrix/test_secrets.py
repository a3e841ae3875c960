"""Secrets are in nothing that is recorded, also where a server sends them back."""

from __future__ import annotations

from wsconform.matrix.secrets import hiding, without_secrets
from wsreport import model as lines

SECRETS = "swordfish", "bWU6c3dvcmRmaXNo", "abc"


def test_texts_of_all_depths_are_cleaned() -> None:
    result = lines.Result(
        "a/b",
        "5.1",
        "fail",
        reason="it said swordfish twice: swordfish",
        observed=("HTTP 401, Basic bWU6c3dvcmRmaXNo", "abc is too short to be searched for"),
        wire=(lines.WireEntry(0.0, "peer", "TEXT swordfish", b"xswordfishx".hex(), 11),),
    )
    hidden = without_secrets(SECRETS)(result)
    assert hidden.reason == "it said *** twice: ***"
    assert hidden.observed == ("HTTP 401, Basic ***", "abc is too short to be searched for")
    assert hidden.wire[0].what == "TEXT ***"
    assert bytes.fromhex(hidden.wire[0].octets) == b"x" + b"*" * 9 + b"x"


def test_secret_that_was_cut_is_hidden() -> None:
    hide = without_secrets(["swordfish"])
    assert hide("the server sent swordf") == "the server sent ***"
    assert hide("the server sent swo") == "the server sent swo"
    assert hide(lines.WireEntry(0.0, "peer", "", b"a sword".hex(), 99)).octets == b"a ".hex() + b"*".hex() * 9


def test_other_values_are_the_same() -> None:
    end = lines.CellEnd("a/b", "complete", "", seconds=1.0, log="x")
    heard: list[object] = []
    hiding(SECRETS, heard.append)(end)
    hiding((), heard.append)(end)
    assert heard == [end, end]
