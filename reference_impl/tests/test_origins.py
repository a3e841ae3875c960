"""Which pages may connect."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dwebsocket.origins import Origin, is_same_host, matches

MALFORMED = [
    "",
    "null",
    "http://[",
    "http://]",
    "http://[::1",
    "http://::1",
    "http://[::1]x",
    "http://[gg::1]",
    "http://",
    "://example.com",
    "http:example.com",
    "http:/example.com",
    "example.com",
    "http://example.com/",
    "http://example.com/path",
    "http://example.com?",
    "http://example.com#",
    "http://user@example.com",
    "http://example.com:",
    "http://example.com:port",
    "http://example.com:-1",
    "http://example.com:١",
    "http://example.com:999999",
    "http://example.com:80:80",
    "http://example.com, http://example.com",
    "http://example.com,http://example.com",
    " http://example.com",
    "http://example.com\n",
    "http://exa mple.com",
    "http://example.com\x1b[2J",
    "http://\x00example.com",
    "http://ex\xe4mple.com",
    "http://\u212aelvin.example.com",
    "http://" + "[" * 10_000,
]


@pytest.mark.parametrize(
    ("value", "scheme", "authority"),
    [
        ("http://example.com", "http", "example.com"),
        ("HTTPS://Example.COM:8443", "https", "example.com:8443"),
        ("http://[::1]:8000", "http", "[::1]:8000"),
        ("http://[::ffff:127.0.0.1]", "http", "[::ffff:127.0.0.1]"),
        ("chrome-extension://abcdefgh", "chrome-extension", "abcdefgh"),
    ],
)
def test_an_origin_is_scheme_host_and_port(value, scheme, authority):
    assert Origin.parse(value) == Origin(scheme, authority)


@pytest.mark.parametrize("value", MALFORMED)
def test_what_is_no_origin_is_none_and_has_neither_host_nor_pattern(value):
    assert Origin.parse(value) is None
    assert not is_same_host(value, "example.com", secure=False)
    assert not matches(value, ["http://*.com", "http://example.com", "https://*.example.com"])


@given(st.text())
def test_no_value_is_an_error(value):
    assert not is_same_host(value, "example.com", secure=False)
    assert not matches(value, ["https://*.example.com"])


@pytest.mark.parametrize(
    ("value", "host", "insecure", "secure"),
    [
        ("https://example.com", "example.com", True, True),
        ("http://example.com", "example.com", True, False),
        ("https://example.com:443", "EXAMPLE.com", True, True),
        ("https://example.com", "example.com:443", True, True),
        ("http://example.com", "example.com:80", True, False),
        ("http://example.com:443", "example.com", False, False),
        ("https://example.com:8000", "example.com:8000", True, True),
        ("https://example.com:8000", "example.com", False, False),
        ("https://example.com", "example.com:8000", False, False),
        ("https://[::1]:8000", "[::1]:8000", True, True),
        ("ws://example.com", "example.com", False, False),
        ("https://example.com.evil.example", "example.com", False, False),
        ("https://evilexample.com", "example.com", False, False),
    ],
)
def test_the_same_host_has_the_same_port_and_over_tls_the_same_scheme(value, host, insecure, secure):
    assert [is_same_host(value, host, secure=over_tls) for over_tls in (False, True)] == [insecure, secure]


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("https://example.com", "https://example.com", True),
        ("HTTPS://EXAMPLE.com", "https://Example.com", True),
        ("http://example.com", "https://example.com", False),
        ("https://a.example.com", "https://*.example.com", True),
        ("https://a.b.example.com", "https://*.example.com", True),
        ("https://a.example.com:8000", "https://*.example.com:8000", True),
        ("https://a.example.com:8000", "https://*.example.com", False),
        ("https://example.com", "https://*.example.com", False),
        ("http://a.example.com", "https://*.example.com", False),
        ("https://evil.example/.example.com", "https://*.example.com", False),
        ("https://evil.example:1/https://a.example.com", "https://*.example.com", False),
        ("null", "null", True),
        ("app://local", "app://local", True),
        ("null", "*", True),
        ("http://[", "*", True),
    ],
)
def test_a_pattern_is_an_origin_all_subdomains_or_everything(value, pattern, expected):
    assert matches(value, ["https://another.example", pattern]) is expected
