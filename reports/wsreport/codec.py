"""Turn frozen dataclasses into JSON objects and back, by their annotations; knows nothing of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

__all__ = ["DecodeError", "decode", "encode"]

T = TypeVar("T")
#: From a JSON value and the path of names that led to it to a Python value.
Decoder = Callable[[Any, str], Any]


class DecodeError(ValueError):
    """A JSON value is not what the annotation of its field asks for; the message begins with its path."""


def encode(value: Any) -> Any:
    """Give the JSON form of a dataclass, or of what its fields may hold.

    Args:
        value: A dataclass instance, a mapping, a tuple or list, or a JSON scalar.

    Returns:
        Dictionaries, lists and scalars. A field named like a Python keyword drops its
        trailing underscore (``from_`` is written ``from``).

    """
    if is_dataclass(value) and not isinstance(value, type):
        return {_json_name(f.name): encode(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    return value


def decode(cls: type[T], data: Any, path: str = "") -> T:
    """Build ``cls`` from the JSON object ``data``.

    Args:
        cls: A dataclass whose annotations are made of scalars, ``tuple[X, ...]``,
            ``dict[str, X]``, other dataclasses, and unions of such with ``None``.
        data: What ``json.loads`` gave.
        path: What to put in front of field names in error messages.

    Raises:
        DecodeError: A field is missing, unknown or of another type, or ``cls`` refused the values.

    """
    if not isinstance(data, dict):
        raise DecodeError(f"{path or 'the record'}: an object is needed, not {_described(data)}")
    hashable: Any = cls  # which mypy does not believe of type[T]
    decoders, needed = _layout(hashable)
    if unknown := sorted(data.keys() - decoders.keys()):
        raise DecodeError(f"{_join(path, unknown[0])}: unknown field")
    if missing := [name for name in needed if name not in data]:
        raise DecodeError(f"{_join(path, missing[0])}: missing")
    values = {}
    for name, item in data.items():
        attribute, decoder = decoders[name]
        values[attribute] = decoder(item, _join(path, name))
    try:
        return cls(**values)
    except ValueError as error:
        raise DecodeError(f"{path}: {error}" if path else str(error)) from error


@cache
def _layout(cls: Any) -> tuple[dict[str, tuple[str, Decoder]], tuple[str, ...]]:
    """Give, by JSON name, the attribute and decoder of each field; then the names to be present."""
    hints = get_type_hints(cls)
    names = [f.name for f in fields(cls)]
    decoders = {_json_name(name): (name, _decoder(hints[name])) for name in names}
    return decoders, tuple(decoders)


def _decoder(annotation: Any) -> Decoder:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _optional(_decoder(next(arg for arg in args if arg is not NoneType)))
    if origin is tuple:
        return _sequence(_decoder(args[0]))
    if origin is dict:
        return _mapping(_decoder(args[1]))
    if is_dataclass(annotation):
        return _record(annotation)
    return _scalar(annotation)


def _record(cls: Any) -> Decoder:
    return lambda data, path: decode(cls, data, path)


def _optional(inner: Decoder) -> Decoder:
    return lambda data, path: None if data is None else inner(data, path)


def _sequence(inner: Decoder) -> Decoder:
    def sequence(data: Any, path: str) -> Any:
        if not isinstance(data, list):
            raise DecodeError(f"{path}: an array is needed, not {_described(data)}")
        return tuple(inner(item, f"{path}[{index}]") for index, item in enumerate(data))

    return sequence


def _mapping(inner: Decoder) -> Decoder:
    def mapping(data: Any, path: str) -> Any:
        if not isinstance(data, dict):
            raise DecodeError(f"{path}: an object is needed, not {_described(data)}")
        return {key: inner(item, _join(path, key)) for key, item in data.items()}

    return mapping


def _scalar(cls: type[Any]) -> Decoder:
    def scalar(data: Any, path: str) -> Any:
        # bool is an int to Python and is none to JSON
        fits = isinstance(data, int | float) if cls is float else isinstance(data, cls)
        if not fits or (isinstance(data, bool) and cls is not bool):
            raise DecodeError(f"{path}: {cls.__name__} is needed, not {_described(data)}")
        return float(data) if cls is float else data

    return scalar


def _json_name(attribute: str) -> str:
    return attribute.removesuffix("_")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _described(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= 40 else f"{text[:37]}..."
