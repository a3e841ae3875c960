"""Run one request through middleware, URLconf and view, in its own thread."""

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

from .sharing import lend, take_back, yield_turn

__all__ = ["RequestThread"]

# A view may be waiting inside these packages; their stack frames are skipped to find the line of the view.
_SKIPPED_PACKAGES = ("dwebsocket", "queue", "threading")


class RequestThread(threading.Thread):
    """Call middleware and view like Django's test client, but in parallel to the test.

    The view uses the database connections of the test, inside its transaction, as in Django's
    `LiveServerTestCase`, and also the test's language and time zone.

    Args:
        environ: the WSGI environ of the request.
        at_end: called when the request has ended, with or without an error.

    Attributes:
        response: the project's response; None while the thread runs, and after an exception that Django does not
            handle.
        error: an exception that was raised, whether Django has turned it into a response or not.
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
        """See `threading.Thread.start`. The database connections are shared until the request has ended."""
        for connection in self._connections:
            lend(connection)
        super().start()

    def run(self) -> None:
        """See `threading.Thread.run`."""
        try:
            self.response = self._respond()
        except BaseException as error:  # the test raises it
            self.error = error
        finally:
            yield_turn()
            for connection in self._connections:
                take_back(connection)
            self._at_end()

    def place(self) -> str:
        """Return which line of the view the thread is executing, for error messages."""
        frame = sys._current_frames().get(self.ident or 0)
        for caller, line in walk_stack(frame) if frame else ():
            if caller.f_globals.get("__name__", "").partition(".")[0] not in _SKIPPED_PACKAGES:
                return f"{caller.f_code.co_filename}, line {line}, in {caller.f_code.co_name}"
        return "code outside the view"

    def _respond(self) -> HttpResponseBase:
        # Django closes old database connections at this signal, so assign the test's connections only afterwards.
        request_started.send(sender=type(self), environ=self._environ)
        request = WSGIRequest(self._environ)
        handler = BaseHandler()
        with self._context_of_the_test(), self._recorded_errors(request):
            handler.load_middleware()
            response = handler.get_response(request)
        response.wsgi_request = request  # type: ignore[attr-defined]  # not in the stubs
        if not response.streaming:
            response.close()
        return response

    @contextmanager
    def _context_of_the_test(self) -> Iterator[None]:
        for connection in self._connections:
            connections[connection.alias] = connection
        try:
            with translation.override(self._language), timezone.override(self._time_zone):
                yield
        finally:
            for connection in self._connections:
                del connections[connection.alias]

    @contextmanager
    def _recorded_errors(self, request: HttpRequest) -> Iterator[None]:
        def record(request: HttpRequest, **_: Any) -> None:
            if request is this_request:
                self.error = sys.exc_info()[1]

        this_request = request
        got_request_exception.connect(record, weak=False)
        try:
            yield
        finally:
            got_request_exception.disconnect(record)
