"""The exceptions of the test client.

::

    WebSocketTestError
    ├── Refused          the opening handshake was not answered with 101
    ├── NothingArrived   a wait timed out
    ├── Ended            the connection is closed
    └── Unexpected       something arrived that the test did not expect

All of them are also `AssertionError`s, so test runners report a failure and not an error.
"""

from http import HTTPStatus
from typing import Any

from django.http.response import HttpResponseBase

from dwebsocket.exceptions import DWebSocketError

__all__ = ["Ended", "NothingArrived", "Refused", "Unexpected", "WebSocketTestError"]

_EXCERPT = 300  # characters of a response that an error message shows


class WebSocketTestError(DWebSocketError, AssertionError):
    """Base class of the failures that the test client reports."""


class Refused(WebSocketTestError):  # noqa: N818  # says what has happened
    """The opening handshake was answered with 400, 403, 404 or 501, a redirect to a login page, ...

    Attributes:
        response: the HTTP response.
    """

    def __init__(self, path: str, response: HttpResponseBase) -> None:
        self.response = response
        phrase = response.reason_phrase or HTTPStatus(response.status_code).phrase
        details = response.headers.get("Location") or _text(response)
        super().__init__(f"{path} did not open a WebSocket: {response.status_code} {phrase}. {details}".rstrip())


class NothingArrived(WebSocketTestError):  # noqa: N818  # says what has happened
    """A wait has timed out."""


class Ended(WebSocketTestError):  # noqa: N818  # says what has happened
    """The connection is closed, so nothing can be sent or received.

    Attributes:
        code: the code of the view's Close frame; 1005: it had no code; None: there was no Close frame.
        reason: the reason in the view's Close frame.
    """

    def __init__(self, message: str, code: int | None, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(message)


class Unexpected(WebSocketTestError):  # noqa: N818  # says what has happened
    """Something arrived that the test did not expect."""


def _text(response: Any) -> str:
    if response.streaming:
        return ""
    text = " ".join(response.content.decode(errors="replace").split())
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
