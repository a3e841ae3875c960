"""Which offers of permessage-deflate are taken, and what the answer says (RFC 7692 section 7.1)."""

import pytest

from dwebsocket.protocol import HandshakeRefused, PerMessageDeflate, Request, accept

HEADERS = (
    ("Host", "server.example.com"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
)


def answer(*offers, **settings):
    """The Sec-WebSocket-Extensions field of the 101, or None."""
    fields = tuple(("Sec-WebSocket-Extensions", offer) for offer in offers)
    accepted = accept(Request("GET", "/", "1.1", HEADERS + fields), extensions=[PerMessageDeflate(**settings)])
    lines = accepted.response.decode().split("\r\n")
    agreed = [line.partition(": ")[2] for line in lines if line.startswith("Sec-WebSocket-Extensions: ")]
    assert len(agreed) == len(accepted.extensions) <= 1
    return agreed[0] if agreed else None


NAME = "permessage-deflate"
ANSWERS = {
    "": "",
    "server_no_context_takeover": "server_no_context_takeover",
    "client_no_context_takeover": "client_no_context_takeover",
    "server_max_window_bits=15": "server_max_window_bits=12",
    "server_max_window_bits=12": "server_max_window_bits=12",
    "server_max_window_bits=11": "server_max_window_bits=11",
    "server_max_window_bits=9": "server_max_window_bits=9",
    "server_max_window_bits=8": "server_max_window_bits=8",
    'server_max_window_bits="10"': "server_max_window_bits=10",
    'server_max_window_bits="1\\0"': "server_max_window_bits=10",
    "client_max_window_bits": "client_max_window_bits=12",
    "client_max_window_bits=15": "client_max_window_bits=12",
    "client_max_window_bits=8": "client_max_window_bits=8",
    "client_max_window_bits; server_max_window_bits=10; client_no_context_takeover; server_no_context_takeover": (
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=12"
    ),
}


def element(params):
    return "; ".join(filter(None, (NAME, params)))


@pytest.mark.parametrize(("asked", "agreed"), ANSWERS.items(), ids=ANSWERS)
def test_an_offer_is_answered_with_what_was_asked_and_nothing_unasked(asked, agreed):
    assert answer(element(asked)) == element(agreed)


@pytest.mark.parametrize("bits", range(8, 16))
def test_every_window_that_is_asked_for_is_kept_or_undercut(bits):
    asked = f"server_max_window_bits={bits}; client_max_window_bits={bits}"

    assert answer(element(asked), window_bits=15) == element(asked)


DECLINED = [
    f"{NAME}; {params}"
    for params in (
        "foo",
        "foo=1",
        "server_max_window_bit=10",
        "Server_Max_Window_Bits=10",
        "server_max_window_bits",
        *(
            f"{side}_max_window_bits={bits}"
            for side in ("server", "client")
            for bits in ("0", "7", "16", "08", "010", "8.0", "-9", "+9", "1e1", "9a", "foo", '"7"', "115")
        ),
        *(
            f"{side}_no_context_takeover={value}"
            for side in ("server", "client")
            for value in ("1", "0", "true", "false", '"x"')
        ),
        "server_no_context_takeover; server_no_context_takeover",
        "client_no_context_takeover; server_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits=10; server_max_window_bits=10",
        "server_max_window_bits=10; server_max_window_bits=11",
        "client_max_window_bits; client_max_window_bits",
        "client_max_window_bits; client_max_window_bits=10",
        "client_max_window_bits; foo",
    )
]
DECLINED += ["x-webkit-deflate-frame", "permessage-bzip2", "Permessage-Deflate", "permessage-deflat", "deflate-stream"]


@pytest.mark.parametrize("offer", DECLINED)
def test_an_offer_that_is_not_of_the_rfc_is_declined_and_the_next_one_tried(offer):
    assert answer(offer) is None
    assert answer(f"{offer}, {NAME}") == NAME
    assert answer(offer, f"{NAME}; server_max_window_bits=9") == f"{NAME}; server_max_window_bits=9"


@pytest.mark.parametrize("value", ['"15 "', '" 15"', '"1 5"', '""', "", '"15', "1 5", "\u00e9"])
def test_a_value_that_no_token_can_be_breaks_the_grammar(value):
    """RFC 6455 section 9.1: that is not for declining, but for failing."""
    with pytest.raises(HandshakeRefused, match="400"):
        answer(f"{NAME}; server_max_window_bits={value}")


def test_the_first_good_offer_wins_and_only_one():
    offers = [f"{NAME}; server_max_window_bits=10", NAME]

    assert answer(", ".join(offers)) == offers[0]
    assert answer(", ".join(reversed(offers))) == offers[1]
    assert answer("x-foo", *offers) == offers[0]


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [("", ""), ("client_max_window_bits=9; server_max_window_bits=9",) * 2],
    ids=["plain", "windows"],
)
def test_without_context_takeover_both_sides_are_told(asked, agreed):
    takeover = "server_no_context_takeover; client_no_context_takeover"
    agreed = agreed and "server_max_window_bits=9; client_max_window_bits=9"

    assert answer(element(asked), context_takeover=False) == "; ".join(filter(None, (NAME, takeover, agreed)))
