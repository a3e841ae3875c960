"""Echo servers that are wrong on purpose, one rule each: what the suite itself is tested with.

    python -m conformance.crooked NAME PORT

`honest` breaks none. Each is a value in `CROOKED`; `server` has the one engine that reads them.
"""

from __future__ import annotations

from conformance.crooked.server import Crooked, serving

__all__ = ["CROOKED", "Crooked", "serving"]

_ALL = (
    Crooked("honest", "breaks no rule"),
    Crooked("drops-at-once", "drops TCP at the first octet after the opening handshake", drops_at_once=True),
    Crooked("mute", "reads, and never answers anything", echoes=False, pongs=False, closes=False, detects=False),
    Crooked(
        "close-only",
        "answers a Close and ignores all else",
        echoes=False,
        pongs=False,
        detects=False,
        answer_code=1000,
    ),
    Crooked("lenient", "echoes everything and detects nothing", detects=False, answer_code=1000),
    Crooked("drops-on-error", "detects every violation and drops TCP without a Close", error_code=None),
    Crooked("always-1011", "detects every violation and always closes with 1011", error_code=1011),
    Crooked("never-ends-tcp", "sends the right frames and never closes TCP", ends_tcp=False),
    Crooked("masks", "masks its frames", masks=True),
    Crooked("newest-pong", "answers only the newest of the pings that wait, as it may", newest_pong_only=True),
    Crooked("any-close-code", "answers a Close with its code, be it legal or not", checks_close=False),
    Crooked("wrong-octets", "returns the right number of wrong octets", corrupts=True),
    Crooked("wrong-once", "returns each message with a wrong octet the first time", corrupts_once=True),
    Crooked("stray-http", "writes an HTTP response after the Close frame", stray=b"HTTP/1.1 200 OK\r\n\r\n"),
    Crooked("resets", "resets TCP after the closing handshake", resets=True),
    Crooked("dies", "the process dies when it meets a fragment", dies_on_fragment=True),
)

CROOKED = {crooked.name: crooked for crooked in _ALL}
