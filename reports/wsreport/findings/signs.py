"""What reasons and cases look like: the regular expressions that several rules share."""

from __future__ import annotations

__all__ = ["COMPRESSED", "FAILING", "NO_ECHO", "OTHER_ECHO", "PLAIN", "PLAINLY", "SMUGGLING", "UNNOTICED"]

#: Families whose cases use compression.
COMPRESSED = "12,13,P,X"
#: Families whose cases do not.
PLAINLY = "1,2,5,6,9,10,C,H,L,M,R,W"
PLAIN = r"we send Close; the server answers"
FAILING = r"the server fails the connection"
UNNOTICED = (
    r"ignored the violation|closed with 1000, as if|answered with 1000 instead|expected Close \d+; got Close 1000"
    r"|sent a text message that is not UTF-8|sent a control frame of"
)
NO_ECHO = r"no message arrived|message \d+ of \d+ did not arrive|round trips|expected (JSON )?message .*got nothing"
OTHER_ECHO = (
    r"the echo (has \d+ bytes|differs|is right)|an echo has|wrong bytes"
    r"|expected message .*got (message|the server closed|a violation)"
)
SMUGGLING = "a proxy in front may take these bytes for the answer to another request"
