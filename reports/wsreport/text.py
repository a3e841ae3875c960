"""Make text and bytes that are not ours safe to look at, on a terminal and on a page.

This is the one place for it. Whatever comes from a peer, a run file or the command line is shown through `visible` or
`one_line`, and cut to a length that can be looked at.
"""

from __future__ import annotations

from typing import Any

__all__ = ["anchor", "cut", "hexdump", "one_line", "seconds", "tail", "visible"]

_ROW = 16
_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/=@+-")


def visible(value: Any) -> Any:
    """Replace every character that cannot be seen by its escape, as in a Python literal.

    Controls, text direction marks, zero-width characters and lone surrogates could break the page or make a line read
    as something else. Line feed and tab stay.

    Args:
        value: a string; anything else, and trusted markup, is returned as it is.
    """
    if not isinstance(value, str) or hasattr(value, "__html__") or value.isprintable():
        return value
    lines = value.replace("\r\n", "\n")
    return "".join(c if c.isprintable() or c in "\n\t" else _escaped(c) for c in lines)


def one_line(text: str, limit: int) -> str:
    """Return the first `limit` characters of a text as one line, in which everything can be seen."""
    shown: str = visible(cut(text, limit))
    return shown.replace("\n", "\\n").replace("\t", "\\t")


def cut(text: str, limit: int) -> str:
    """Return the first `limit` characters of a text, and how long it was."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters in total)"


def tail(text: str, limit: int) -> str:
    """Return the last whole lines of a text within `limit` characters, and how long it was."""
    if len(text) <= limit:
        return text
    end = text[-limit:]
    return f"… (the end of {len(text):,} characters)\n{end.partition(chr(10))[2] or end}"


def anchor(*parts: str) -> str:
    """Join parts with colons to an id that is the same in an attribute and after a `#`.

    Bytes other than ASCII letters, digits and `._/=@+-` are written `~` and two hexadecimal digits, so that different
    parts never give the same id.
    """
    return ":".join(_safe(part.encode("utf-8", "surrogatepass")) for part in parts)


def hexdump(octets: str, size: int) -> str:
    """Return rows of sixteen bytes, in hexadecimal and as printable characters.

    Args:
        octets: hexadecimal digits, perhaps only of the beginning.
        size: the number of all bytes; if it is larger, a last line says so.
    """
    data = bytes.fromhex(octets)
    rows = [data[start : start + _ROW] for start in range(0, len(data), _ROW)]
    width = 3 * min(len(data), _ROW) - 1
    lines = [f"{row.hex(' '):<{width}}  {_printable(row)}" for row in rows]
    if size > len(data):
        lines.append(f"… the first {len(data):,} of {size:,} bytes")
    return "\n".join(lines)


def seconds(value: float | None) -> str:
    """Return a duration with the unit that suits it; a dash if it is None."""
    if value is None:
        return "\N{EN DASH}"
    if value < 0.9995:  # from there on three digits would round up to 1e+03
        return f"{value * 1000:.3g} ms"
    if value < 120:
        return f"{value:.1f} s"
    return f"{int(value) // 60} min {int(value) % 60} s"


def _safe(octets: bytes) -> str:
    return "".join(chr(octet) if octet in _SAFE else f"~{octet:02x}" for octet in octets)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _printable(row: bytes) -> str:
    return "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in row)
