"""Notes that views write for the client, which reads them after the WebSocket has ended.

    @accept_websocket
    @noting
    def view(request, note):
        note["first"] = request.websocket.wait()

The client asks for `/a/view?note=…` with a word of its own, and for `/a/notes?note=…` with the same word. The
exception that a view lets through is noted as "raised", by its class and message, else None.
"""

import threading
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

__all__ = ["kind_of", "noting", "read_notes"]

_LOCK = threading.Lock()
_BOOKS: Any = {}


class _Book:
    def __init__(self) -> None:
        self.begun = self.ended = 0
        self.values: Any = {}


def noting(view: Any) -> Any:
    """Give a view a dict for notes as its second argument; all views of a note share it."""

    @wraps(view)
    def noted(request: Any, *args: Any, **kwargs: Any) -> Any:
        with _LOCK:
            book = _BOOKS.setdefault(request.GET.get("note"), _Book())
            book.begun += 1
        raised = None
        try:
            return view(request, book.values, *args, **kwargs) or HttpResponse()
        except BaseException as error:
            raised = f"{type(error).__name__}: {error}"
            raise
        finally:
            with _LOCK:
                book.values["raised"] = book.values.get("raised") or raised
                book.ended += 1

    return noted


def read_notes(request: HttpRequest) -> HttpResponse:
    """Return the notes, and whether all views that started have ended."""
    with _LOCK:
        book = _BOOKS.get(request.GET.get("note")) or _Book()
        answer = {"values": {name: _plain(value) for name, value in book.values.items()}}
        return JsonResponse({**answer, "ended": book.begun == book.ended > 0})


def kind_of(error: BaseException) -> str:
    """Return the class name of an exception; subclasses of ValueError count as ValueError."""
    return "ValueError" if isinstance(error, ValueError) else type(error).__name__


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold: bytes become an object, so that they differ from text."""
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return repr(value)
