"""WebSocket URLs: what is sent of them, what is shown, and which are refused."""

from __future__ import annotations

import pytest

from wsconform.wire.address import Address, AddressError, credentials_in


@pytest.mark.parametrize(
    ("url", "host", "port", "authority", "target"),
    [
        ("ws://a", "a", 80, "a", "/"),
        ("wss://a", "a", 443, "a", "/"),
        ("WS://A:8080?x=1", "a", 8080, "a:8080", "/?x=1"),
        ("ws://a:80/b", "a", 80, "a", "/b"),
        ("wss://a:80/b", "a", 80, "a:80", "/b"),
        ("ws://[::1]:9001/", "::1", 9001, "[::1]:9001", "/"),
        ("ws://[::1]/", "::1", 80, "[::1]", "/"),
        ("ws://user:p%40ss@a/b%20c?d=%3F", "a", 80, "a", "/b%20c?d=%3F"),
        ("ws://a/caf\xe9?", "a", 80, "a", "/caf%C3%A9?"),
        ("ws://b\xfccher.example/", "xn--bcher-kva.example", 80, "xn--bcher-kva.example", "/"),
        ("ws://a/\udcff?\udcfe", "a", 80, "a", "/%FF?%FE"),
    ],
)
def test_parts_of_a_url(url: str, host: str, port: int, authority: str, target: str) -> None:
    address = Address.parse(url)
    assert (address.host, address.port, address.authority, address.target) == (host, port, authority, target)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://a/",
        "ws:///x",
        "ws://a:0/",
        "ws://a:99999/",
        "ws://[::1/",
        "ws://a/b c",
        "ws://a/\r\nX: y",
        "ws://\udcff/",
    ],
)
def test_other_texts_are_refused_with_an_example(url: str) -> None:
    with pytest.raises(AddressError, match="is not a WebSocket URL; write it like ws://"):
        Address.parse(url)


@pytest.mark.parametrize("url", ["ws://a/#x", "ws://a/#", "ws://a#x"])
def test_fragment_is_refused(url: str) -> None:
    """RFC 6455 section 3."""
    with pytest.raises(AddressError, match="has a fragment"):
        Address.parse(url)


@pytest.mark.parametrize("url", ["ws://me:sesame@a/#x", "http://me:sesame@a/", "ws://me:sesame@a:99999/"])
def test_password_is_not_in_an_error(url: str) -> None:
    with pytest.raises(AddressError) as error:
        Address.parse(url)
    assert "sesame" not in str(error.value)


def test_secrets_of_a_url_are_not_shown() -> None:
    address = Address.parse("wss://me:sesame@a:9/b?room=1&access_token=xyzzy&api-key=42")
    assert address.shown == "wss://a:9/b?room=1&access_token=***&api-key=***"
    assert address.secrets == ("xyzzy", "42")
    assert "sesame" not in address.url
    assert "xyzzy" in address.url


@pytest.mark.parametrize(
    ("url", "found"),
    [("ws://a/", ""), ("ws://me@a/", "me:"), ("ws://me:p%40ss@a/", "me:p@ss"), ("ws://:x@a/", ":x"), ("ws://[", "")],
)
def test_credentials(url: str, found: str) -> None:
    assert credentials_in(url) == found
