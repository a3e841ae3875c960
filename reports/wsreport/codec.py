"""Turn frozen dataclasses into JSON objects and back, by their annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

__all__ = ["DecodeError", "EncodeError", "decode", "described", "encode"]

#: Characters of a wrong value in a message.
_SHOWN = 40
#: No number in a run file is larger: neither seconds nor octets nor a seed.
_LARGEST = 1 << 64

T = TypeVar("T")
#: From a JSON value to a Python value; raises DecodeError.
Decoder = Callable[[Any], Any]


class DecodeError(ValueError):
    """A JSON value does not fit the annotation of its field; the message begins with the path of the field."""

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self._problem, self._path = problem, path

    def within(self, outer: str) -> DecodeError:
        """Return the same error with a longer path.

        Args:
            outer: the name of the field, or the index in brackets, that holds the value.
        """
        separator = "." if self._path and not self._path.startswith("[") else ""
        return DecodeError(self._problem, f"{outer}{separator}{self._path}")


class EncodeError(ValueError):
    """A field holds a word that its annotation does not have; the message names class and field."""


def encode(value: Any) -> Any:
    """Return the JSON form of a value.

    Args:
        value: a dataclass instance, a mapping, a tuple or list, or a JSON scalar.

    Returns:
        Dictionaries, lists and scalars. A field named like a Python keyword loses its trailing underscore
        (`from_` is written `from`).

    Raises:
        EncodeError: a field annotated as `Literal` has another value.
    """
    if is_dataclass(value) and not isinstance(value, type):
        _check_words(value)
        return {_json_name(f.name): encode(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    return value


def decode(cls: type[T], data: Any) -> T:
    """Build an instance of `cls` from a JSON object.

    Args:
        cls: a dataclass whose annotations are scalars, `Literal`, `tuple[X, ...]`, `dict[str, X]`, other dataclasses,
            or unions of these with `None`.
        data: the object, as `json.loads` returns it.

    Returns:
        The instance.

    Raises:
        DecodeError: a field is missing, unknown or does not fit its annotation, or `cls` refused the values.
    """
    if not isinstance(data, dict):
        raise DecodeError(f"expected an object, not {described(data)}")
    hashable: Any = cls  # mypy does not accept type[T] as hashable
    decoders = _decoders(hashable)
    if unknown := sorted(data.keys() - decoders.keys()):
        raise DecodeError("unknown field", _shortened(unknown[0]))
    if missing := [name for name in decoders if name not in data]:
        raise DecodeError("missing", missing[0])
    values = {}
    for name, item in data.items():
        attribute, decoder = decoders[name]
        try:
            values[attribute] = decoder(item)
        except DecodeError as error:
            raise error.within(name) from None
    try:
        return cls(**values)
    except ValueError as error:
        raise DecodeError(str(error)) from error


def _check_words(value: Any) -> None:
    cls: Any = type(value)  # mypy does not accept type[Any] as hashable
    for attribute, words in _words(cls).items():
        if (item := getattr(value, attribute)) not in words:
            raise EncodeError(f"{cls.__name__}.{attribute}: {_unlisted(item, words)}")


@cache
def _words(cls: Any) -> dict[str, tuple[Any, ...]]:
    """Return, by attribute, the values of each field that is annotated as `Literal`, with None where it is optional."""
    hints = get_type_hints(cls)
    found = {f.name: _literals(hints[f.name]) for f in fields(cls)}
    return {name: words for name, words in found.items() if words}


def _literals(annotation: Any) -> tuple[Any, ...]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return args
    if origin in (Union, UnionType) and (words := _literals(_needed(args))):
        return (*words, None)
    return ()


@cache
def _decoders(cls: Any) -> dict[str, tuple[str, Decoder]]:
    """Return, by JSON name, the attribute and decoder of each field."""
    hints = get_type_hints(cls)
    return {_json_name(f.name): (f.name, _decoder(hints[f.name])) for f in fields(cls)}


def _decoder(annotation: Any) -> Decoder:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _optional(_decoder(_needed(args)))
    if origin is Literal:
        return _choice(args)
    if origin is tuple:
        return _sequence(_decoder(args[0]))
    if origin is dict:
        return _mapping(_decoder(args[1]))
    if is_dataclass(annotation):
        return _record(annotation)
    return _scalar(annotation)


def _needed(args: tuple[Any, ...]) -> Any:
    """Return the member of a union that is not None."""
    return next(arg for arg in args if arg is not NoneType)


def _record(cls: Any) -> Decoder:
    return lambda data: decode(cls, data)


def _optional(inner: Decoder) -> Decoder:
    return lambda data: None if data is None else inner(data)


def _choice(words: tuple[Any, ...]) -> Decoder:
    def choice(data: Any) -> Any:
        if data not in words:
            raise DecodeError(_unlisted(data, words))
        return data

    return choice


def _sequence(inner: Decoder) -> Decoder:
    def sequence(data: Any) -> Any:
        if not isinstance(data, list):
            raise DecodeError(f"expected an array, not {described(data)}")
        items = []
        for index, item in enumerate(data):
            try:
                items.append(inner(item))
            except DecodeError as error:
                raise error.within(f"[{index}]") from None
        return tuple(items)

    return sequence


def _mapping(inner: Decoder) -> Decoder:
    def mapping(data: Any) -> Any:
        if not isinstance(data, dict):
            raise DecodeError(f"expected an object, not {described(data)}")
        values = {}
        for key, item in data.items():
            try:
                values[key] = inner(item)
            except DecodeError as error:
                raise error.within(_shortened(key)) from None
        return values

    return mapping


def _scalar(cls: type[Any]) -> Decoder:
    def scalar(data: Any) -> Any:
        # bool is a subclass of int in Python, and a type of its own in JSON
        fits = isinstance(data, int | float) if cls is float else isinstance(data, cls)
        if not fits or (isinstance(data, bool) and cls is not bool):
            raise DecodeError(f"expected {cls.__name__}, not {described(data)}")
        if cls in (int, float) and not -_LARGEST <= data <= _LARGEST:  # also an infinity, as 1e999 is read
            raise DecodeError("the number is too large")
        return float(data) if cls is float else data

    return scalar


def _json_name(attribute: str) -> str:
    return attribute.removesuffix("_")


def _unlisted(data: Any, words: tuple[Any, ...]) -> str:
    return f"{described(data)} is not one of {', '.join(str(word) for word in words if word is not None)}"


def described(data: Any) -> str:
    """Return the beginning of a JSON value as a literal."""
    try:
        text = repr(data)
    except RecursionError:
        return "a value that is nested too deeply"
    return _shortened(text)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
