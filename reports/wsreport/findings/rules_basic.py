"""Rules about mistakes that keep a server from doing anything right. They explain most other failures."""

from __future__ import annotations

from wsreport.findings.model import Rule, Where
from wsreport.findings.signs import FAILING, NO_ECHO, PLAIN, UNNOTICED

__all__ = ["BASICS", "HANDSHAKES"]

_AFTER_A_BAD_HEAD = (Where(r"opening handshake|header line|there is no 101|got (?:a|the) (?:101|response)"),)

HANDSHAKES = (
    Rule(
        "no-handshake",
        "Answers every opening handshake with {answer}",
        Where(
            r"(?:opening handshake failed|there is no 101 response): (?P<answer>HTTP \d+[^;]*|Conn[^;]*|[^;]*head[^;]*)"
        ),
        among=Where(cases="1.1,1.2,2,7.1", needs=PLAIN),
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

BASICS = (
    Rule(
        "mute",
        "Does not echo plain messages",
        Where(NO_ECHO),
        among=Where(cases="1.1,1.2,7.1.1", needs=rf"{PLAIN}"),
        clause="6455-6.1-2",
        hides=(Where(),),
        hint="the connection opens, so look at what reads frames, or at the echo application itself",
    ),
    Rule(
        "drops",
        "Ends the connection at the first message",
        Where(r"the server closed (?:TCP|the connection) although|no message arrived; the server closed"),
        among=Where(cases="1.1,1.2,7.1.1", needs=rf"{PLAIN}"),
        hides=(Where(),),
        hint="an exception while the first frame is read; see the server's log",
    ),
    Rule(
        "echoes-more",
        "Sends more than one message for a message",
        Where(r"first a message|a message came instead"),
        among=Where(cases="1.1,1.2,7.1.1", needs=PLAIN),
        clause="6455-6.1-2",
        hides=(Where(),),
        hint="the echo application, or what calls it",
    ),
    Rule(
        "unmasks-wrongly",
        "Plain messages arrive as other bytes",
        Where(r"closed with 1007|sent a text message that is not UTF-8|got Close 1007"),
        among=Where(cases="1.1.2,1.1.3,1.1.4,1.1.5,7.1.1,M.3", needs=PLAIN),
        share=0.5,
        clause="6455-5.3-5",
        hides=(Where(),),
        hint="what unmasks payloads: byte i is masked with byte i modulo 4 of the key",
    ),
    Rule(
        "garbles",
        "Plain messages come back with other bytes",
        Where(r"the echo differs|the echo has \d+ bytes|an echo has"),
        among=Where(cases="1.1.2,1.1.3,1.1.4,1.1.5,1.2,7.1.1", needs=PLAIN),
        clause="6455-6.1-2",
        hides=(Where(),),
        hint="the echo application, and what writes payloads",
    ),
    Rule(
        "no-check",
        "Detects no violation of the protocol",
        Where(UNNOTICED, needs=rf"{FAILING}|the server answers with Close 100[27]|expected Close 100[27]|Close 1002"),
        among=Where(needs=FAILING, cases="2,3,4,5,6,7,M,L"),
        share=0.75,
        least=8,
        clause="6455-7.1.7-1",
        named_by="3,4,5",
        hides=(
            Where(
                r"answered with|close reason that is not UTF-8|must not be sent|unassigned"
                r"|accepted a length|ignored|as if there|expected Close"
            ),
        ),
        severity="security",
        because="what one peer takes for data another may take for a command",
        hint="the decoder hands over what it reads without checking it",
    ),
)
