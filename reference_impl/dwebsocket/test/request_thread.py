"""One request through the whole of the project, in a thread of its own; refuses to know WebSocket."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from traceback import walk_stack
from typing import Any

from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import got_request_exception, request_started
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from .sharing import lend, let_others, take_back

__all__ = ["RequestThread"]

# Modules in which a thread waits, or which wait on behalf of a view: it is the caller who is of interest.
_WAITING_ROOMS = ("dwebsocket", "queue", "threading")


class RequestThread(threading.Thread):
    """Runs the middleware and the view as Django's test client does, beside the test.

    The view works on the database connections of the test, in its transaction, as in Django's
    `LiveServerTestCase`, and with its language and time zone.

    Args:
        environ: of the request.
        at_end: called when the request is done, whatever came of it.

    Attributes:
        response: what came out of it; None while it runs, or if nothing did.
        error: the exception that Django has made an answer of, or that went past Django.
    """

    def __init__(self, environ: dict[str, Any], at_end: Callable[[], None]) -> None:
        super().__init__(name=f"view at {environ['PATH_INFO']}", daemon=True)
        self._environ = environ
        self._at_end = at_end
        self._request: HttpRequest | None = None
        self._language = translation.get_language()
        self._time_zone = timezone.get_current_timezone()
        self._connections = connections.all()
        self.response: HttpResponseBase | None = None
        self.error: BaseException | None = None

    def start(self) -> None:
        """See `threading.Thread.start`; from here until the end the database connections are shared."""
        for connection in self._connections:
            lend(connection)
        super().start()

    def run(self) -> None:
        """See `threading.Thread.run`."""
        try:
            self.response = self._respond()
        except BaseException as error:  # it is the test's to raise
            self.error = error
        finally:
            let_others()
            for connection in self._connections:
                take_back(connection)
            self._at_end()

    def place(self) -> str:
        """Return where the thread is, for people who wonder why it takes so long."""
        frame = sys._current_frames().get(self.ident or 0)
        for caller, line in walk_stack(frame) if frame else ():
            if caller.f_globals.get("__name__", "").partition(".")[0] not in _WAITING_ROOMS:
                return f"{caller.f_code.co_filename}, line {line}, in {caller.f_code.co_name}"
        return "outside of the view"

    def _respond(self) -> HttpResponseBase:
        # Django closes old connections at these signals, which must not happen to those of the test: they
        # are this thread's only in between.
        request_started.send(sender=type(self), environ=self._environ)
        request = WSGIRequest(self._environ)
        handler = BaseHandler()
        with self._world_of_the_test(), self._errors_of(request):
            handler.load_middleware()
            response = handler.get_response(request)
        response.wsgi_request = request  # type: ignore[attr-defined]
        if not response.streaming:
            response.close()
        return response

    @contextmanager
    def _world_of_the_test(self) -> Iterator[None]:
        for connection in self._connections:
            connections[connection.alias] = connection
        try:
            with translation.override(self._language), timezone.override(self._time_zone):
                yield
        finally:
            for connection in self._connections:
                del connections[connection.alias]

    @contextmanager
    def _errors_of(self, request: HttpRequest) -> Iterator[None]:
        def note(request: HttpRequest, **_: Any) -> None:
            if request is ours:
                self.error = sys.exc_info()[1]

        ours = request
        got_request_exception.connect(note, weak=False)
        try:
            yield
        finally:
            got_request_exception.disconnect(note)
