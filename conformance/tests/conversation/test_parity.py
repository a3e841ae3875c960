"""Autobahn's grades of a transcript."""

from dataclasses import replace

import pytest

from conformance.tests.support.values import answered, right
from wsconform.cases import WEBSOCKET_CASES
from wsconform.conversation.parity import parity
from wsconform.model import Parity


@pytest.mark.parametrize(
    ("stray", "close"), [(b"HTTP/1.1 500", "FAILED BY CLIENT"), (b"\x81\x03abc", "OK"), (b"H", "OK"), (b"", "OK")]
)
def test_autobahn_reads_on_after_the_close(stray, close):
    """A frame there it overlooks; what is none makes it drop TCP, and it says so."""
    case = WEBSOCKET_CASES["1.1.2"]
    assert parity(case, replace(right(case), ending=answered(stray=stray))) == Parity("OK", close)
