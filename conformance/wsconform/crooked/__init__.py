"""Echo servers with deliberate faults, to test the suite itself.

    python -m wsconform.crooked NAME PORT

Each server in `CROOKED` breaks one rule; `honest` breaks none. They share one implementation: `server` has the threads,
`opening` the opening handshake, `connection` and `frames` the frames, and `deflate` the compression.
"""

from __future__ import annotations

from wsconform.crooked.answers import ANSWERS, PICKY, READERS
from wsconform.crooked.framing import FRAMING
from wsconform.crooked.rules import Crooked, Deflate, Framing, Opening
from wsconform.crooked.server import serving

__all__ = ["CROOKED", "Crooked", "Deflate", "Framing", "Opening", "serving"]

_ALL = (
    Crooked("honest", "breaks no rule"),
    Crooked("drops-at-once", "drops TCP at the first byte after the opening handshake", drops_at_once=True),
    Crooked("mute", "reads and never answers", echoes=False, pongs=False, closes=False, detects=False),
    Crooked(
        "close-only",
        "answers a Close and ignores everything else",
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
    Crooked("newest-pong", "answers only the newest of several pings, which is allowed", newest_pong_only=True),
    Crooked("any-close-code", "answers a Close with its code, legal or not", checks_close=False),
    Crooked("wrong-octets", "echoes messages with the right length but a wrong byte", corrupts=True),
    Crooked("wrong-once", "echoes each message with a wrong byte the first time", corrupts_once=True),
    Crooked("stray-http", "writes an HTTP response after the Close frame", stray=b"HTTP/1.1 200 OK\r\n\r\n"),
    Crooked("resets", "resets TCP after the closing handshake", resets=True),
    Crooked("greets", "sends a message before it gets one", greeting=b"Welcome!"),
    Crooked("racy", "resets TCP on one of three connections, at random", racy=1 / 3),
    Crooked("dies", "exits at the first fragment", dies_on_fragment=True),
)

#: Servers that break only a rule of RFC 7692.
_COMPRESSING = (
    Crooked("unoffered", "accepts permessage-deflate although none was offered", deflate=Deflate(unoffered=True)),
    Crooked("accepts-unknown", "accepts offers with unknown parameters", deflate=Deflate(accepts_unknown=True)),
    Crooked("accepts-bad", "accepts offers with bad values", deflate=Deflate(accepts_bad=True)),
    Crooked("accepts-repeated", "accepts offers with repeated parameters", deflate=Deflate(accepts_repeated=True)),
    Crooked("accepts-all", "accepts all offers instead of one", deflate=Deflate(accepts_all=True)),
    Crooked("prefers-last", "prefers the last offer", deflate=Deflate(prefers_last=True)),
    Crooked("refuses-offers", "answers 400 to a handshake whose offers it declines", deflate=Deflate(refuses=True)),
    Crooked("crashes-on-8", "answers an offer of an 8-bit window with 500", deflate=Deflate(crashes_on_8=True)),
    Crooked("drops-parameters", "accepts an offer without its parameters", deflate=Deflate(drops_parameters=True)),
    Crooked("larger-bits", "answers with a larger server_max_window_bits", deflate=Deflate(larger_bits=True)),
    Crooked(
        "unasked-bits",
        "answers with client_max_window_bits although it was not offered",
        deflate=Deflate(unasked_bits=True),
    ),
    Crooked("bare-bits", "answers with client_max_window_bits without a value", deflate=Deflate(bare_bits=True)),
    Crooked("keeps-window", "agrees to server_no_context_takeover and ignores it", deflate=Deflate(keeps_window=True)),
    Crooked("wide-window", "compresses with a larger window than agreed", deflate=Deflate(wide_window=True)),
    Crooked("never-compresses", "agrees to compression and never compresses", deflate=Deflate(never_compresses=True)),
    Crooked("leaves-tail", "leaves 00 00 ff ff at the end of compressed messages", deflate=Deflate(leaves_tail=True)),
    Crooked("zlib-header", "sends a zlib header in compressed messages", deflate=Deflate(zlib_header=True)),
    Crooked("marks-continuations", "sets RSV1 on continuation frames", deflate=Deflate(marks_continuations=True)),
    Crooked("marks-pongs", "sets RSV1 on Pong frames", deflate=Deflate(marks_pongs=True)),
    Crooked("takes-marked", "accepts RSV1 on continuation and control frames", deflate=Deflate(takes_marked=True)),
    Crooked("takes-other-bits", "accepts RSV2 and RSV3 together with RSV1", deflate=Deflate(takes_other_bits=True)),
    Crooked("inflates-all", "inflates messages that are not compressed", deflate=Deflate(inflates_all=True)),
    Crooked("utf8-first", "requires UTF-8 before it inflates", deflate=Deflate(utf8_first=True)),
    Crooked("utf8-never", "does not check for UTF-8 after it has inflated", deflate=Deflate(utf8_never=True)),
    Crooked("forgets", "forgets the client's window between messages", deflate=Deflate(forgets=True)),
    Crooked(
        "small-window", "inflates with a window of 4 KiB without negotiating it", deflate=Deflate(small_window=True)
    ),
    Crooked("loses-full-window", "loses the window after 32 KiB", deflate=Deflate(loses_full_window=True)),
    Crooked("echoes-broken", "echoes the valid part of broken DEFLATE data", deflate=Deflate(echoes_broken=True)),
    Crooked("takes-cut-short", "accepts truncated DEFLATE data", deflate=Deflate(takes_cut_short=True)),
    Crooked("ends-at-final", "ignores all messages after a final block", deflate=Deflate(ends_at_final=True)),
    Crooked("wrong-from-257", "echoes wrong bytes from the 257th message on", deflate=Deflate(wrong_from=257)),
    Crooked("wrong-after-64k", "echoes wrong bytes after 64 KiB", deflate=Deflate(wrong_after=1 << 16)),
    Crooked("truncates", "truncates messages after 64 KiB", deflate=Deflate(longest=1 << 16)),
    Crooked("drops-empty-end", "ignores an empty last fragment", deflate=Deflate(drops_empty_end=True)),
    Crooked("empty-payload", "sends an empty message compressed to no bytes", deflate=Deflate(empty_payload=True)),
)

#: Servers that break only a rule about the head of the 101, or follow all of them in an unusual way.
_OPENING = (
    Crooked("nul-in-value", "puts NUL into a field value", opening=Opening(more=b"Server: a\x00b\r\n")),
    Crooked("control-in-value", "puts ESC into a field value", opening=Opening(more=b"Server: a\x1b[31mb\r\n")),
    Crooked("no-colon", "sends a field line without a colon", opening=Opening(more=b"Server\r\n")),
    Crooked("blank-before-colon", "sends a space before a colon", opening=Opening(more=b"Server : x\r\n")),
    Crooked("blank-in-name", "sends a field name that is not a token", opening=Opening(more=b"Ser ver: x\r\n")),
    Crooked("empty-name", "sends a field without a name", opening=Opening(more=b": x\r\n")),
    Crooked("latin-1-in-name", "sends a field name with a byte above ASCII", opening=Opening(more=b"Serv\xe9r: x\r\n")),
    Crooked("bare-lf", "ends the lines of the head with LF", opening=Opening(line_end=b"\n")),
    Crooked("one-bare-lf", "ends one line of the head with LF", opening=Opening(more=b"Server: x\n")),
    Crooked("bare-cr", "sends a CR without LF", opening=Opening(more=b"Server: a\rb\r\n")),
    Crooked("folded", "folds a field over two lines", opening=Opening(more=b"Server: a\r\n b\r\n")),
    Crooked("starts-folded", "starts the fields with a space", opening=Opening(more=b" Server: a\r\n")),
    Crooked("no-blank-in-status", "omits the space after 101", opening=Opening(status=b"HTTP/1.1 101")),
    Crooked("nul-in-status", "puts NUL into the reason phrase", opening=Opening(status=b"HTTP/1.1 101 a\x00b")),
    Crooked("content-length", "announces content with Content-Length", opening=Opening(more=b"Content-Length: 0\r\n")),
    Crooked(
        "chunked", "announces content with Transfer-Encoding", opening=Opening(more=b"transfer-encoding:chunked\r\n")
    ),
    Crooked("accepts-twice", "answers with two Sec-WebSocket-Accept fields", opening=Opening(accepts=2)),
    Crooked(
        "latin-1", "has bytes above ASCII in a field value", opening=Opening(more=b"Server: Caf\xe9\x85/1 \xff\r\n")
    ),
    Crooked("no-reason", "has no reason phrase in the status line", opening=Opening(status=b"HTTP/1.1 101 ")),
    Crooked(
        "latin-1-reason",
        "has bytes above ASCII in the reason phrase",
        opening=Opening(status=b"HTTP/1.1 101 Wechsl\xe9\x85\xff"),
    ),
    Crooked(
        "bare-head",
        "has an empty field value and no whitespace",
        opening=Opening(more=b"Server:\r\n", lower=True, blanks=b""),
    ),
    Crooked(
        "wide-head",
        "has spaces and tabs around field values",
        opening=Opening(more=b"Server:  a\tb \t\r\n", blanks=b" \t "),
    ),
    Crooked(
        "refuses",
        "refuses the opening handshake in Latin-1",
        opening=Opening(status=b"HTTP/1.1 403 Ferm\xe9", more=b"Via: \xe9\r\n"),
    ),
    Crooked("endless-head", "never ends the head", opening=Opening(more=b"Server: and so on\r\n", endless=True)),
)

CROOKED = {crooked.name: crooked for crooked in (*_ALL, *_COMPRESSING, *_OPENING, *ANSWERS, *READERS, *PICKY, *FRAMING)}
