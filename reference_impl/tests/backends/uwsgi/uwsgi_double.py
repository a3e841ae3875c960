"""A stand-in for uWSGI: its module, and what it does with a descriptor before and after the application."""

import os
import socket
from pathlib import Path
from types import SimpleNamespace

from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from django.urls import path

from tests.support.helpers import UPGRADE, Client, environ


class Uwsgi:
    """One connection of uWSGI, which is the number of a descriptor.

    Attributes:
        module: what ``import uwsgi`` gives.
        descriptor: the connection's, which is uWSGI's to close.
        client: at the other end.
    """

    def __init__(self, *options, loop=None, cores=1):
        ours, theirs = socket.socketpair()
        self.client = Client(theirs)
        self.descriptor = ours.detach()
        os.set_blocking(self.descriptor, False)  # as uWSGI leaves it
        self._connection = os.fstat(self.descriptor)
        self.module = SimpleNamespace(
            connection_fd=lambda: self.descriptor,
            opt=dict.fromkeys(options, b"x"),
            loop=loop,
            cores=cores,
            has_threads=1,
        )

    def environ(self, headers=UPGRADE, **more):
        """The environ of a request on this connection."""
        meta = environ(None, headers, **{"uwsgi.version": b"2.0.31", **more})
        del meta["gunicorn.socket"]
        return meta

    def serve(self, view, settings=None, **request):
        """Handle one request; whatever was done to the connection, the answer goes to the descriptor's number.

        Returns:
            What came out of the application: None, or an exception.
        """
        head = []
        with override_settings(ROOT_URLCONF=(path("", view),), MIDDLEWARE=[], **settings or {}):
            try:
                response = WSGIHandler()(self.environ(**request), lambda *start: head.append(start))
            except BaseException as error:  # uWSGI logs it
                return error
            body = b"".join(response)
            response.close()
        [(status, fields)] = head
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields), "", ""]
        os.write(self.descriptor, "\r\n".join(lines).encode() + body)
        return None

    def is_silenced(self):
        """Is /dev/null where the connection was?"""
        now = os.fstat(self.descriptor)
        assert os.path.samestat(now, self._connection) or now.st_rdev == Path(os.devnull).stat().st_rdev
        return not os.path.samestat(now, self._connection)

    def close(self):
        """End the request, and the connection if it is still uWSGI's."""
        os.close(self.descriptor)
