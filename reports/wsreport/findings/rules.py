"""The table by which results are grouped into findings, and the tables of severities and of wrong bytes.

The first rule that matches a result decides which mistake it shows. A rule with `hides` explains failures that later
rules would list. To teach the suite a mistake, add a row above the rules at the end, which take what is left.
"""

from __future__ import annotations

from wsreport.findings.model import Rule, Severity, Where

__all__ = ["GRADES", "MARKS", "RULES"]

#: Families whose cases use compression.
_COMPRESSED = "12,13,P,X"
#: Families whose cases do not.
_PLAINLY = "1,2,5,6,9,10,C,H,L,M,R,W"
_PLAIN = r"we send Close; the server answers"
_FAILING = r"the server fails the connection"
_UNNOTICED = (
    r"ignored the violation|closed with 1000, as if|answered with 1000 instead|expected Close \d+; got Close 1000"
    r"|sent a text message that is not UTF-8|sent a control frame of"
)
_NO_ECHO = r"no message arrived|message \d+ of \d+ did not arrive|round trips|expected (JSON )?message .*got nothing"
_OTHER_ECHO = (
    r"the echo (has \d+ bytes|differs|is right)|an echo has|wrong bytes"
    r"|expected message .*got (message|the server closed|a violation)"
)
_SMUGGLING = "a proxy in front may take these bytes for the answer to another request"

_AFTER_A_BAD_HEAD = (Where(r"opening handshake|header line|there is no 101|got (?:a|the) (?:101|response)"),)

_HANDSHAKES = (
    Rule(
        "no-handshake",
        "Answers every opening handshake with {answer}",
        Where(
            r"(?:opening handshake failed|there is no 101 response): (?P<answer>HTTP \d+[^;]*|Conn[^;]*|[^;]*head[^;]*)"
        ),
        among=Where(cases="1.1,1.2,2,7.1", needs=_PLAIN),
        clause="6455-4.2.2-14",
        hides=(Where(),),
        hint="nothing can be tested before the path, the Host field and the upgrade of the server are right",
    ),
    *(
        Rule(
            f"bad-101-{name}",
            f"The answer to the opening handshake has {what}",
            Where(rf"101(?: response)? has {found}"),
            clause=clause,
            named_by="H.1",
            hides=_AFTER_A_BAD_HEAD,
            hint="what writes the status line and the fields of the 101",
        )
        for name, found, what, clause in (
            ("upgrade", r"(?:no Upgrade|the Upgrade)", "no valid Upgrade field", "6455-4.2.2-15"),
            ("connection", r"(?:no Connection|the Connection)", "no valid Connection field", "6455-4.2.2-16"),
            ("accept", r"(?:no|the) Sec-WebSocket-Accept", "no valid Sec-WebSocket-Accept field", "6455-4.2.2-17"),
            ("subprotocol", r"the subprotocol", "a subprotocol that was not offered", "6455-4.2.2-9"),
        )
    ),
    Rule(
        "bad-101",
        "The answer to the opening handshake has {what}",
        Where(r"101(?: response)? has (?P<what>[^',;0-9]+)"),
        key="{what}",
        named_by="H.1",
        hides=_AFTER_A_BAD_HEAD,
        hint="what writes the status line and the fields of the 101",
    ),
    Rule(
        "head-lines",
        "The head of the answer cannot be read",
        Where(r"illegal header line|(?:the head|head) .*(?:longer than|malformed)"),
    ),
)

_BASICS = (
    Rule(
        "mute",
        "Does not echo plain messages",
        Where(_NO_ECHO),
        among=Where(cases="1.1,1.2,7.1.1", needs=rf"{_PLAIN}"),
        clause="6455-6.1-2",
        hides=(Where(),),
        hint="the connection opens, so look at what reads frames, or at the echo application itself",
    ),
    Rule(
        "drops",
        "Ends the connection at the first message",
        Where(r"the server closed (?:TCP|the connection) although|no message arrived; the server closed"),
        among=Where(cases="1.1,1.2,7.1.1", needs=rf"{_PLAIN}"),
        hides=(Where(),),
        hint="an exception while the first frame is read; see the server's log",
    ),
    Rule(
        "no-check",
        "Detects no violation of the protocol",
        Where(_UNNOTICED, needs=rf"{_FAILING}|the server answers with Close 100[27]|expected Close 100[27]|Close 1002"),
        among=Where(needs=_FAILING, cases="2,3,4,5,6,7,M,L"),
        share=0.75,
        least=8,
        clause="6455-7.1.7-1",
        named_by="3,4,5",
        hides=(
            Where(r"answered with|must not be sent|unassigned|accepted a length|ignored|as if there|expected Close"),
        ),
        severity="security",
        because="what one peer takes for data another may take for a command",
        hint="the decoder hands over what it reads without checking it",
    ),
)

#: What can be seen of a frame that a server sends, and is wrong whatever was asked.
_FRAMES = (
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

_CLOSING = (
    Rule(
        "stray",
        "Sends bytes after its Close frame",
        Where(r"sent \d+ bytes after its Close|the server sent \d+ bytes: .* before the end"),
        clause="6455-5.5.1-6",
        severity="security",
        because=_SMUGGLING,
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
        Where(r"did not answer (?:our|the) Close|no answer to our Close|closed TCP instead of answering our Close"),
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
    Rule(
        "goes-on-after-close",
        "Goes on after a Close frame",
        Where(r"unexpected event", clause=r"6455-5\.5\.1"),
        clause="6455-5.5.1-15",
        hint="nothing that comes after a Close frame may be handled",
    ),
)

_MESSAGES = (
    Rule(
        "fragments",
        "Each fragment is delivered as a message of its own",
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
        "binary-as-text",
        "Sends binary messages back as text",
        Where(r"not UTF-8|wrong type", needs=r"BINARY"),
        clause="6455-6.2-3",
        hint="the opcode of a message is lost between reading and writing it",
    ),
    Rule(
        "text-as-binary",
        "Sends text messages back as binary",
        Where(r"wrong type", needs=r"TEXT"),
        clause="6455-6.2-3",
        hint="the opcode of a message is lost between reading and writing it",
    ),
    Rule(
        "no-utf8",
        "Does not check text for UTF-8",
        Where(
            r"not UTF-8|ignored|as if|no message arrived|answered with|expected Close 1007",
            clause=r"6455-8\.1-1",
            needs=_FAILING,
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
        Where(r"first a pong|a pong came instead of a message|expected message .*got Pong", cases=_PLAINLY),
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
            cases=_PLAINLY,
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
        Where(r"the echo (?:has \d+ bytes|differs|is right)|an echo has", cases=_PLAINLY),
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
            rf"{_OTHER_ECHO}|{_NO_ECHO}|although there was no violation|closed with 1007",
            cases=_COMPRESSED,
        ),
        hint="the window of the compressor, and the four bytes at the end of each message",
    ),
)

_API = (
    Rule(
        "no-handshake-check",
        "Accepts opening handshakes without checking them",
        Where(r"accepted the opening handshake$|got 101$|got HTTP 101", cases="H,W.4,A.13"),
        least=8,
        spread=4,
        hides=(Where(cases="A.13,A.14,W.4"), Where(r"accepted|Internal Server Error", cases="H.2,H.3,H.4,H.5,H.6")),
        hint="what reads the request line and the fields of the opening handshake",
    ),
    Rule(
        "site",
        "The site does not start: {error}",
        Where(r"does not start with these settings: (?P<error>.*)", cases="A"),
        key="{error}",
        hint="the class named in the settings, with the installed Django",
    ),
    Rule(
        "names",
        "The API lacks names that its documents use",
        Where(r"AttributeError|has no attribute|\"(?:missing|callable)\"", cases="A"),
        hides=(Where(cases="A.19"), Where(title=r"\bconnected\b|tutorial")),
        hint="the class of request.websocket",
    ),
    Rule(
        "lone-pong",
        "A pong that nobody asked for ends the connection",
        Where(r"Unknown opcode 10|unsolicited pong", cases="A"),
        hides=(Where(title=r"(?i)unsolicited pong|\bpong\b", cases="A"),),
        hint="what handles opcode 10",
    ),
    Rule(
        "view-raised",
        "Views get {error}",
        Where(r"the view raised (?P<error>\w+: [^(0-9]*)", cases="A"),
        key="{error}",
        hint="the traceback in the server's log",
    ),
    Rule(
        "raised",
        "A call raises {error} where it must not",
        Where(r'got notes .*"raised": "(?P<error>\w+)', cases="A"),
        key="{error}",
        hint="the traceback in the server's log",
    ),
    Rule(
        "api",
        "{subject}: does not do what its documents say",
        Where(title=r"^(?P<subject>[a-z_.]+(?=\()|(?:accept|require)_websocket)", cases="A"),
        key="{subject}",
        known=False,
    ),
    Rule("api-other", "{case}", Where(cases="A"), key="{case}", known=False),
)

#: What must be refused and is not, by clause.
_ACCEPTING = (
    Rule(
        "offer-status",
        "Answers an offer of compression with {answer}",
        Where(r"opening handshake failed: (?P<answer>HTTP \d+|[^;]*)", cases=_COMPRESSED),
        key="{answer}",
        hint="an exception while Sec-WebSocket-Extensions is read",
    ),
    Rule(
        "accepts",
        "Accepts what it must refuse: {text}",
        Where(
            r"ignored the violation|closed with 1000, as if|answered with 1000 instead|accepted the opening handshake"
            r"|got 101$|HTTP 101|accepted an offer|accepted a length|expected Close.*; got Close 1000"
        ),
        key="{clause}",
    ),
    Rule("refuses", "Refuses what it must accept: {text}", Where(r"the server answered with [45]\d\d"), key="{clause}"),
)

_OTHERS = (
    Rule(
        "crash",
        "The server dies or hangs: {reason}",
        Where(verdicts=("crash",)),
        key="{clause}",
        hides=(Where(verdicts=("not-run",)),),
    ),
    Rule("log", "The log has errors: {line}", Where(r"the log has (?P<line>.*)"), key="{line}"),
    Rule("suite", "The suite itself failed: {reason}", Where(verdicts=("harness-error",)), known=False),
    Rule("not-run", "Not played: {reason}", Where(verdicts=("not-run",)), known=False),
)

#: In this order. The first that matches a result decides.
RULES: tuple[Rule, ...] = (
    *_HANDSHAKES,
    *_BASICS,
    *_OTHERS,
    *_FRAMES,
    *_CLOSING,
    *_MESSAGES,
    *_API,
    *_ACCEPTING,
    Rule("clause", "Not kept: {text}", Where(), key="{clause}", known=False),
)

#: How serious a mistake is, if its rule does not say so. The first that matches decides.
GRADES: tuple[tuple[Where, Severity, str], ...] = (
    (Where(verdicts=("crash",)), "security", "one client can stop the service for all"),
    (
        Where(clause=r"6455-5\.1-3"),
        "security",
        "masking keeps scripts in a browser from writing bytes of their choice into a proxy's cache",
    ),
    (
        Where(clause=r"robust-|6455-10\.4", verdicts=("fail",)),
        "security",
        "a client can harm others, or use up the memory",
    ),
    (
        Where(clause=r"9112-(5|6|7|11)|wsgi-nothing", verdicts=("fail",)),
        "security",
        "a proxy in front may read the request in another way",
    ),
    (
        Where(verdicts=("non-strict",)),
        "strictness",
        "most peers get along with it, but a recommendation is not followed",
    ),
    (Where(), "interoperability", "peers that keep to the standard fail the connection, or get something wrong"),
)

#: Where the wrong byte is: the reason, the line of the wire log, and the number of the byte in the frame, or in its
#: payload (None). A group `byte` is added to it.
MARKS: tuple[tuple[str, str, int | None], ...] = (
    (r"a masked frame", r"masked", 1),
    (r"reserved bits|RSV1 on a", r"RSV", 0),
    (r"reserved opcode", r"^(?!TEXT|BINARY|CONT|PING|PONG|CLOSE)", 0),
    (r"a fragmented control frame", r"^(PING|PONG|CLOSE)", 0),
    (r"in more bytes than needed|top bit set", r"^\w", 1),
    (r"a control frame of \d+", r"^(PING|PONG|CLOSE)", 1),
    (r"close code \d+|unassigned code|(?:answered|closed) with \d+", r"^CLOSE", 2),
    (r"close reason that is not UTF-8", r"^CLOSE", 4),
    (r"not UTF-8 at byte (?P<byte>\d+)", r"^TEXT \d+$", None),
    (r"event 1: the echo differs from byte (?P<byte>\d+)", r"^(TEXT|BINARY) \d+$", None),
    (r"the pong does not repeat", r"^PONG", 1),
    (r"the echo has the wrong type", r"^(TEXT|BINARY)", 0),
    (r"the echo has \d+ bytes", r"^(TEXT|BINARY)", 1),
)
