"""The faults of a crooked server, as values. The defaults are correct behaviour."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Crooked", "Deflate", "Opening"]


@dataclass(frozen=True, slots=True)
class Opening:
    """The head of the answer to an opening handshake, and its faults.

    Attributes:
        status: the status line; it refuses the handshake unless it says 101.
        more: lines to insert after the status line, each with its end.
        line_end: ends the lines of the other fields.
        lower: writes names in lower case.
        blanks: separates a name's colon from the value.
        accepts: how many Sec-WebSocket-Accept fields there are.
        endless: writes `more` until the client goes away.
        interim: responses before the final one.
        replaced: values that replace those of fields with this name; None omits the field.
        faults: in reading requests, see `wsconform.crooked.requests`.
        wants: field lines without which the handshake is refused.
    """

    status: bytes = b"HTTP/1.1 101 Switching Protocols"
    more: bytes = b""
    line_end: bytes = b"\r\n"
    lower: bool = False
    blanks: bytes = b" "
    accepts: int = 1
    endless: bool = False
    interim: bytes = b""
    replaced: tuple[tuple[bytes, bytes | None], ...] = ()
    faults: frozenset[str] = frozenset()
    wants: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Deflate:
    """The faults of a server in permessage-deflate (RFC 7692).

    Attributes:
        unoffered: accepts the extension although none was offered.
        accepts_unknown: ignores unknown parameters and accepts the offer.
        accepts_bad: ignores parameters with an invalid value and accepts the offer.
        accepts_repeated: ignores repeated parameters and accepts the offer.
        accepts_all: accepts all valid offers instead of one.
        prefers_last: accepts the last valid offer.
        refuses: answers 400 to a handshake whose offers must all be declined.
        crashes_on_8: answers 500 to an offer of an 8-bit window.
        drops_parameters: answers an accepted offer without parameters.
        larger_bits: answers with a larger server_max_window_bits than offered.
        unasked_bits: answers with client_max_window_bits although it was not offered.
        bare_bits: answers with client_max_window_bits without a value.
        keeps_window: keeps the window between messages despite server_no_context_takeover.
        wide_window: compresses with a larger window than agreed.
        never_compresses: sends all messages uncompressed.
        leaves_tail: keeps the last four bytes of a compressed message.
        zlib_header: sends a zlib header in compressed messages.
        marks_continuations: sends messages in two frames, both with RSV1.
        marks_pongs: sets RSV1 on Pong frames.
        takes_marked: accepts RSV1 on continuation and control frames.
        takes_other_bits: accepts RSV2 and RSV3 on compressed messages.
        inflates_all: also inflates messages without RSV1.
        utf8_first: requires text to be UTF-8 before it is inflated.
        utf8_never: does not require inflated text to be UTF-8.
        forgets: inflates each message with an empty window, agreed or not.
        small_window: inflates with a window of 4 KiB, agreed or not.
        loses_full_window: loses the window once it is full.
        echoes_broken: echoes the part of broken data that could be inflated.
        takes_cut_short: accepts data that end too early.
        ends_at_final: inflates everything after a final block on a connection to nothing.
        wrong_from: returns wrong messages from this number on, per connection; 0 for none.
        wrong_after: returns wrong messages after this many bytes, per connection; 0 for never.
        longest: truncates messages to this many bytes; 0 for none.
        drops_empty_end: ignores an empty last fragment.
        empty_payload: sends an empty message compressed to no bytes.
    """

    unoffered: bool = False
    accepts_unknown: bool = False
    accepts_bad: bool = False
    accepts_repeated: bool = False
    accepts_all: bool = False
    prefers_last: bool = False
    refuses: bool = False
    crashes_on_8: bool = False
    drops_parameters: bool = False
    larger_bits: bool = False
    unasked_bits: bool = False
    bare_bits: bool = False
    keeps_window: bool = False
    wide_window: bool = False
    never_compresses: bool = False
    leaves_tail: bool = False
    zlib_header: bool = False
    marks_continuations: bool = False
    marks_pongs: bool = False
    takes_marked: bool = False
    takes_other_bits: bool = False
    inflates_all: bool = False
    utf8_first: bool = False
    utf8_never: bool = False
    forgets: bool = False
    small_window: bool = False
    loses_full_window: bool = False
    echoes_broken: bool = False
    takes_cut_short: bool = False
    ends_at_final: bool = False
    wrong_from: int = 0
    wrong_after: int = 0
    longest: int = 0
    drops_empty_end: bool = False
    empty_payload: bool = False


@dataclass(frozen=True, slots=True)
class Crooked:
    """The faults of a server.

    Attributes:
        name: the name on the command line.
        summary: one line that describes the fault.
        drops_at_once: drops TCP at the first byte after the opening handshake.
        echoes: returns messages.
        pongs: answers pings.
        closes: answers a Close.
        detects: fails the connection at a violation.
        error_code: the close code for violations; 0 for the right one; None drops TCP instead.
        ends_tcp: closes TCP after the closing handshake.
        masks: masks its frames.
        newest_pong_only: answers only the newest of several pings.
        checks_close: treats a Close with an illegal code or reason as a violation.
        answer_code: the code of every answer to a Close; None for the code that came.
        corrupts: returns every message with a wrong byte.
        corrupts_once: returns each message with a wrong byte the first time it is seen.
        stray: bytes to write after the Close frame.
        resets: ends TCP with RST.
        greeting: a text message that it sends first; empty for none.
        racy: resets this share of its connections at the first byte after the opening handshake, at random.
        dies_on_fragment: ends the process at a frame without FIN.
        deflate: faults in permessage-deflate.
        opening: faults in the opening handshake.
    """

    name: str
    summary: str
    drops_at_once: bool = False
    echoes: bool = True
    pongs: bool = True
    closes: bool = True
    detects: bool = True
    error_code: int | None = 0
    ends_tcp: bool = True
    masks: bool = False
    newest_pong_only: bool = False
    checks_close: bool = True
    answer_code: int | None = None
    corrupts: bool = False
    corrupts_once: bool = False
    stray: bytes = b""
    resets: bool = False
    greeting: bytes = b""
    racy: float = 0.0
    dies_on_fragment: bool = False
    deflate: Deflate = Deflate()
    opening: Opening = Opening()
