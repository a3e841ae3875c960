"""What a crooked server does wrong, as values. The defaults are right."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Crooked", "Deflate"]


@dataclass(frozen=True, slots=True)
class Deflate:
    """What a server does wrong with permessage-deflate (RFC 7692).

    Attributes:
        unoffered: an extension is accepted although none was offered.
        accepts_unknown: parameters that nobody knows are passed over, and the offer is accepted.
        accepts_bad: so are parameters with a value that they cannot have.
        accepts_repeated: so are parameters that came before.
        accepts_all: each offer that is right is accepted, not one of them.
        prefers_last: the last offer that is right is accepted.
        refuses: a handshake whose offers must all be declined is refused with 400.
        crashes_on_8: a window of 8 bits is answered with 500.
        drops_parameters: an accepted offer is answered without parameters.
        larger_bits: the answer has a larger server_max_window_bits than the offer.
        unasked_bits: it has client_max_window_bits although the offer had not.
        bare_bits: it has client_max_window_bits without a value.
        keeps_window: the window carries over against server_no_context_takeover.
        wide_window: the window is larger than agreed.
        never_compresses: all messages go out as they are.
        leaves_tail: the last four octets of a compressed message stay.
        zlib_header: a compressed message has the header of zlib.
        marks_continuations: messages are cut in two, and both frames have RSV1.
        marks_pongs: Pong frames have RSV1.
        takes_marked: RSV1 on a continuation or control frame is no violation.
        takes_other_bits: RSV2 and RSV3 are none on a compressed message.
        inflates_all: messages without RSV1 are inflated, too.
        utf8_first: text must be UTF-8 before it is inflated.
        utf8_never: text need not be UTF-8 once it is inflated.
        forgets: each message of the client must begin with an empty window, agreed or not.
        small_window: messages are inflated with a window of 4 KiB, agreed or not.
        loses_full_window: the window is lost when it has been filled.
        echoes_broken: of broken data, what could be inflated is echoed.
        takes_cut_short: data that end too early are no violation.
        ends_at_final: what comes after a final block on a connection inflates to nothing.
        wrong_from: the number of the first message of a connection that comes back wrong; 0 is none.
        wrong_after: messages come back wrong after so many octets of a connection; 0 is never.
        longest: of longer messages, the rest is lost.
        drops_empty_end: an empty last fragment is passed over.
        empty_payload: an empty message is sent compressed without an octet.
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
    """What a server does wrong.

    Attributes:
        echoes: messages come back.
        pongs: pings are answered.
        closes: a Close is answered.
        detects: violations fail the connection.
        error_code: the close code for violations; None drops TCP instead; 0 is the fitting one.
        checks_close: a Close with an illegal code or reason is a violation.
        answer_code: the code of every answer to a Close; by default that of the Close.
        corrupts_once: each message comes back wrong the first time it is seen.
        stray: octets that are written after the Close frame.
        resets: TCP ends with RST.
        dies_on_fragment: the process ends at a frame without FIN.
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
    dies_on_fragment: bool = False
    deflate: Deflate = Deflate()
