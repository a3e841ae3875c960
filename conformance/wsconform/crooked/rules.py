"""The faults of a crooked server, as values. The defaults are correct behaviour."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Crooked", "Deflate", "Framing", "Opening"]


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
class Framing:
    """The faults of a server with frames and their order (RFC 6455 sections 5 and 7).

    Attributes:
        unmasked: opcodes of frames that it accepts without a mask.
        checks_first: only the first frame of a connection must be masked.
        refused_key: a masking key that it takes for a missing mask.
        one_key: unmasks all frames of a connection with the key of the first one.
        words: leaves the last bytes of a payload masked if they do not fill four.
        long_lengths: accepts lengths in more bytes than needed.
        length_mask: the bits of a length that it looks at.
        waits: has no limit for the length of a frame, and waits for the payload.
        answers_long: accepts control frames of more than 125 bytes.
        wide_from: writes lengths from this size on in the next longer form; 0 for never.
        short_control: cuts pongs to this many bytes; 0 for never.
        longest: cuts messages to this many bytes; 0 for never.
        swaps: swaps two blocks of this many bytes in messages that are long enough; 0 for never.
        refuses_from: closes with 1009 at messages of this many bytes; 0 for never.
        takes_fragmented: accepts Close frames with FIN 0.
        legal_codes: other close codes that it accepts.
        illegal_codes: legal close codes that it refuses.
        any_reason: accepts reasons that are not UTF-8.
        echoes_reason: sends the reason back.
        waits_for_end: does not answer a Close within a message.
        echoes_partial: echoes the fragments that came before a Close.
        close_answers: how many Close frames it sends.
        after_close: goes on after a Close: 1 answers pings, 2 also echoes messages.
        goes_on: handles what follows a violation before it fails the connection.
        keeps_half: keeps TCP open when the client has ended its half.
        waits_for_close: after a violation, keeps TCP open until a Close comes.
        client_first: waits until the client ends TCP.
        wrong_from: returns wrong messages from this number on; 0 for never.
        wrong_after: returns wrong messages after this many bytes; 0 for never.
        most_fragments: fails the connection at a message of more fragments; 0 for never.
        mute_after_control: ignores messages after a control frame that came first.
        no_second: fails the connection at a second fragmented message.
        splits_text: requires each fragment of a text message to be UTF-8.
        drops_mark: drops a byte order mark.
        control_ends: a control frame between fragments ends the message.
        shares: assembles the fragments of all connections together.
        one_at_a_time: serves others only when no frame of a client is unfinished, and no client lets it wait.
        ends_others: a violation ends all connections.
        closes_shop: does not accept connections after a violation.
    """

    unmasked: tuple[int, ...] = ()
    checks_first: bool = False
    refused_key: bytes = b""
    one_key: bool = False
    words: bool = False
    long_lengths: bool = False
    length_mask: int = (1 << 64) - 1
    waits: bool = False
    answers_long: bool = False
    wide_from: int = 0
    short_control: int = 0
    longest: int = 0
    swaps: int = 0
    refuses_from: int = 0
    takes_fragmented: bool = False
    legal_codes: tuple[int, ...] = ()
    illegal_codes: tuple[int, ...] = ()
    any_reason: bool = False
    echoes_reason: bool = False
    waits_for_end: bool = False
    echoes_partial: bool = False
    close_answers: int = 1
    after_close: int = 0
    goes_on: bool = False
    keeps_half: bool = False
    waits_for_close: bool = False
    client_first: bool = False
    wrong_from: int = 0
    wrong_after: int = 0
    most_fragments: int = 0
    mute_after_control: bool = False
    no_second: bool = False
    splits_text: bool = False
    drops_mark: bool = False
    control_ends: bool = False
    shares: bool = False
    one_at_a_time: bool = False
    ends_others: bool = False
    closes_shop: bool = False


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
        framing: faults with frames and their order.
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
    framing: Framing = Framing()
