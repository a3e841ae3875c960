"""Heads of opening handshakes, right or nearly right, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

RIGHT = (
    ("Host", "example.com"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
)
NAMES = st.one_of(
    st.sampled_from(
        [name for name, _ in RIGHT]
        + ["Origin", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Content-Length", "Transfer-Encoding"]
    ),
    st.sampled_from(["hOST", "upgrade", "X", "", "a b", "é", "Sec-WebSocket-Key ", "Host:"]),
)
STRANGE_VALUES = (
    *("", " ", ",", "0", "00", "-1", "null", "http://[", "[::1]:80"),
    *("chat", "chat, superchat", ", chat", "a,,b", "chat;", "\xe9", "a\u0130"),
    *("keep-alive, Upgrade", "h2c, websocket", "websocket/13", "\u0130", "\ufb00"),
    *("permessage-deflate", "permessage-deflate; server_max_window_bits=8, permessage-deflate"),
    *("dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZR==", "AAAAAAAAAAAAAAAAAAAAAA==\n"),
)
VALUES = st.one_of(
    st.sampled_from([value for _, value in RIGHT]),
    st.sampled_from(STRANGE_VALUES),
    st.text(st.characters(max_codepoint=255), max_size=30),
    st.text(max_size=10),
)
FIELDS = st.tuples(NAMES, VALUES)

TOKENS = st.text("!#$%&'*+-.^_`|~abcXYZ019", min_size=1, max_size=6)
FLAGS = "server_no_context_takeover", "client_no_context_takeover", "client_max_window_bits", "server_max_window_bits"
PARAMETERS = st.one_of(
    st.tuples(st.sampled_from(FLAGS), st.sampled_from([None, None, None, "1"])),
    st.tuples(
        st.sampled_from(["server_max_window_bits", "client_max_window_bits"]),
        st.sampled_from(["8", "9", "15", "16", "7", "08", "-8", "1e1", "٨"]),
    ),
    st.tuples(TOKENS, st.one_of(st.none(), TOKENS)),
)
"""Name and value, None for a parameter without a value."""

OFFERS = st.tuples(st.one_of(st.just("permessage-deflate"), TOKENS), st.lists(PARAMETERS, max_size=4).map(tuple))


def written(offers, quote: str = "") -> str:
    """A value of Sec-WebSocket-Extensions."""
    return ", ".join(
        "; ".join([name, *(one if value is None else f"{one}={quote}{value}{quote}" for one, value in parameters)])
        for name, parameters in offers
    )


@st.composite
def fields(draw: st.DrawFn):
    """The fields of a request: those that are needed, and a few changes."""
    chosen = list(RIGHT)
    if draw(st.booleans()):
        offers = draw(st.lists(OFFERS, min_size=1, max_size=4))
        chosen.append(("Sec-WebSocket-Extensions", written(offers, draw(st.sampled_from(["", '"'])))))
    if draw(st.booleans()):
        chosen.append(("Sec-WebSocket-Protocol", ", ".join(draw(st.lists(TOKENS, min_size=1, max_size=3)))))
    for how in draw(st.lists(st.sampled_from(["add", "change", "remove"]), max_size=3)):
        at = draw(st.integers(0, len(chosen)))
        if how == "add" or at == len(chosen):
            chosen.insert(at, draw(FIELDS))
        elif how == "change":
            chosen[at] = (chosen[at][0], draw(VALUES))
        else:
            del chosen[at]
    return tuple(chosen)


METHODS = st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "get", "G T", ""])
TARGETS = st.sampled_from(["/", "/chat?a=b", "*", "http://example.com/", "/\x00", "/ü", "/a b", "/" + "x" * 8190])
VERSIONS = st.sampled_from(["1.1", "1.1", "1.1", "1.0", "2.0", "1.2", "0.9", "11.1", "1,1", ""])
LINE_ENDS = st.sampled_from(["\r\n"] * 12 + ["\n", "\r", "\r\n ", "\r\r\n"])
COLONS = st.sampled_from([": "] * 6 + [":", " : ", ":\t", ""])


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """A head as it is sent, perhaps with the beginning of what comes behind it."""
    lines = [f"{draw(METHODS)} {draw(TARGETS)} HTTP/{draw(VERSIONS)}"]
    lines += [f"{name}{draw(COLONS)}{value}" for name, value in draw(fields())]
    lines += ["X: " + "y" * draw(st.sampled_from([10, 700, 9000]))] * draw(st.sampled_from([0, 0, 0, 5, 90, 100]))
    head = draw(st.sampled_from(["", "", "\r\n", "\n"])) + "".join(line + draw(LINE_ENDS) for line in lines) + "\r\n"
    return head.encode("latin-1", "ignore") + draw(st.sampled_from([b"", b"\x81\x80", b"\r\n\r\n"]))
