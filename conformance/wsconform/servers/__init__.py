"""The servers by name, and the ways to name several. `table` describes them, `launching` starts them."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from wsconform.errors import UnknownNameError
from wsconform.servers.server import Server
from wsconform.servers.table import BARE, COMMON, TABLE

__all__ = ["BARE", "GROUPS", "SERVERS", "WORDS", "Server", "find_server", "find_servers"]

#: Every server, in the order of the table, each followed by its variant over TLS.
SERVERS: dict[str, Server] = {
    server.name: server for plain in TABLE for server in ((plain, plain.over_tls()) if plain.tls else (plain,))
}

#: Words that name several servers at once.
WORDS: dict[str, Callable[[Server], bool]] = {
    "all": lambda server: True,
    "common": lambda server: server.name in COMMON,
    "supported": lambda server: not server.unsupported,
    "plain": lambda server: server.scheme == "ws",
    "tls": lambda server: server.scheme == "wss",
}


def _groups() -> tuple[str, ...]:
    parts = [server.name.split("-") for server in TABLE]
    starts = ["-".join(words[:count]) for words in parts for count in range(1, len(words))]
    return tuple(start for start in dict.fromkeys(starts) if starts.count(start) > 1 and start not in SERVERS)


#: Prefixes, up to a hyphen, that several servers' names share; each names all of them.
GROUPS = _groups()


def find_server(name: str) -> Server:
    """Return the server of that name.

    Raises:
        UnknownNameError: there is none; the message offers the nearest names.
    """
    try:
        return SERVERS[name]
    except KeyError:
        raise UnknownNameError.among("server", name, SERVERS) from None


def find_servers(texts: Iterable[str]) -> list[Server]:
    """Return the servers that are named, in the order of the table, each once.

    Args:
        texts: names, GROUPS (`gunicorn` is every `gunicorn-…`), patterns such as `*+tls`, or WORDS. A text that is
            a name means only that server: `gevent` does not include `gunicorn-gevent`.

    Raises:
        UnknownNameError: a text names no server; the message offers the nearest names.
    """
    chosen = {name for text in texts for name in _names(text)}
    return [server for name, server in SERVERS.items() if name in chosen]


def _names(text: str) -> list[str]:
    if text in SERVERS:
        return [text]
    if text in WORDS:
        return [name for name, server in SERVERS.items() if WORDS[text](server)]
    pattern = f"{text}-*" if text in GROUPS else text
    names = [name for name in SERVERS if fnmatchcase(name, pattern)]
    if not names:
        raise UnknownNameError.among("server", text, [*SERVERS, *GROUPS, *WORDS])
    return names
