"""The client's end of a WebSocket, for use in tests."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Any

from dwebsocket.protocol import CloseCode
from dwebsocket.protocol.closing import close_payload

from .errors import Ended, NothingArrived, Unexpected
from .peer import Peer
from .request_thread import RequestThread
from .sharing import yield_turn

__all__ = ["ClientWebSocket"]


class ClientWebSocket:
    """An open WebSocket, returned by `WebSocketClient.connect`.

    The end of a ``with`` block closes it and waits until the view has ended. If the view raises an exception, it is
    raised again in the test: by the next call that needs the connection, or at the end of the ``with`` block.

    Iterating over it yields each message until the view closes the connection. Every wait has a timeout in seconds:
    the argument of the call, or ``timeout`` of the client.

    Attributes:
        path: the path of the request.
        subprotocol: the agreed subprotocol, or None.
    """

    def __init__(
        self,
        path: str,
        peer: Peer,
        thread: RequestThread,
        *,
        timeout: float,
        raise_view_error: bool,
        json_encoder: type[json.JSONEncoder],
    ) -> None:
        self.path = path
        self.subprotocol: str | None = None
        self._peer = peer
        self._thread = thread
        self._timeout = timeout
        self._raise_view_error = raise_view_error
        self._json_encoder = json_encoder
        self._pings = count(1)

    def __enter__(self) -> "ClientWebSocket":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
            self.wait_ended()
        else:  # report that error, not a consequence of it
            self.vanish()
            self._thread.join(self._timeout)

    # Messages

    def send(self, message: str | bytes) -> None:
        """Send one message: str as text, bytes as binary.

        Raises:
            Ended: the connection is closed.
            TypeError: the message is neither str nor bytes.
        """
        if not isinstance(message, str | bytes | bytearray | memoryview):
            raise TypeError(
                f"A message must be str or bytes, not {type(message).__name__}; use send_json() for other types."
            )
        with self._peer.changed:
            may_send = self._peer.is_open and not self._peer.closing
            if may_send:
                self._peer.send_message(message)
        if not may_send:
            raise self._ended("nothing can be sent")

    def send_json(self, value: Any) -> None:
        """Send a value as JSON text, with the client's `json_encoder`; raises the same errors as `send`."""
        self.send(json.dumps(value, cls=self._json_encoder))

    def receive(self, timeout: float | None = None) -> str | bytes:
        """Wait for the next message and return it: text as str, binary as bytes.

        Args:
            timeout: seconds to wait; None: the timeout of the client.

        Raises:
            NothingArrived: no message arrived in time.
            Ended: the connection is closed, and all messages have been read.
        """
        peer = self._peer
        self._wait(lambda: bool(peer.messages) or not peer.is_open, "No message arrived", timeout)
        if peer.messages:
            return peer.messages.popleft()
        raise self._ended("there are no more messages")

    def receive_json(self, timeout: float | None = None) -> Any:
        """Return the decoded JSON of the next message.

        Raises the same errors as `receive`, and `Unexpected` if the message is not JSON.
        """
        message = self.receive(timeout)
        try:
            return json.loads(message)
        except ValueError as error:
            raise Unexpected(f"The view at {self.path} sent {message!r}, which is not JSON: {error}") from None

    def __iter__(self) -> Iterator[str | bytes]:
        """Yield each message until the view closes the connection; raises `NothingArrived` like `receive`."""
        with suppress(Ended):
            while True:
                yield self.receive()

    def settle(self, timeout: float | None = None) -> None:
        """Wait until the view has received everything that was sent and is waiting for more, or has closed.

        This sends a Ping, which is answered only after everything that was sent before it.

        Args:
            timeout: seconds to wait; None: the timeout of the client.

        Raises:
            NothingArrived: the timeout has passed.
        """
        peer, payload = self._peer, str(next(self._pings)).encode()
        if not peer.closing:
            peer.send_ping(payload)
        self._wait(lambda: payload in peer.pongs or not peer.is_open, "No Pong arrived", timeout)

    def assert_nothing(self, timeout: float | None = None) -> None:
        """Assert that the view has sent no message after receiving everything that was sent; see `settle`.

        Messages that other threads or views are still going to send are not noticed: let those settle first.

        Args:
            timeout: seconds to wait; None: the timeout of the client.

        Raises:
            Unexpected: there is a message.
            NothingArrived: the timeout has passed.
        """
        self.settle(timeout)
        if self._peer.messages:
            raise Unexpected(f"The view at {self.path} sent {self._peer.messages[0]!r}, but no message was expected.")
        if self.close_code == CloseCode.INTERNAL_ERROR:
            raise self._ended("there is no message, but the view has failed")

    # The end

    @property
    def close_code(self) -> int | None:
        """The code of the view's Close frame; 1005: it had no code; None: no Close frame has arrived."""
        return None if self._peer.close is None else self._peer.close[0]

    @property
    def close_reason(self) -> str:
        """The reason in the view's Close frame, or an empty string."""
        return "" if self._peer.close is None else self._peer.close[1]

    def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """Send a Close frame without waiting for the view; do nothing if the connection is closed.

        Args:
            code: the close code.
            reason: at most 123 bytes of UTF-8.

        Raises:
            ValueError: the code or the reason may not be sent.
        """
        self._peer.send_close(close_payload(code, reason))

    def vanish(self) -> None:
        """Disconnect without a Close frame."""
        self._peer.vanish()

    def wait_ended(self, timeout: float | None = None) -> None:
        """Wait until the request has ended: the view has returned, and the session is saved.

        Args:
            timeout: seconds to wait; None: the timeout of the client.

        Raises:
            NothingArrived: the timeout has passed.
            Exception: raised by the view, unless an earlier call has already raised it again.
        """
        self._wait(lambda: self._peer.finished, "The view did not return", timeout)
        self._thread.join()
        self._raise_error_of_view()

    # Waiting

    def wait_for_answer(self) -> bool:
        """Wait for the handshake response; return whether its status is 101."""
        peer = self._peer
        self._wait(lambda: _is_101(peer) or peer.finished, "No handshake response arrived", None)
        if not _is_101(peer):
            self._thread.join()
            self._raise_error_of_view()
        elif peer.head:
            self.subprotocol = peer.head[1].get("sec-websocket-protocol")
        return _is_101(peer)

    def _wait(self, arrived: Callable[[], bool], failure: str, timeout: float | None) -> None:
        timeout = self._timeout if timeout is None else timeout
        yield_turn()
        with self._peer.changed:
            if self._peer.changed.wait_for(arrived, timeout):
                return
        place = self._thread.place()
        raise NothingArrived(f"{failure} within {timeout:g} s. The request for {self.path} is executing {place}.")

    def _ended(self, consequence: str) -> Ended:
        """Return the exception for a closed connection; raise the view's own exception instead if there is one."""
        if self.close_code == CloseCode.INTERNAL_ERROR or self._peer.finished:
            self.wait_ended()
        code, reason = self.close_code, self.close_reason
        if code is None:
            how = "was closed by the test"
        else:
            how = f"was closed with {code}" + (f" ({reason})" if reason else "")
        return Ended(f"The WebSocket at {self.path} {how}, so {consequence}.", code, reason)

    def _raise_error_of_view(self) -> None:
        error, self._thread.error = self._thread.error, None
        if error is not None and self._raise_view_error:
            raise error


def _is_101(peer: Peer) -> bool:
    return peer.head is not None and peer.head[0] == 101
