"""The servers that break a rule, by topic. Each is a value in a table, with what it does."""

from __future__ import annotations

from wsconform.crooked.faults import (
    basic,
    closing,
    compression,
    control,
    framing,
    heads,
    isolation,
    lengths,
    masking,
    negotiation,
    requests,
    state,
    text,
)
from wsconform.crooked.model import Crooked

__all__ = ["SERVERS"]

SERVERS: tuple[Crooked, ...] = (
    *basic.SERVERS,
    *heads.SERVERS,
    *requests.SERVERS,
    *framing.SERVERS,
    *masking.SERVERS,
    *lengths.SERVERS,
    *control.SERVERS,
    *closing.SERVERS,
    *text.SERVERS,
    *state.SERVERS,
    *isolation.SERVERS,
    *negotiation.SERVERS,
    *compression.SERVERS,
)
