"""Rules about frames, the end of connections, and messages."""

from __future__ import annotations

from wsreport.findings.model import Rule, Where
from wsreport.findings.signs import COMPRESSED, FAILING, NO_ECHO, OTHER_ECHO, PLAINLY, SMUGGLING

__all__ = ["CLOSING", "FRAMES", "MESSAGES"]

#: What can be seen of a frame that a server sends, and is wrong whatever was asked.
FRAMES = (
    Rule("masks", "Masks its frames", Where(r"a masked frame"), clause="6455-5.1-5", hint="what writes frame headers"),
    Rule(
        "sets-reserved",
        "Sets reserved bits that no extension defines",
        Where(r"reserved bits \d+"),
        named_by="1,2,3,5,7",
        hint="what writes the first byte of a frame",
    ),
    Rule(
        "long-control",
        "Sends control frames of more than 125 bytes",
        Where(r"a control frame of \d+ bytes"),
        clause="6455-5.5-1",
        hint="what echoes the payload of pings, or the body of a Close",
    ),
    Rule(
        "sends-reserved-opcode",
        "Sends frames with a reserved opcode",
        Where(r"(?:sent|\() ?reserved opcode"),
        hides=(Where(r"RSV1 on a control"),),
        hint="what writes the first byte of a frame",
    ),
    Rule(
        "marks-others",
        "Sets RSV1 on {kind} frames",
        Where(r"RSV1 on a (?P<kind>\w+) frame"),
        key="{kind}",
        hint="RSV1 belongs on the first frame of a compressed message only",
    ),
    Rule(
        "writes-long-lengths",
        "Writes lengths in more bytes than needed",
        Where(r"a payload length of \d+ in more bytes"),
        clause="6455-5.2-6",
        hint="the limits between lengths of 7, 16 and 64 bits: 125 and 65,535",
    ),
    Rule("writes-top-bit", "Sets the top bit of a 64-bit length", Where(r"length with its top bit set")),
    Rule("fragments-control", "Fragments control frames", Where(r"a fragmented control frame")),
    Rule("interleaves", "Starts a message inside another", Where(r"a new message inside a fragmented one")),
    Rule(
        "continues-nothing", "Sends a continuation frame that continues nothing", Where(r"a continuation frame with no")
    ),
    Rule("close-of-1", "Sends a Close frame with a body of one byte", Where(r"a Close frame with a body of one byte")),
    Rule(
        "too-large",
        "Sends far more than was asked for",
        Where(r"far more than any right answer|fragmented message of more"),
    ),
)

CLOSING = (
    Rule(
        "stray",
        "Sends bytes after its Close frame",
        Where(r"sent \d+ bytes after its Close|the server sent \d+ bytes: .* before the end"),
        clause="6455-5.5.1-6",
        severity="security",
        because=SMUGGLING,
        hides=(
            Where(r"before the end|after its Close|violation of the protocol \(rsv"),
            Where(cases="A.9.1,A.9.2,A.9.5"),
        ),
        hint="the response of the view or an error page is still written to the upgraded connection",
    ),
    Rule(
        "keeps-tcp",
        "Does not end TCP after the closing handshake",
        Where(r"did not close TCP|did not close the connection within"),
        clause="6455-5.5.1-11",
        hint="the socket is still open somewhere: shut it down once both Close frames have passed",
    ),
    Rule(
        "no-close",
        "Does not answer a Close frame",
        Where(
            r"our Close was not answered|closed TCP instead of answering our Close"
            r"|expected Close 1000.*; got the server closed"
        ),
        clause="6455-5.5.1-7",
        hint="what handles opcode 8",
    ),
    Rule(
        "resets",
        "Resets TCP instead of ending it",
        Where(r"the server reset TCP|with RST"),
        clause="6455-7.1.1-3",
        hint="unread bytes are in the receive buffer when the socket is closed: read until the end first",
    ),
    Rule(
        "drops-on-error",
        "Fails connections without a Close frame",
        Where(r"closed TCP without a Close frame|expected Close \d+; got the server closed"),
        clause="6455-7.1.7-2",
        hides=(Where(r"expected Close \d+", verdicts=("non-strict",)),),
        hint="send a Close with the code of the error before the socket is closed",
    ),
    Rule(
        "other-code",
        "Fails connections with an unfitting close code",
        Where(r"the server closed with (?!1000,).* instead of|Close without a code", verdicts=("non-strict",)),
        clause="6455-7.1.7-2",
        hint="the code belongs to the kind of error: 1002, 1007 or 1009",
    ),
    Rule(
        "refuses-codes",
        "Refuses close codes that may be used",
        Where(r"answered with (?:1002|no code|1011|1008).* instead of 1000|closed.*although", clause=r"6455-7\.4"),
        hint="the list of valid close codes: 1000 to 1003, 1007 to 1014, and 3000 to 4999",
    ),
    Rule(
        "takes-reasons",
        "Accepts close reasons that are not UTF-8",
        Where(r"close reason that is not UTF-8|answered with 1000", clause=r"6455-(5\.5\.1-3|8\.1-4)"),
        clause="6455-5.5.1-3",
        hint="what reads the body of a Close frame",
    ),
    Rule(
        "takes-codes",
        "Accepts close codes that must not be sent",
        Where(
            r"which must not be sent|unassigned code|answered with \d+ instead of 1002|ignored|as if",
            clause=r"6455-(7\.4|11\.7)",
        ),
        hint="what reads the body of a Close frame: check its code against the table",
    ),
    Rule(
        "takes-codes",
        "Sends close codes that must not be sent",
        Where(r"close code \d+, which must not be sent"),
        hint="what writes Close frames, or repeats the code of the client",
    ),
)

MESSAGES = (
    Rule(
        "fragments",
        "Does not join the fragments of a message",
        Where(r"echo has \d+ bytes|first a message", clause=r"6455-5\.4-[2578]", title=r"(?i)fragment"),
        least=4,
        clause="6455-5.4-2",
        hides=(
            Where(title=r"(?i)fragment"),
            Where(r"got message|first a message", cases="R.9"),
            Where(r"came instead of a pong"),
        ),
        hint="the decoder hands over frames, not messages",
    ),
    Rule(
        "goes-on-after-close",
        "Goes on after a Close frame",
        Where(r"unexpected event", clause=r"6455-5\.5\.1"),
        clause="6455-5.5.1-15",
        hint="nothing that comes after a Close frame may be handled",
    ),
    Rule(
        "lone-pong",
        "An unsolicited pong ends the connection",
        Where(r"server closed|got Close", title=r"(?i)unsolicited pong"),
        hint="what handles opcode 10",
    ),
    Rule(
        "binary-as-text",
        "Sends binary messages back as text",
        Where(r"not UTF-8|wrong type", needs=r"BINARY"),
        clause="6455-6.2-3",
        hides=(Where(r"wrong type|an echo has|not UTF-8", needs=r"^(TEXT|BINARY) message"), Where(cases="R.9")),
        hint="the opcode of a message is lost between reading and writing it",
    ),
    Rule(
        "text-as-binary",
        "Sends text messages back as binary",
        Where(r"wrong type", needs=r"TEXT"),
        clause="6455-6.2-3",
        hides=(Where(r"wrong type|an echo has|not UTF-8", needs=r"^(TEXT|BINARY) message"), Where(cases="R.9")),
        hint="the opcode of a message is lost between reading and writing it",
    ),
    Rule(
        "no-utf8",
        "Does not check text for UTF-8",
        Where(
            r"not UTF-8|ignored|as if|no message arrived|answered with|expected Close 1007",
            clause=r"6455-8\.1-1",
            needs=FAILING,
        ),
        clause="6455-8.1-1",
        hint="decode text strictly once a message is complete, after inflating it",
    ),
    Rule(
        "takes-reserved-bits",
        "Accepts frames with reserved bits",
        Where(
            r"ignored the violation|closed with 1000, as if|answered with 1000", clause=r"6455-5\.2-[23]$|6455-5\.8-1"
        ),
        clause="6455-5.2-2",
        hint="what reads the first byte of a frame",
    ),
    Rule(
        "late-pong",
        "Answers pings only after later messages",
        Where(r"a pong came after the echo of a later message"),
        hides=(Where(r"expected Pong", cases="R.9"),),
        hint="control frames wait until the message around them is complete",
    ),
    Rule(
        "more-pongs",
        "Answers a ping more than once",
        Where(r"first a pong|a pong came instead of a message|expected message .*got Pong", cases=PLAINLY),
        hides=(Where(r"the pong does not repeat|got Pong|first a pong|a pong came"),),
        hint="what handles opcode 9",
    ),
    Rule(
        "wrong-pong",
        "Answers pings with another payload",
        Where(r"the pong does not repeat"),
        hides=(Where(r"expected Pong", cases="R.9"),),
        clause="6455-5.5.3-1",
        hint="a pong repeats all bytes of its ping",
    ),
    Rule(
        "no-pong",
        "Does not answer some pings",
        Where(r"no pong arrived|pong \d+ of \d+ did not|expected Pong .*got nothing|came instead of a pong"),
        clause="6455-5.5.2-2",
        hides=(Where(r"expected Pong|came instead of a pong"),),
        hint="what handles opcode 9",
    ),
    Rule(
        "refuses-binary",
        "Refuses binary messages that are not UTF-8",
        Where(r"closed with 1007|got Close 1007", needs=r"BINARY"),
        least=3,
        clause="6455-5.6-2",
        hides=(Where(r"1007"),),
        hint="only text is decoded as UTF-8",
    ),
    Rule(
        "loses-messages",
        "Loses messages",
        Where(
            r"message \d+ of \d+ did not arrive|expected message .*got nothing|no message arrived within",
            cases=PLAINLY,
        ),
        hides=(
            Where(
                r"message \d+ of \d+ did not arrive|no message arrived within|round trips|got nothing|instead of 0\b"
            ),
        ),
        hint="bytes that are read together with the end of another message, or with the opening handshake",
    ),
    Rule(
        "other-bytes",
        "Messages come back with other bytes",
        Where(r"the echo (?:has \d+ bytes|differs|is right)|an echo has", cases=PLAINLY),
        hides=(Where(r"the echo has|the echo differs|an echo has|closed with 1007|got message"),),
        hint="what unmasks and joins payloads",
    ),
    Rule(
        "refuses-text",
        "Takes valid text for invalid",
        Where(r"closed with 1007|no violation \(code 1007\)|got Close 1007", cases="1,5,6,9,10,C,L,M"),
        hides=(Where(r"closed with 1007|got Close 1007|before the end of pause"),),
        hint="decode the whole message, not each fragment",
    ),
    Rule(
        "refuses-messages",
        "Ends the connection at some valid messages",
        Where(
            r"(?:arrived|completed)\S*; the server closed|although there was no violation|got Close",
            cases="1,5,6,9,10,L,M,R",
        ),
        hides=(Where(r"(?:arrived|completed)\S*; the server closed|although there was no violation"),),
        hint="an exception while a frame is read; see the server's log",
    ),
    Rule(
        "offer-answer",
        "Answers offers of compression with {what}",
        Where(r"the server sent (?P<what>a response (?:that|with) (?:accepts|contains|omits|the|a|\w+)[^,(=0-9]*)"),
        key="{clause}",
        hint="what writes Sec-WebSocket-Extensions",
    ),
    Rule(
        "deflate",
        "Sends {what}",
        Where(r"the server sent (?P<what>a compressed message that [^(0-9]*)"),
        key="{clause}",
        hint="the compressor: its window, and what it leaves at the end of a message",
    ),
    Rule(
        "other-bytes-compressed",
        "Compressed messages come back changed, or not at all",
        Where(
            rf"{OTHER_ECHO}|{NO_ECHO}|although there was no violation|closed with 1007",
            cases=COMPRESSED,
        ),
        hint="the window of the compressor, and the four bytes at the end of each message",
    ),
)
