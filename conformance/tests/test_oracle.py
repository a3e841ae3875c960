"""Recorded grades are found by the name of the server."""

from __future__ import annotations

import pytest

from conformance.tests.support.grades import AUTOBAHN
from wsconform.oracle import RECORDED, GradesError, find_recorded


def test_recorded_grades_are_of_autobahns_cases() -> None:
    whole = {"websockets-asyncio", "reference-gevent"}
    assert set(RECORDED) == whole | {"websockets-sync", "gevent-websocket", "eventlet-websocket"}
    for name in RECORDED:
        recorded = find_recorded(name)
        assert recorded.peer == name
        assert set(recorded.grades) <= set(AUTOBAHN)
        assert len(recorded.grades) >= 301
    assert all(set(find_recorded(name).grades) == set(AUTOBAHN) for name in whole)


def test_unknown_name_offers_the_known_ones() -> None:
    with pytest.raises(
        GradesError, match=r"'websocket' is neither a file nor a server .*: eventlet-websocket, gevent-"
    ):
        find_recorded("websocket")
