"""The client's end of a WebSocket, as a test uses it."""

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
    """An open WebSocket, made by `WebSocketClient.connect`.

    At the end of a ``with`` statement it is closed, and the view has ended. An exception that the view raised is
    raised again by the next call that finds the connection ended by it, or at the end of the ``with`` statement.

    Every wait has a timeout in seconds: the argument of the call, or the attribute of the client.

    Attributes:
        path: of the URL.
        subprotocol: the one agreed, or None.
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
        else:  # that error is the one to report
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
            raise TypeError(f"A message is str or bytes, not {type(message).__name__}; send_json() takes the rest.")
        with self._peer.changed:
            may_send = self._peer.is_open and not self._peer.closing
            if may_send:
                self._peer.send_message(message)
        if not may_send:
            raise self._ended("nothing can be sent")

    def send_json(self, value: Any) -> None:
        """Send a value as JSON text, with the client's `json_encoder`; raises as `send`."""
        self.send(json.dumps(value, cls=self._json_encoder))

    def receive(self, timeout: float | None = None) -> str | bytes:
        """Return the next message: text is str, binary is bytes.

        Raises:
            NothingArrived: none came in time.
            Ended: the connection was closed, and all messages before that are read.
        """
        peer = self._peer
        self._wait(lambda: bool(peer.messages) or not peer.is_open, "No message came", timeout)
        if peer.messages:
            return peer.messages.popleft()
        raise self._ended("no message comes")

    def receive_json(self, timeout: float | None = None) -> Any:
        """Return the value of the next message; raises as `receive`, and `Unexpected` if it is not JSON."""
        message = self.receive(timeout)
        try:
            return json.loads(message)
        except ValueError as error:
            raise Unexpected(f"The view at {self.path} sent {message!r}, which is not JSON: {error}") from None

    def __iter__(self) -> Iterator[str | bytes]:
        """Yield the messages until the view closes the connection; raises as `receive` in all other cases."""
        with suppress(Ended):
            while True:
                yield self.receive()

    def settle(self, timeout: float | None = None) -> None:
        """Wait until the view has received everything that was sent and wants more, or the connection is closed.

        A Ping is sent for that, which the view answers after what was sent before.

        Raises:
            NothingArrived: the timeout has passed.
        """
        peer, payload = self._peer, str(next(self._pings)).encode()
        if not peer.closing:
            peer.send_ping(payload)
        self._wait(lambda: payload in peer.pongs or not peer.is_open, "No answer to a Ping came", timeout)

    def assert_nothing(self, timeout: float | None = None) -> None:
        """Assert that the view has sent no message, after it has received everything; see `settle`.

        Messages that other threads or views are about to send are not noticed: let those settle first.

        Raises:
            Unexpected: there is a message.
            NothingArrived: the timeout has passed.
        """
        self.settle(timeout)
        if self._peer.messages:
            raise Unexpected(f"The view at {self.path} has sent {self._peer.messages[0]!r}; nothing was expected.")
        if self.close_code == CloseCode.INTERNAL_ERROR:
            raise self._ended("nothing came but the end")

    # The end

    @property
    def close_code(self) -> int | None:
        """The code of the view's Close frame; 1005: it had none; None: no Close frame has arrived."""
        return None if self._peer.close is None else self._peer.close[0]

    @property
    def close_reason(self) -> str:
        """The reason in the view's Close frame."""
        return "" if self._peer.close is None else self._peer.close[1]

    def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """Begin the closing handshake; do nothing if the connection is closed. Do not wait for the view.

        Raises:
            ValueError: code or reason may not be sent.
        """
        self._peer.send_close(close_payload(code, reason))

    def vanish(self) -> None:
        """End the connection without a Close frame."""
        self._peer.vanish()

    def wait_ended(self, timeout: float | None = None) -> None:
        """Wait until the request has ended: the view has returned, and the session is saved.

        Raises:
            NothingArrived: the timeout has passed.
            Exception: the view raised it, and no other call has raised it again yet.
        """
        self._wait(lambda: self._peer.finished, "The view did not end", timeout)
        self._thread.join()
        self._raise_error_of_view()

    # Waiting

    def wait_for_answer(self) -> bool:
        """Wait for the answer to the opening handshake; return whether it is 101."""
        peer = self._peer
        self._wait(lambda: _is_101(peer) or peer.finished, "No answer to the opening handshake came", None)
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
        raise NothingArrived(f"{failure} within {timeout:g} s from the view at {self.path}, which is at {place}.")

    def _ended(self, consequence: str) -> Ended:
        """Return the error for a connection that has ended; raise the view's own error instead if there is one."""
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
