"""The valid opening handshake, and what one change does to it."""

import pytest

from dwebsocket.protocol import (
    Accepted,
    HandshakeRefused,
    Offer,
    Request,
    accept,
    accept_key,
    is_websocket_request,
    parse_request,
)
from dwebsocket.protocol.extensions import read_offers

HEADERS = {
    "Host": "server.example.com",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
)


def request(*more, method="GET", version="1.1", **changed):
    """The valid request with fields changed (``None``: left out) and more fields after them."""
    fields = HEADERS | {name.replace("_", "-"): value for name, value in changed.items()}
    kept = tuple((name, value) for name, value in fields.items() if value is not None)
    return Request(method, "/chat", version, kept + more)


def test_the_sample_of_the_rfc():
    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert accept(request()) == Accepted(RESPONSE + b"\r\n", None, ())


def test_from_octets_to_octets():
    octets = b"GET / HTTP/1.1\r\n" + b"".join(f"{n}: {v}\r\n".encode() for n, v in HEADERS.items()) + b"\r\n"
    parsed, consumed = parse_request(octets + b"\x81\x80")

    assert consumed == len(octets)
    assert accept(parsed).response == RESPONSE + b"\r\n"


ACCEPTED = {
    "Upgrade in capitals": request(Upgrade="WEBSOCKET"),
    "Upgrade among others": request(Upgrade="h2c, websocket"),
    "Upgrade on a second line": request(("Upgrade", "websocket"), Upgrade="h2c"),
    "Connection of a browser": request(Connection="keep-alive, Upgrade"),
    "Connection in capitals": request(Connection="UPGRADE"),
    "Connection on two lines": request(("connection", "upgrade"), Connection="keep-alive"),
    "Connection with an empty element": request(Connection=", Upgrade"),
    "Connection with tabs": request(Connection="keep-alive\t,\tUpgrade"),
    "names in lower case": Request("GET", "/", "1.1", tuple((n.lower(), v) for n, v in HEADERS.items())),
    "fields in reverse": Request("GET", "/", "1.1", tuple(reversed(HEADERS.items()))),
    "unknown fields": request(("X-Foo", "bar"), ("Cookie", "a=b")),
    "empty Host": request(Host=""),
    "Host with port": request(Host="[::1]:8080"),
    "HTTP/1.2": request(version="1.2"),
    "HTTP/2.0": request(version="2.0"),
    "empty body": request(("Content-Length", "0")),
    "free bits of the key set": request(Sec_WebSocket_Key="AAAAAAAAAAAAAAAAAAAAAB=="),
}


@pytest.mark.parametrize("changed", ACCEPTED.values(), ids=ACCEPTED)
def test_a_legal_change_is_accepted(changed):
    assert is_websocket_request(changed)
    assert accept(changed).response.startswith(b"HTTP/1.1 101 ")


REFUSED = {
    "POST": (request(method="POST"), 405),
    "HEAD": (request(method="HEAD"), 405),
    "get": (request(method="get"), 405),
    "HTTP/1.0": (request(version="1.0"), 400),
    "HTTP/0.9": (request(version="0.9"), 400),
    "no Host": (request(Host=None), 400),
    "two Hosts": (request(("Host", "b")), 400),
    "bad Host": (request(Host="a b"), 400),
    "no Connection": (request(Connection=None), 400),
    "Connection: close": (request(Connection="close"), 400),
    "Connection: notupgrade": (request(Connection="notupgrade"), 400),
    "no version": (request(Sec_WebSocket_Version=None), 426),
    "two versions": (request(("Sec-WebSocket-Version", "13")), 426),
    **{
        f"version {v}": (request(Sec_WebSocket_Version=v), 426)
        for v in ("", "8", "12", "14", "013", "+13", "13.0", "13, 8")
    },
    "no key": (request(Sec_WebSocket_Key=None), 400),
    "two keys": (request(("Sec-WebSocket-Key", HEADERS["Sec-WebSocket-Key"])), 400),
    **{
        f"key of {what}": (request(Sec_WebSocket_Key=key), 400)
        for what, key in {
            "nothing": "",
            "15 octets": "A" * 20,
            "17 octets": "A" * 23 + "=",
            "no padding": "A" * 22,
            "the URL alphabet": "-_" + "A" * 20 + "==",
            "a blank inside": "A" * 10 + " " + "A" * 11 + "==",
            "64 KiB": "A" * 65536,
        }.items()
    },
    "a body": (request(("Content-Length", "5")), 400),
    "a chunked body": (request(("Transfer-Encoding", "chunked")), 400),
    **{
        f"subprotocol {value!r}": (request(("Sec-WebSocket-Protocol", value)), 400)
        for value in ("", ",", "a b", "a;b", "é", '"a"')
    },
    **{
        f"extensions {value!r}": (request(("Sec-WebSocket-Extensions", value)), 400)
        for value in ("", ",", ";", "a;;b", "=1", "a b", 'a; b="1 0"', 'a; b="1', 'a; b=""', "a; b=", "a,;b")
    },
}


@pytest.mark.parametrize(("changed", "status"), REFUSED.values(), ids=REFUSED)
def test_an_illegal_change_is_refused_although_it_asks(changed, status):
    assert is_websocket_request(changed)
    with pytest.raises(HandshakeRefused) as refused:
        accept(changed)

    assert refused.value.status == status


@pytest.mark.parametrize("upgrade", [None, "", "h2c", "websocket2", "xwebsocket", "web socket"])
def test_a_request_that_does_not_name_websocket_asks_for_something_else(upgrade):
    asked = request(Upgrade=upgrade)

    assert not is_websocket_request(asked)
    with pytest.raises(HandshakeRefused, match="400 Bad Request"):
        accept(asked)


def _refusal(*args, **changed) -> HandshakeRefused:
    with pytest.raises(HandshakeRefused) as refused:
        accept(request(*args, **changed))
    return refused.value


def test_a_refusal_is_a_complete_answer():
    refusal = HandshakeRefused(403, "Not from thère.", (("X-Why", "origin"),))

    assert refusal.response() == (
        b"HTTP/1.1 403 Forbidden\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Length: 17\r\n"
        b"Connection: close\r\n"
        b"X-Why: origin\r\n"
        b"\r\n"
        b"Not from th\xc3\xa8re.\n"
    )


def test_a_wrong_version_is_told_the_right_one():
    refusal = _refusal(Sec_WebSocket_Version="12")
    lines = refusal.response().split(b"\r\n")

    assert refusal.headers == (("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"))
    assert lines[0] == b"HTTP/1.1 426 Upgrade Required"
    assert {b"Connection: close, Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"} <= set(lines)


def test_a_wrong_method_is_told_the_right_one():
    assert b"\r\nAllow: GET\r\n" in _refusal(method="POST").response()


@pytest.mark.parametrize(
    ("more", "allowed"),
    [
        ((), True),
        ((("Origin", "https://good.example"),), True),
        ((("Origin", "https://evil.example"),), False),
        ((("Origin", "null"),), False),
        ((("Origin", "https://good.example"), ("Origin", "https://evil.example")), False),
    ],
    ids=["none", "good", "evil", "null", "two"],
)
def test_an_origin_that_is_not_allowed_is_refused(more, allowed):
    def good(origin):
        return origin == "https://good.example"

    if allowed:
        assert accept(request(*more), origin_allowed=good)
    else:
        with pytest.raises(HandshakeRefused, match="403"):
            accept(request(*more), origin_allowed=good)


SUBPROTOCOLS = {
    "none asked for": (None, ["chat"], None),
    "none spoken": ("chat", [], None),
    "none in common": ("a, b", ["chat"], None),
    "the client's first": ("a, b, c", ["c", "b"], "b"),
    "case matters": ("Chat", ["chat"], None),
    "odd characters": ("!#$%&'*+-.^_`|~", ["!#$%&'*+-.^_`|~"], "!#$%&'*+-.^_`|~"),
    "empty elements": (",a,,b", ["b"], "b"),
}


@pytest.mark.parametrize(("asked", "spoken", "chosen"), SUBPROTOCOLS.values(), ids=SUBPROTOCOLS)
def test_the_subprotocol_is_one_that_both_sides_name(asked, spoken, chosen):
    accepted = accept(request(Sec_WebSocket_Protocol=asked), subprotocols=spoken)
    line = b"" if chosen is None else f"Sec-WebSocket-Protocol: {chosen}\r\n".encode()

    assert accepted.subprotocol == chosen
    assert accepted.response == RESPONSE + line + b"\r\n"


def test_a_list_may_be_cut_into_several_fields():
    asked = request(("Sec-WebSocket-Protocol", "a"), ("sec-websocket-protocol", "b"))

    assert accept(asked, subprotocols=["b"]).subprotocol == "b"


OFFERS = {
    "x": [Offer("x")],
    "a, b": [Offer("a"), Offer("b")],
    " a ; p ; q = 1 ,, b;r=2": [Offer("a", (("p", None), ("q", "1"))), Offer("b", (("r", "2"),))],
    'a; p="10"; q="1\\0"': [Offer("a", (("p", "10"), ("q", "10")))],
    "constructor; __proto__": [Offer("constructor", (("__proto__", None),))],
}


@pytest.mark.parametrize(("value", "offers"), OFFERS.items(), ids=OFFERS)
def test_offers_are_read_as_section_9_1_writes_them(value, offers):
    assert read_offers(value) == offers


def test_without_negotiators_every_offer_is_declined():
    asked = request(("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits, x"))

    assert accept(asked) == Accepted(RESPONSE + b"\r\n", None, ())


class Negotiator:
    """Accepts offers of one name without parameters."""

    def __init__(self, name, answer):
        self.name = name
        self.answer = answer

    def accept(self, offer):
        return (self.answer, self) if offer == Offer(self.name) else None


def test_each_negotiator_accepts_one_offer():
    a, b, c = Negotiator("a", "a; yes"), Negotiator("b", "b"), Negotiator("c", "c")
    asked = request(("Sec-WebSocket-Extensions", "b, a; p"), ("Sec-WebSocket-Extensions", "a, a"))
    accepted = accept(asked, extensions=[a, b, c])

    assert accepted.extensions == (a, b)
    assert accepted.response == RESPONSE + b"Sec-WebSocket-Extensions: a; yes, b\r\n\r\n"


def test_further_fields_go_out_as_they_are():
    fields = [("Set-Cookie", "a=b"), ("Set-Cookie", "c=d")]

    assert accept(request(), headers=fields).response == RESPONSE + b"Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n"


@pytest.mark.parametrize("value", ["a\rb", "a\nb", "a\0b", "a\r\nEvil: yes"], ids=ascii)
def test_nothing_that_goes_out_can_break_a_line(value):
    extension = request(("Sec-WebSocket-Extensions", "x"))
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        accept(request(), headers=[("X-Foo", value)])
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        accept(extension, extensions=[Negotiator("x", value)])


@pytest.mark.parametrize(
    "name",
    ["", "A B", "A\r\nB", "Content-Length", "transfer-encoding", "Upgrade", "Connection", "Sec-WebSocket-Accept"],
    ids=ascii,
)
def test_a_field_of_the_handshake_itself_cannot_be_added(name):
    with pytest.raises(ValueError, match="may not be added"):
        accept(request(), headers=[(name, "x")])
