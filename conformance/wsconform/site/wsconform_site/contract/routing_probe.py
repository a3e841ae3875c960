"""A view that notes how it was reached, for clauses about decorators, middleware and settings."""

from typing import Any

from django.db import connection
from django.http import HttpResponse

from .notes import noting

__all__ = ["MISSING", "late", "routing_probe", "text_of"]

MISSING = "missing"


def routing_probe() -> Any:
    """Make a view that gives the first message back, or a page to a plain request, and notes how it was reached.

    It is a new one each time, since a decorator may leave its marks on the function that it gets.
    """

    @noting
    def probe(request: Any, note: Any, *args: Any, **kwargs: Any) -> Any:
        """Note how it was reached, and answer."""
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
    """Make a view when it is asked for: what a target cannot do should hurt no clause but its own."""

    def view(request: Any, *args: Any, **kwargs: Any) -> Any:
        return make()(request, *args, **kwargs)

    return view


def text_of(message: Any) -> Any:
    """Return a text message as str, since some targets give bytes, which is not what the clause is about."""
    return message.decode() if isinstance(message, bytes) else message
