"""Servers that misread opening handshakes: they accept a wrong request, or refuse a right one."""

from __future__ import annotations

from wsconform.crooked.model import Crooked, must, of_topic, should
from wsconform.crooked.opening import Opening

__all__ = ["SERVERS"]


def _must(name: str, summary: str, clause: str, caught: str, *faults: str) -> Crooked:
    return must(name, summary, clause, caught, Opening(faults=frozenset(faults)))


def _should(name: str, summary: str, clause: str, caught: str, *faults: str) -> Crooked:
    return should(name, summary, clause, caught, Opening(faults=frozenset(faults)))


SERVERS = of_topic(
    "requests",
    (
        _must(
            "any-method", "accepts any method", "6455-4.2.1-2", "H.2.1,H.2.2,H.2.3,H.2.4,H.2.5,H.2.6,H.2.7", "method"
        ),
        _must("any-http", "accepts HTTP/1.0", "6455-4.2.1-3", "H.2.8", "http-version"),
        _should(
            "any-request-line", "accepts any request line", "9112-3-2", "H.2.11,H.2.15,H.2.16", "request-line", "target"
        ),
        _should("any-target", "accepts any request target", "9112-3-2", "H.2.13,H.2.14", "target"),
        _should("path-only", "refuses absolute request targets", "6455-4.2.1-4", "H.2.12", "absolute"),
        _should("short-targets", "refuses request targets above 4,000 bytes", "9112-3-1", "H.2.20", "long-target"),
        _must("no-host", "accepts requests without Host", "9112-3.2-1", "H.3.1", "no-host"),
        _must("two-hosts", "accepts two Host fields", "9112-3.2-1", "H.3.2,H.3.3", "two-hosts"),
        _must("bad-host", "accepts an invalid Host", "9112-3.2-1", "H.3.4", "bad-host"),
        _must(
            "any-upgrade", "accepts any Upgrade, or none", "6455-4.2.1-6", "H.4.2,H.4.3,H.4.4,H.4.5,H.4.6", "upgrade"
        ),
        _must(
            "upgrade-substring",
            "finds websocket anywhere in Upgrade",
            "6455-4.2.1-6",
            "H.4.4,H.4.5,H.4.6",
            "upgrade-substring",
        ),
        _must(
            "upgrade-exact",
            "accepts only the Upgrade value websocket in lower case",
            "6455-4.2.1-6",
            "H.4.7,H.4.8",
            "upgrade-exact",
        ),
        _should(
            "upgrade-single",
            "accepts no other protocol in Upgrade",
            "9110-7.8-1",
            "H.4.9,H.4.10,H.4.11,H.4.12,H.4.13",
            "upgrade-single",
        ),
        _must(
            "any-get",
            "takes any GET for an opening handshake",
            "6455-4.2.1-1",
            "H.4.1",
            "upgrade",
            "connection",
            "version",
            "no-key",
        ),
        _must(
            "any-connection",
            "accepts any Connection, or none",
            "6455-4.2.1-7",
            "H.4.15,H.4.16,H.4.17,H.4.18,H.4.19,H.4.20",
            "connection",
        ),
        _must(
            "connection-substring",
            "finds upgrade anywhere in Connection",
            "6455-4.2.1-7",
            "H.4.18,H.4.19,H.4.20",
            "connection-substring",
        ),
        _must(
            "connection-exact",
            "accepts only the Connection value Upgrade",
            "6455-4.2.1-7",
            "H.4.21,H.4.22,H.4.23,H.4.24,H.4.25,H.4.26,H.4.30,H.4.31",
            "connection-exact",
        ),
        _must("first-line-only", "reads only the first of several fields", "9110-5.3-1", "H.4.30", "first-line-only"),
        _should(
            "no-empty-elements",
            "refuses lists with empty elements",
            "9110-5.6.1-1",
            "H.4.11,H.4.12,H.4.27,H.4.28,H.4.29",
            "empty-elements",
        ),
        _must("no-key", "accepts an opening handshake without a key", "6455-4.2.1-8", "H.5.1,H.5.2", "no-key"),
        _should(
            "bad-key", "accepts any key", "6455-4.2.1-9", "H.5.3,H.5.4,H.5.5,H.5.6,H.5.7,H.5.8,H.5.9,H.5.10", "bad-key"
        ),
        _should("two-keys", "accepts two keys", "6455-11.3.1-1", "H.5.12,H.5.13", "two-keys"),
        _must(
            "key-case",
            "hashes the key in lower case",
            "6455-4.2.2-17",
            "H.5.14,H.5.15,H.5.18,H.2.17,H.2.18,H.2.19",
            "key-case",
        ),
        _must(
            "key-alphabet", "hashes the key in the alphabet for URLs", "6455-4.2.2-17", "H.5.16,H.5.17", "key-alphabet"
        ),
        _must(
            "any-version",
            "accepts any version",
            "6455-4.2.1-10",
            "H.6.1,H.6.2,H.6.3,H.6.4,H.6.5,H.6.6,H.6.7,H.6.12,H.6.13,H.6.15,H.6.16,H.6.19",
            "version",
        ),
        _must(
            "loose-version",
            "reads the version as a number",
            "6455-4.2.1-10",
            "H.6.8,H.6.9,H.6.10,H.6.11,H.6.14,H.6.18",
            "version-loose",
        ),
        _should("first-version", "reads only the first version", "6455-11.3.5-2", "H.6.17", "version-first"),
        _should(
            "names-no-version",
            "does not name its version when it refuses another one",
            "6455-4.2.2-6",
            "H.6.2,H.6.3,H.6.4,H.6.5,H.6.6,H.6.7",
            "no-version-named",
        ),
        _must("bare-426", "sends 426 without Upgrade", "9110-15.5.22-1", "H.6.1,H.6.2", "bare-426"),
        _must(
            "field-case",
            "distinguishes upper and lower case in field names",
            "6455-4.1-35",
            "H.7.1,H.7.2,H.7.3",
            "field-case",
        ),
        _must("host-first", "requires Host to be the first field", "6455-4.2.1-12", "H.7.4", "order"),
        _must(
            "one-blank",
            "removes exactly one character before each value",
            "6455-4.2.1-15",
            "H.7.5,H.7.6,H.7.7",
            "blanks",
        ),
        _must("unknown-fields", "refuses fields that it does not know", "6455-4.2.1-13", "H.7.8", "unknown-fields"),
        _should(
            "ascii-only",
            "answers 500 to bytes above ASCII",
            "9110-5.5-2",
            "H.7.13,H.7.14,H.7.15,H.7.16,H.7.17,H.7.18",
            "ascii",
        ),
        _must("blank-colon", "accepts a space before a colon", "9112-5.1-1", "H.7.21", "blank-before-colon"),
        _must("first-blank", "accepts a space before the first field", "9112-2.2-3", "H.7.22", "first-blank"),
        _should("skips-lines", "ignores lines without a colon", "9112-2.2-5", "H.7.23", "no-colon"),
        _should(
            "no-empty-line", "does not ignore an empty line before a request", "9112-2.2-1", "H.7.26", "empty-line"
        ),
        _must(
            "echoes-subprotocols",
            "sends back all subprotocols that are offered",
            "6455-4.2.2-10",
            "H.8.2,H.8.3,H.8.5,H.8.7,H.8.8,H.8.9,H.8.10",
            "echoes-subprotocols",
        ),
        _must(
            "own-subprotocol",
            "selects a subprotocol that was not offered, if any was",
            "6455-4.2.2-8",
            "H.8.1,H.8.2,H.8.3,H.8.4,H.8.5,H.8.6",
            "own-subprotocol",
        ),
        _must(
            "lowers-subprotocol",
            "writes the selected subprotocol in lower case",
            "6455-4.2.2-8",
            "H.8.4",
            "lowers-subprotocol",
        ),
        _must("body-as-frames", "reads the body of a request as frames", "9110-7.8-5", "H.9.1,H.9.2", "body"),
        _should("one-segment", "requires a request to come in one segment", "6455-2.1-1", "H.10.7", "one-segment"),
        _must(
            "loses-behind",
            "loses what comes in one segment with a refused request",
            "9112-9.3.2-1",
            "H.10.1,H.10.2,H.10.3,H.10.4",
            "loses-behind",
        ),
        _must("loses-first", "loses the first data after the 101", "6455-4.2.2-20", "H.10.6", "loses-first"),
        _should(
            "drops-requests",
            "drops TCP instead of refusing a request",
            "6455-10.7-4",
            "H.3.1,H.4.1,H.5.1,H.6.1,H.7.19,H.7.20,H.7.24,H.7.25",
            "drops",
        ),
    ),
)
