"""The servers that break only a rule about frames, their order, or other clients."""

from __future__ import annotations

from wsconform.crooked.rules import Crooked, Framing

__all__ = ["FRAMING"]

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


def _crooked(name: str, summary: str, **faults: object) -> Crooked:
    return Crooked(name, summary, framing=Framing(**faults))  # type: ignore[arg-type]


MASKING = (
    _crooked(
        "takes-unmasked", "accepts frames without a mask", unmasked=(TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG)
    ),
    _crooked("takes-unmasked-control", "accepts control frames without a mask", unmasked=(CLOSE, PING, PONG)),
    _crooked("takes-unmasked-binary", "accepts binary frames without a mask", unmasked=(BINARY,)),
    _crooked("takes-unmasked-continuation", "accepts continuations without a mask", unmasked=(CONTINUATION,)),
    _crooked("checks-first-mask", "requires a mask only of the first frame", checks_first=True),
    _crooked("answers-unmasked", "handles what follows a violation", goes_on=True),
    _crooked("refuses-key-zero", "takes the masking key zero for a missing mask", refused_key=bytes(4)),
    _crooked("refuses-key-of-ones", "takes a masking key of ones for a missing mask", refused_key=b"\xff" * 4),
    _crooked("keeps-key", "unmasks all frames with the first masking key", one_key=True),
    _crooked("unmasks-words", "leaves bytes masked that do not fill four", words=True),
)

LENGTHS = (
    _crooked("takes-long-lengths", "accepts lengths in more bytes than needed", long_lengths=True),
    _crooked("ignores-top-bit", "ignores the top bit of a length", long_lengths=True, length_mask=(1 << 63) - 1),
    _crooked("cuts-lengths", "looks at 32 bits of a length", long_lengths=True, length_mask=(1 << 32) - 1),
    _crooked("cuts-lengths-to-31", "looks at 31 bits of a length", long_lengths=True, length_mask=(1 << 31) - 1),
    _crooked("waits-for-all", "waits for the payload of any length", waits=True),
    _crooked("answers-long-pings", "accepts control frames of more than 125 bytes", answers_long=True),
    _crooked("wide-125", "writes a length of 125 in 16 bits", wide_from=125),
    _crooked("wide-65535", "writes lengths from 126 on in 64 bits", wide_from=126),
    _crooked("short-pongs", "cuts pongs to 124 bytes", short_control=124),
    _crooked("cuts-at-64k", "cuts messages to 65,535 bytes", longest=65_535),
    _crooked("cuts-at-1m", "cuts messages to a byte less than 1 MiB", longest=(1 << 20) - 1),
    _crooked("swaps-blocks", "swaps the first two blocks of 256 KiB", swaps=1 << 18),
    _crooked("refuses-1m", "closes with 1009 at messages of 1 MiB, which is allowed", refuses_from=1 << 20),
)

CLOSING = (
    _crooked("takes-close-in-fragments", "accepts Close frames with FIN 0", takes_fragmented=True),
    _crooked("takes-1015", "accepts and returns close code 1015", legal_codes=(1015,)),
    _crooked("takes-5000", "accepts and returns close codes from 5000 on", legal_codes=(5000, 32768, 65535)),
    _crooked("takes-1", "accepts and returns close codes below 1000", legal_codes=(1, 500, 998)),
    _crooked("takes-1005", "accepts and returns close codes 1005 and 1006", legal_codes=(1005, 1006)),
    _crooked("refuses-1012", "refuses close codes that were registered later", illegal_codes=(1012, 1013, 1014)),
    _crooked(
        "refuses-private-codes", "refuses close codes from 3000 on", illegal_codes=(3000, 3003, 3008, 3999, 4000, 4999)
    ),
    _crooked("takes-any-reason", "accepts reasons that are not UTF-8", any_reason=True),
    _crooked("returns-any-reason", "returns reasons, UTF-8 or not", any_reason=True, echoes_reason=True),
    _crooked("waits-for-message", "does not answer a Close within a message", waits_for_end=True),
    _crooked("echoes-half", "echoes the start of a message that a Close cuts off", echoes_partial=True),
    _crooked("closes-twice", "sends two Close frames", close_answers=2),
    _crooked("never-silent", "answers pings and messages after a Close", after_close=2),
    _crooked("keeps-half", "keeps TCP open when the client has ended its half", keeps_half=True),
    _crooked("waits-for-close", "keeps TCP open after a violation until the client closes", waits_for_close=True),
    _crooked("client-first", "waits for the client to end TCP first", client_first=True),
)

STATE = (
    _crooked("wrong-from-message-257", "echoes wrong bytes from the 257th message on", wrong_from=257),
    _crooked("wrong-behind-64k", "echoes wrong bytes after 65,535 bytes", wrong_after=65_535),
    _crooked("few-fragments", "refuses messages of more than 1,000 fragments", most_fragments=1000),
    _crooked("mute-after-control", "echoes nothing if a control frame came first", mute_after_control=True),
    _crooked("one-fragmented", "refuses a second fragmented message", no_second=True),
    _crooked("splits-text", "requires each fragment of a text to be UTF-8", splits_text=True),
    _crooked("drops-mark", "drops a byte order mark", drops_mark=True),
    _crooked("forgets-at-control", "forgets a message when a control frame comes", control_ends=True),
)

ISOLATION = (
    _crooked("shares-fragments", "assembles the fragments of all clients together", shares=True),
    _crooked("one-at-a-time", "serves no other client while a frame is unfinished", one_at_a_time=True),
    _crooked("ends-others", "ends all connections at a violation", ends_others=True),
    _crooked("closes-shop", "serves no new client after a violation", closes_shop=True),
)

FRAMING = (*MASKING, *LENGTHS, *CLOSING, *STATE, *ISOLATION)
