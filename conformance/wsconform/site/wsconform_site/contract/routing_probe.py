"""A view that notes how it was called, for clauses about decorators, middleware and settings."""

from typing import Any

from django.db import connection
from django.http import HttpResponse

from .notes import noting

__all__ = ["MISSING", "late", "routing_probe", "text_of"]

MISSING = "missing"


def routing_probe() -> Any:
    """Return a view that echoes the first message, or a page to a plain request, and notes how it was called.

    It is a new one each time, since a decorator may leave its marks on the function that it gets.
    """

    @noting
    def probe(request: Any, note: Any, *args: Any, **kwargs: Any) -> Any:
        """Note how the view was called, and answer."""
        note["entered"] = note.get("entered", 0) + 1
        note.update(args=args, kwargs=kwargs, method=request.method)
        note["checked"] = getattr(request, "checked", False)
        note["known"] = hasattr(request, "user") and request.user.is_authenticated
        note["atomic"] = connection.in_atomic_block
        note["is_websocket"] = request.is_websocket() if hasattr(request, "is_websocket") else MISSING
        websocket = getattr(request, "websocket", MISSING)
        note["websocket"] = websocket if websocket in (None, MISSING) else "there"
        return HttpResponse("the page") if websocket in (None, MISSING) else _answer(websocket)

    return probe


def _answer(websocket: Any) -> None:
    message = websocket.wait()
    if message is not None:
        websocket.send(message)


def late(make: Any) -> Any:
    """Create the view when it is requested, so that a missing feature of the target fails only its own clause."""

    def view(request: Any, *args: Any, **kwargs: Any) -> Any:
        return make()(request, *args, **kwargs)

    return view


def text_of(message: Any) -> Any:
    """Return a text message as str: some targets return bytes, which this clause is not about."""
    return message.decode() if isinstance(message, bytes) else message
