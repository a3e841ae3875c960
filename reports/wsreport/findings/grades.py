"""The tables of how serious mistakes are, and of where the wrong byte of a conversation is."""

from __future__ import annotations

from wsreport.findings.model import Severity, Where

__all__ = ["GRADES", "MARKS"]

#: How serious a mistake is, if its rule does not say so. The first that matches decides.
GRADES: tuple[tuple[Where, Severity, str], ...] = (
    (Where(verdicts=("crash",)), "security", "one client can stop the service for all"),
    (
        Where(r"ignored|as if|answered with", clause=r"6455-5\.1-3", verdicts=("fail",)),
        "security",
        "masking keeps scripts in a browser from writing bytes of their choice into a proxy's cache",
    ),
    (
        Where(clause=r"robust-|6455-10\.4", verdicts=("fail",)),
        "security",
        "a client can harm others, or use up the memory",
    ),
    (
        Where(r"accepted|got 101|HTTP 101", clause=r"9112-(5|6|7|11)", verdicts=("fail",)),
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
