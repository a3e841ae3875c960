"""Faults in the head of the 101 response."""

from __future__ import annotations

from wsconform.crooked.model import Crooked, helper, must, of_topic
from wsconform.crooked.opening import Opening

__all__ = ["SERVERS"]

VALUE, LINE, NAME, COLON, END, FOLD, STATUS = (
    "9110-5.5-1",
    "9112-5-1",
    "9110-5.1-1",
    "9112-5.1-2",
    "9112-2.1-1",
    "9112-5.2-2",
    "9112-4-1",
)


def _more(name: str, summary: str, clause: str, more: bytes, caught: str = "H.1.1") -> Crooked:
    return must(name, summary, clause, caught, Opening(more=more))


def _instead(name: str, summary: str, clause: str, caught: str, field: bytes, value: bytes | None) -> Crooked:
    return must(name, summary, clause, caught, Opening(replaced=((field, value),)))


SERVERS = of_topic(
    "opening",
    (
        _more("nul-in-value", "puts NUL into a field value", VALUE, b"Server: a\x00b\r\n"),
        _more("control-in-value", "puts ESC into a field value", VALUE, b"Server: a\x1b[31mb\r\n"),
        _more("no-colon", "sends a field line without a colon", LINE, b"Server\r\n"),
        _more("blank-before-colon", "sends a space before a colon", COLON, b"Server : x\r\n"),
        _more("blank-in-name", "sends a field name that is not a token", NAME, b"Ser ver: x\r\n"),
        _more("empty-name", "sends a field without a name", NAME, b": x\r\n"),
        _more("latin-1-in-name", "sends a field name with a byte above ASCII", NAME, b"Serv\xe9r: x\r\n"),
        must("bare-lf", "ends the lines of the head with LF", END, "H.1.1", Opening(line_end=b"\n")),
        _more("one-bare-lf", "ends one line of the head with LF", END, b"Server: x\n"),
        _more("bare-cr", "sends a CR without LF", "9112-2.2-4", b"Server: a\rb\r\n"),
        _more("folded", "folds a field over two lines", FOLD, b"Server: a\r\n b\r\n"),
        _more("starts-folded", "starts the fields with a space", FOLD, b" Server: a\r\n"),
        must("no-blank-in-status", "omits the space after 101", STATUS, "H.1.1", Opening(status=b"HTTP/1.1 101")),
        must(
            "nul-in-status", "puts NUL into the reason phrase", STATUS, "H.1.1", Opening(status=b"HTTP/1.1 101 a\x00b")
        ),
        _more(
            "content-length", "announces content with Content-Length", "9110-8.6-1", b"Content-Length: 0\r\n", "H.1.2"
        ),
        _more(
            "chunked",
            "announces content with Transfer-Encoding",
            "9112-6.1-1",
            b"transfer-encoding:chunked\r\n",
            "H.1.2",
        ),
        must(
            "accepts-twice",
            "answers with two Sec-WebSocket-Accept fields",
            "6455-11.3.3-1",
            "H.1.3",
            Opening(accepts=2),
        ),
        must(
            "endless-head", "never ends the head", LINE, "1.1.1", Opening(more=b"Server: and so on\r\n", endless=True)
        ),
        must(
            "says-200", "accepts with 200 instead of 101", "6455-4.2.2-14", "H.1.4", Opening(status=b"HTTP/1.1 200 OK")
        ),
        _instead("no-upgrade", "omits Upgrade from the 101", "6455-4.2.2-15", "H.1.5", b"Upgrade", None),
        _instead("upgrade-h2c", "names another protocol in Upgrade", "6455-4.2.2-15", "H.1.5", b"Upgrade", b"h2c"),
        _instead("no-connection", "omits Connection from the 101", "6455-4.2.2-16", "H.1.6", b"Connection", None),
        _instead(
            "connection-close", "answers with Connection: close", "6455-4.2.2-16", "H.1.6", b"Connection", b"close"
        ),
        _instead("no-accept", "omits Sec-WebSocket-Accept", "6455-4.2.2-17", "H.1.7", b"Sec-WebSocket-Accept", None),
        _instead(
            "wrong-accept",
            "sends the same Sec-WebSocket-Accept for every key",
            "6455-4.2.2-17",
            "H.1.7",
            b"Sec-WebSocket-Accept",
            b"x",
        ),
        _more(
            "unasked-subprotocol",
            "selects a subprotocol that was not offered",
            "6455-4.2.2-9",
            b"Sec-WebSocket-Protocol: x\r\n",
            "H.1.8",
        ),
        _more(
            "empty-subprotocol", "sends an empty subprotocol", "6455-4.2.2-10", b"Sec-WebSocket-Protocol:\r\n", "H.1.8"
        ),
        helper(
            "refuses",
            "refuses the opening handshake in Latin-1",
            Opening(status=b"HTTP/1.1 403 Ferm\xe9", more=b"Via: \xe9\r\n"),
        ),
        helper("wants-cookie", "wants a cookie", Opening(wants=(b"Cookie: id=xyzzy",))),
        helper("wants-password", "wants credentials", Opening(wants=(b"Authorization: Basic bWU6c3dvcmRmaXNo",))),
        helper("wants-origin", "wants an Origin", Opening(wants=(b"Origin: https://site.example",))),
        helper(
            "wants-subprotocol",
            "wants a subprotocol",
            Opening(wants=(b"Sec-WebSocket-Protocol: chat",), more=b"Sec-WebSocket-Protocol: chat\r\n"),
        ),
    ),
)
