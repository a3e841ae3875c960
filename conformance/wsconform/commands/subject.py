"""The server that `wsconform run` tests, by its URL or a name in `wsconform.toml`, with what its handshake needs."""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from wsconform.commands.named_servers import DEFAULT_FILE, NamedServers
from wsconform.errors import UnknownNameError
from wsconform.trust import Trust
from wsconform.wire.address import Address, AddressError, credentials_in
from wsconform.wire.opening import HIDDEN, Additions

__all__ = ["Subject", "Wishes", "checked_url", "subject_options"]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
#: Fields that the suite sends itself, with the option that sets them, if there is one.
_OURS = {
    "host": "",
    "upgrade": "",
    "connection": "",
    "content-length": "",
    "transfer-encoding": "",
    "sec-websocket-key": "",
    "sec-websocket-version": "",
    "sec-websocket-extensions": "",
    "sec-websocket-accept": "",
    "sec-websocket-protocol": "use --subprotocol",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a server wants in an opening handshake, as it is written on the command line or in the file."""

    subprotocols: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    origin: str | None = None
    cookie: str | None = None
    user: str | None = None
    ca: Path | None = None
    insecure: bool = False

    def over(self, other: Wishes) -> Wishes:
        """Return these wishes, with the other ones where there is none here."""
        given = {field.name: value for field in fields(self) if (value := getattr(self, field.name))}
        return replace(other, **given)


@dataclass(frozen=True, slots=True)
class Subject:
    """A server to test.

    Attributes:
        name: of the server in reports.
        address: where it is.
        words: the words of the command line that choose it again, without secrets.
    """

    name: str
    address: Address
    trust: Trust
    additions: Additions
    words: tuple[str, ...]


def checked_url(url: str) -> str:
    """Return the URL of a server, without user name and password.

    Raises:
        BadParameter: it is not a WebSocket URL.
    """
    try:
        return Address.parse(url).url
    except AddressError as error:
        raise click.BadParameter(str(error)) from None


_OPTIONS = (
    click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help=f"File with named servers. Default: {DEFAULT_FILE} in the current directory.",
    ),
    click.option(
        "--subprotocol", "subprotocols", multiple=True, metavar="NAME", help="Subprotocol to offer. Repeatable."
    ),
    click.option(
        "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Field of every request. Repeatable."
    ),
    click.option("--origin", metavar="ORIGIN", help="Origin of every request, e.g. https://example.org."),
    click.option("--cookie", metavar="'NAME=VALUE'", help="Cookie field of every request."),
    click.option("--user", metavar="USER:PASSWORD", help="Credentials for Basic authentication."),
    click.option(
        "--ca",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="PEM file with the certificate authorities to trust. Default: the system's.",
    ),
    click.option("--insecure", is_flag=True, help="Accept any certificate."),
)


def subject_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument for a server and its options to a command, which gets them as ``subject``."""
    names = [field.name for field in fields(Wishes)]

    @wraps(command)
    def with_subject(url: str, config: Path | None, **options: Any) -> Any:
        wishes = Wishes(**{name: options.pop(name) for name in names})
        return command(subject=_found(url, config, wishes), **options)

    decorated: Callable[..., Any] = with_subject
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return click.argument("url", metavar="URL|NAME")(decorated)


def _found(url: str, config: Path | None, wishes: Wishes) -> Subject:
    """Return the subject of a URL or a name.

    Raises:
        UsageError: something is malformed, or there is no such name.
    """
    if "://" in url or url.startswith(("ws:", "wss:")):
        return _subject("", url, wishes, ())
    servers = NamedServers.read(config)
    if servers is None:
        raise click.UsageError(
            f"{url!r} is not a WebSocket URL, such as ws://127.0.0.1:8000/echo, and there is no {DEFAULT_FILE} here "
            "that could have a server of this name"
        )
    try:
        table = servers.find(url)
    except UnknownNameError as error:
        raise click.UsageError(f"{servers.path}: {error}") from None
    named = Wishes(
        tuple(table.get("subprotocols", ())),
        tuple(f"{name}: {value}" for name, value in table.get("headers", {}).items()),
        table.get("origin"),
        table.get("cookie"),
        table.get("user"),
        servers.path.parent / table["ca"] if "ca" in table else None,
        table.get("insecure", False),
    )
    if wishes.insecure or wishes.ca is not None:  # one of them replaces the other
        named = replace(named, ca=None, insecure=False)
    file = ("--config", str(config)) if config is not None else ()
    return _subject(url, table["url"], wishes.over(named), (url, *file, *_again(wishes)))


def _subject(name: str, url: str, wishes: Wishes, words: Sequence[str]) -> Subject:
    try:
        address = Address.parse(url)
    except AddressError as error:
        raise click.UsageError(str(error)) from None
    inside = credentials_in(url)
    if inside and wishes.user is not None:
        raise click.UsageError("the URL has a user name, and so has --user; give only one of them")
    if (wishes.ca or wishes.insecure) and not address.secure:
        raise click.UsageError("--ca and --insecure are about certificates: they need a wss:// URL")
    wishes = replace(wishes, user=inside or wishes.user)
    return Subject(
        name or address.authority,
        address,
        _trust(wishes),
        _additions(wishes, address),
        tuple(words) or (address.shown, *_again(wishes)),
    )


def _trust(wishes: Wishes) -> Trust:
    if wishes.ca is not None and wishes.insecure:
        raise click.UsageError("--ca and --insecure contradict each other; give only one of them")
    trust = Trust(wishes.ca, verified=not wishes.insecure)
    try:
        trust.context()
    except ssl.SSLError:
        raise click.UsageError(f"--ca: {wishes.ca} has no certificate in PEM format") from None
    except OSError as error:
        raise click.UsageError(f"--ca: {wishes.ca} cannot be read: {error.strerror}") from None
    return trust


def _additions(wishes: Wishes, address: Address) -> Additions:
    for name in wishes.subprotocols:
        if not _TOKEN.fullmatch(name):
            raise click.UsageError(f"--subprotocol: {name!r} is not a token (RFC 6455 section 4.1)")
    if len(set(wishes.subprotocols)) < len(wishes.subprotocols):
        raise click.UsageError("--subprotocol: each subprotocol may be offered once")
    pairs = [_header(line) for line in wishes.headers]
    if wishes.origin is not None:
        pairs.append(("Origin", _value("--origin", wishes.origin)))
    if wishes.cookie is not None:
        pairs.append(("Cookie", _value("--cookie", wishes.cookie)))
    if wishes.user is not None:
        pairs.append(("Authorization", f"Basic {base64.b64encode(_credentials(wishes.user).encode()).decode()}"))
    names = [name.lower() for name, _ in pairs]
    for name in ("origin", "cookie", "authorization"):
        if names.count(name) > 1:
            raise click.UsageError(f"the request would have {names.count(name)} {name.capitalize()} fields")
    return Additions(wishes.subprotocols, tuple(pairs), tuple(_secrets(pairs, wishes, address)))


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not _TOKEN.fullmatch(name):
        raise click.UsageError(f"--header: {name!r} does not begin with a field name and a colon, such as 'X-Key: 1'")
    if (hint := _OURS.get(name.lower())) is not None:
        raise click.UsageError(f"--header: the suite sets {name} itself" + (f"; {hint}" if hint else ""))
    return name, _value(f"--header: {name}", value.strip(" \t"))


def _value(option: str, value: str) -> str:
    """Return the value of a field; a message about it does not have it, since it may be secret."""
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise click.UsageError(f"{option}: the value has a character that is not in Latin-1") from None
    if _CONTROL.search(value):
        raise click.UsageError(f"{option}: the value has a control character")
    return value


def _credentials(user: str) -> str:
    if ":" not in user:
        raise click.UsageError("--user: write user name and password as USER:PASSWORD")
    return user


def _secrets(pairs: Sequence[tuple[str, str]], wishes: Wishes, address: Address) -> Iterator[str]:
    """Yield all texts that no output may have."""
    yield from address.secrets
    for name, value in pairs:
        if name.lower() == "origin":
            continue
        yield value
        if name.lower() == "cookie":
            yield from (part.partition("=")[2].strip() for part in value.split(";"))
        if name.lower() == "authorization":
            yield value.partition(" ")[2]
    if wishes.user is not None:
        yield from (wishes.user, wishes.user.partition(":")[2])


def _again(wishes: Wishes) -> Iterator[str]:
    """Yield the options that repeat wishes, without secrets."""
    for name in wishes.subprotocols:
        yield from ("--subprotocol", name)
    for line in wishes.headers:
        yield from ("--header", f"{line.partition(':')[0]}: {HIDDEN}")
    shown: Mapping[str, str | None] = {
        "--origin": wishes.origin,
        "--cookie": wishes.cookie and HIDDEN,
        "--user": wishes.user and HIDDEN,
        "--ca": str(wishes.ca) if wishes.ca else None,
    }
    for option, value in shown.items():
        if value:
            yield from (option, value)
    if wishes.insecure:
        yield "--insecure"
