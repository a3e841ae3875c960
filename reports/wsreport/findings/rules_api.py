"""Rules about the API contract, about what is accepted or refused wrongly, and about logs and crashes."""

from __future__ import annotations

from wsreport.findings.model import Rule, Where
from wsreport.findings.signs import COMPRESSED

__all__ = ["ACCEPTING", "API", "OTHERS"]

API = (
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
        "An unsolicited pong ends the connection",
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

_ACCEPTED = (
    r"ignored the violation|closed with 1000, as if|answered with 1000 instead|accepted the opening handshake|got 101$"
    r"|HTTP 101|accepted an offer|accepted a length|expected Close.*; got Close 1000|unexpected event"
)
_STATE = "what remembers whether a message has begun"

#: What must be refused and is not, by clause.
ACCEPTING = (
    Rule(
        "drops-handshakes",
        "Ends TCP instead of refusing an opening handshake",
        Where(r"neither accepted nor refused|closed cleanly"),
        least=6,
        spread=3,
        hides=(Where(r"neither accepted nor refused|closed cleanly|opening handshake failed: Conn"),),
        hint="an exception while the request is read; see the server's log",
    ),
    Rule(
        "offer-status",
        "Answers an offer of compression with {answer}",
        Where(r"opening handshake failed: (?P<answer>HTTP \d+|[^;]*)", cases=COMPRESSED),
        key="{answer}",
        hint="an exception while Sec-WebSocket-Extensions is read",
    ),
    *(
        Rule(f"accepts-{name}", title, Where(_ACCEPTED, clause=rf"{clause}$"), hint=hint)
        for name, title, clause, hint in (
            ("unmasked", "Accepts frames that are not masked", r"6455-5\.1-3", "what reads frame headers"),
            ("opcodes", "Accepts reserved opcodes", r"6455-5\.2-4", "what reads frame headers"),
            ("lone", "Accepts a continuation frame that continues nothing", r"6455-5\.4-1", _STATE),
            ("nested", "Accepts a new message inside a fragmented one", r"6455-5\.4-(6|13)", _STATE),
            ("fragments", "Accepts fragmented control frames", r"6455-5\.(4-4|5-2)", "what reads frame headers"),
            ("long", "Accepts control frames of more than 125 bytes", r"6455-5\.5-1", "what reads frame headers"),
            ("top-bit", "Accepts 64-bit lengths with the top bit set", r"6455-5\.2-5", "what reads frame headers"),
            ("lengths", "Accepts lengths in more bytes than needed", r"6455-5\.2-6", "what reads frame headers"),
            ("sizes", "Sets no limit to the size of messages", r"6455-10\.4-[12]", "where payloads are collected"),
            ("marks", "Accepts RSV1 where it must not be set", r"7692-6-[23]", "what reads frame headers"),
            ("deflate", "Accepts broken compressed data", r"7692-7\.2\.2-6", "what inflates messages"),
        )
    ),
    Rule(
        "accepts",
        "Accepts what breaks this rule: {text}",
        Where(_ACCEPTED),
        key="{clause}",
    ),
    Rule(
        "refuses", "Refuses what this rule allows: {text}", Where(r"the server answered with [45]\d\d"), key="{clause}"
    ),
)

OTHERS = (
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
