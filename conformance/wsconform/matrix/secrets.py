"""Keep secrets out of what is recorded and shown, also where a server sends them back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields, is_dataclass, replace
from typing import Any

from wsconform.matrix.events import Event, Listener
from wsconform.wire.opening import HIDDEN
from wsreport import model as lines

__all__ = ["hiding", "without_secrets"]


#: Shorter texts are not searched for: they occur everywhere.
SHORTEST = 4


def hiding(secrets: Collection[str], listener: Listener) -> Listener:
    """Return a listener that passes events on without secrets."""
    hide = without_secrets(secrets)

    def listen(event: Event) -> None:
        listener(hide(event))

    return listen if secrets else listener


def without_secrets(secrets: Collection[str]) -> Callable[[Any], Any]:
    """Return a function that replaces secrets in all texts of a value.

    Args:
        secrets: the secret texts; those shorter than `SHORTEST` are ignored.

    Returns:
        A function of a frozen dataclass, tuple, list, dictionary or text. A secret that a text ends within, since the
        text was cut there, is replaced as well. In wire entries, its bytes are.
    """
    kept = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=len, reverse=True)
    texts = [(secret, HIDDEN) for secret in kept]
    octets = [(secret.encode("latin-1", "replace").hex(), b"*".hex() * len(secret)) for secret in kept]

    def hide(value: Any, pairs: list[tuple[str, str]]) -> Any:
        if isinstance(value, str):
            return _replaced(value, pairs, 2 * SHORTEST if pairs is octets else SHORTEST)
        if isinstance(value, lines.WireEntry):
            return replace(value, what=hide(value.what, texts), octets=hide(value.octets, octets))
        if is_dataclass(value) and not isinstance(value, type):
            changed = {field.name: hide(getattr(value, field.name), texts) for field in fields(value) if field.init}
            return replace(value, **changed)
        if isinstance(value, tuple | list):
            return type(value)(hide(one, texts) for one in value)
        if isinstance(value, dict):
            return {key: hide(one, texts) for key, one in value.items()}
        return value

    return lambda value: hide(value, texts)


def _replaced(text: str, pairs: list[tuple[str, str]], shortest: int) -> str:
    for secret, instead in pairs:
        text = text.replace(secret, instead)
        for size in range(min(len(secret) - 1, len(text)), shortest - 1, -1):
            if text.endswith(secret[:size]):
                text = text[:-size] + instead
                break
    return text
