"""Views that use session, user, cookies and parameters, and views that write in transactions."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import json
import sqlite3
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse

from dwebsocket.decorators import accept_websocket

from .accounts import make_tables
from .notes import noting
from .routing_probe import text_of

__all__ = ["VIEWS"]


def remember(request: Any) -> HttpResponse:
    """Start a session and store a value in it."""
    make_tables()
    request.session["word"] = request.GET["word"]
    return HttpResponse(request.GET["word"])


def recall(request: Any) -> HttpResponse:
    """Return the contents of the session."""
    return HttpResponse(request.session.get("word", "nothing"))


@accept_websocket
def about(request: Any) -> None:
    """Send what the view knows about the client."""
    known = {
        "is_user": request.user.is_authenticated and request.user.username == request.GET["note"],
        "word": request.session.get("word"),
        "parameters": {name: request.GET.getlist(name) for name in request.GET},
        "cookie": request.COOKIES.get("flavour"),
        "header": request.META.get("HTTP_X_COLOUR"),
        "path": request.path,
        "method": request.method,
    }
    request.websocket.send(json.dumps(known))


@accept_websocket
@noting
def replace_word(request: Any, note: Any) -> None:
    """Store the client's message in the session."""
    request.session["word"] = text_of(request.websocket.wait())


@accept_websocket
def save_word(request: Any) -> None:
    """Store the client's message in the session, save it immediately, and stay."""
    request.session["word"] = text_of(request.websocket.wait())
    request.session.save()
    request.websocket.send("saved")
    request.websocket.wait()


def _poll(websocket: Any, look: Any) -> None:
    """Poll until there is a result, as long as the client stays, and send it as JSON."""
    while not websocket.is_closed():
        found = look()
        if found is not None:
            websocket.send(json.dumps(found))
            break
        websocket.wait(0.02)  # lets others work under every server, which sleep() does not


@transaction.non_atomic_requests
@accept_websocket
def saved_word(request: Any) -> None:
    """Send the saved session value, once it is the requested one."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    key = request.session.session_key
    _poll(request.websocket, lambda: store(key).get("word") == request.GET["word"] or None)


def _users() -> Any:
    from django.contrib.auth.models import User

    return User.objects


def _new_writer() -> Any:
    @noting
    def write(request: Any, note: Any) -> None:
        """Create a user, then return or fail as the client says."""
        _users().create(username=request.GET["note"])
        if text_of(request.websocket.wait()) == "fail":
            raise ValueError("as it is meant to be")

    return write


@noting
def _write_in_block(request: Any, note: Any) -> None:
    """Create two users, each in an atomic block; the second block fails, and the view continues."""
    with transaction.atomic():
        _users().create(username=request.GET["note"])
    try:
        with transaction.atomic():
            _users().create(username=request.GET["note"] + "-2")
            raise ValueError("as it is meant to be")
    except ValueError:
        note["count"] = _users().filter(username__startswith=request.GET["note"]).count()
    request.websocket.wait()


def _has_user(name: str) -> Any:
    """Tell whether a user is there; None as long as somebody else's transaction writes, whose end may change it."""
    connection = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        return connection.execute("SELECT 1 FROM auth_user WHERE username = ?", [name]).fetchone() is not None
    except sqlite3.OperationalError:
        return None
    finally:
        connection.close()


@transaction.non_atomic_requests
@accept_websocket
def is_written(request: Any) -> None:
    """Send whether the user exists, once no transaction is open."""
    _poll(request.websocket, lambda: _has_user(request.GET["note"]))


def _flagged(view: Any) -> Any:
    view.accept_websocket = True
    return view


VIEWS = {
    "remember": remember,
    "recall": recall,
    "about": about,
    "replace-word": replace_word,
    "save-word": save_word,
    "saved-word": saved_word,
    "write": accept_websocket(_new_writer()),
    "flagged-write": _flagged(_new_writer()),
    "write-above": transaction.atomic(accept_websocket(_new_writer())),
    "write-below": accept_websocket(transaction.atomic(_new_writer())),
    "write-in-block": accept_websocket(_write_in_block),
    "is-written": is_written,
}
