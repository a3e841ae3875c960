"""One TCP connection as requests, responses and messages: HTTP first, WebSocket after a 101."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable

from wsconform.model import Fault, Frame, Message, Opcode, Pong, Side
from wsconform.script.events import EndSeen, Garbled, ResponseSeen, Silence, UpgradeSeen
from wsconform.script.http import Http
from wsconform.script.limits import MOST_FRAMES
from wsconform.script.playing.flood import SendingThread
from wsconform.script.playing.tcp import Line
from wsconform.script.steps import End, Flood, Raw, RawRequests, Request
from wsconform.script.stream import KEY, Stream
from wsconform.wire.frames import Decoder, encode_frame
from wsconform.wire.log import describe_frame, describe_sent
from wsconform.wire.reader import CloseSeen, PingSeen

__all__ = ["Channel"]

#: Seconds after which a server that reads nothing is no longer sent to.
_SENT_WITHIN = 5.0
#: Seconds to wait for an end after unexpected bytes: the violation is already known.
_SPOILT = 0.5
#: Bytes of a frame of ours that is looked at for Pings.
_MOST_SENT = 1 << 20

Heard = UpgradeSeen | ResponseSeen | Garbled | EndSeen | Silence | Message | Pong | CloseSeen | Fault


class Channel:
    """One connection from its first request to its end."""

    def __init__(self, line: Line, http: Http, record: Callable[[Side, str, bytes], None]) -> None:
        """Use a connection.

        Args:
            line: an open connection.
            http: its requests and responses.
            record: called for all data on the wire, with its sender, description and bytes.
        """
        self.line = line
        self._record = record
        self._http = http
        self._stream: Stream | None = None
        self._mute = False
        self._flood: SendingThread | None = None
        self._heard: deque[Heard] = deque()
        self._ended = False
        self._until = 0.0  # until when Pings are answered
        self._sent = Decoder(_MOST_SENT)
        self._pings: Counter[bytes] = Counter()  # the payloads of our Pings that have no answer
        self._flooded: set[bytes] = set()  # those of Pings of which we send many
        self._spoilt: float | None = None  # when to give up, after stray bytes

    @property
    def again(self) -> bool:
        """Whether the connection has been used for a request before this one."""
        return self._http.again

    @property
    def closes(self) -> bool:
        """Whether the last response announced the end of the connection."""
        return self._http.closes

    # Sending

    def request(self, request: Request) -> None:
        """Send a request."""
        self._mute = request.mute
        head, body, shown = self._http.request(request)
        what = f"{request.method} {request.path or 'the URL'}" + (" (upgrade)" if request.websocket else "")
        self._record(Side.US, what, shown)
        if request.byte_by_byte:
            for n in range(len(head) - 1):
                self.line.send(head[n : n + 1], _SENT_WITHIN)
            head = head[-1:]
        octets = head + body + self._encode(request.trailing)
        self.line.send(octets[: request.only], _SENT_WITHIN)

    def request_raw(self, step: RawRequests) -> None:
        """Send requests as they are written."""
        octets, shown = self._http.raw(step)
        self._record(Side.US, "opening handshake" if len(step.requests) == 1 else "requests", shown)
        octets += self._encode(step.trailing)
        size = step.segment or len(octets)
        for at in range(0, len(octets), size):
            self.line.send(octets[at : at + size], _SENT_WITHIN)

    def flood(self, step: Flood) -> None:
        """Start to send frames repeatedly, and return at once."""
        self.stop_flood()
        round_ = b"".join(_octets(one) for one in step.what)
        self._record(Side.US, f"{step.count} × {len(round_)} bytes", round_)
        self._flooded.update(frame.payload for frame in Decoder(_MOST_SENT).feed(round_) if frame.opcode == Opcode.PING)
        self._flood = SendingThread(self.line, round_, step.count, self._encode(step.last), drain=step.drain)

    def stop_flood(self) -> bool:
        """End the flood; return whether there was one."""
        flood, self._flood = self._flood, None
        if flood is not None:
            flood.stop()
        return flood is not None

    def close(self) -> None:
        """Close the connection; reset it if it was flooded, since TLS and TCP would wait for data in transit."""
        if self.stop_flood():
            self.line.reset()
        else:
            self.line.close()

    def send(self, what: Raw) -> None:
        """Send frames and bytes in one segment; the next event shows if the server has read them."""
        self.line.send(self._encode(what), _SENT_WITHIN)

    def _encode(self, what: Raw) -> bytes:
        octets = b""
        for one in what:
            data = _octets(one)
            self._record(Side.US, f"{len(data)} bytes" if isinstance(one, bytes) else describe_sent(one), data)
            octets += data
        self._pings.update(frame.payload for frame in self._sent.feed(octets) if frame.opcode == Opcode.PING)
        return octets

    # Receiving

    def next(self, deadline: float) -> Heard:
        """Return the next event, at the latest at the deadline (of ``time.monotonic``), and answer pings."""
        began, self._until = time.monotonic(), deadline
        while not self._heard:
            data = self.line.receive(deadline)
            if data is None and not self.line.notified:
                return Silence(round(time.monotonic() - began, 3), self._unfinished())
            if self.line.end is End.RST:
                return self._end()
            self._take(data or b"")  # also b"": some responses are complete when the connection ends
            if not data and not self._heard:
                return self._end()
            if not self._heard and time.monotonic() > deadline:  # there may always be something to receive
                return Silence(round(time.monotonic() - began, 3), self._unfinished())
        return self._heard.popleft()

    def rest(self, deadline: float) -> EndSeen:
        """Receive everything until the end of the connection or the deadline."""
        frames: list[str] = []
        self._until = deadline
        # A peer that never stops sending gets no more time than a silent one.
        while time.monotonic() < (deadline := self._shortened(deadline)) and (data := self.line.receive(deadline)):
            self._take(data)
            frames += self._names()[: MOST_FRAMES - len(frames)]
        return self._end((*frames, *self._names()))

    def _names(self) -> list[str]:
        """Return the names of the received frames; their payloads may be too large to keep."""
        names = [type(heard).__name__.removesuffix("Seen").lower() for heard in self._heard]
        self._heard.clear()
        return names

    def _end(self, frames: tuple[str, ...] = ()) -> EndSeen:
        how = self.line.end or (End.NOTIFIED if self.line.notified else End.NEVER)
        if not self._ended:
            self._ended = True
            self._record(Side.PEER, how.value if how is not End.NEVER else "(nothing more)", b"")
        return EndSeen(how, self._unfinished(), frames, self.line.notified)

    def _unfinished(self) -> bytes:
        """Return received bytes that belong to no event."""
        return self._stream.rest if self._stream is not None else self._http.came

    def _shortened(self, deadline: float) -> float:
        """Return the deadline, or a near one after stray bytes."""
        stray = self._stream.stray if self._stream is not None else self._http.came
        if stray and self._spoilt is None:
            self._spoilt = time.monotonic() + _SPOILT
        return deadline if self._spoilt is None else min(deadline, self._spoilt)

    def _take(self, data: bytes) -> None:
        if self._stream is not None:
            self._take_frames(self._stream, data)
        else:
            self._take_http(data)

    def _take_http(self, data: bytes) -> None:
        if data:
            self._record(Side.PEER, f"{len(data)} bytes", data)
        elif not self._http.came:
            return
        while (heard := self._http.receive(data)) is not None:
            self._heard.append(heard)
            if isinstance(heard, UpgradeSeen):
                self._stream = Stream()
                self._take_frames(self._stream, self._http.behind())
            if not (data := self._http.carried()):
                break

    def _take_frames(self, stream: Stream, data: bytes) -> None:
        before = len(stream.rest)
        for frame, heard in stream.receive(data):
            named = describe_frame(frame.opcode, len(frame.payload), fin=frame.fin, rsv=frame.rsv)
            self._record(Side.PEER, named, frame.header + frame.payload)
            self._understand(heard)
        if stream.foreign and not before:
            self._heard.append(Garbled("HTTP instead of a frame", stream.foreign))
        if data and stream.rest:
            self._record(Side.PEER, f"{len(stream.rest)} bytes that are not a frame", stream.rest)

    def _understand(self, heard: Message | Pong | PingSeen | CloseSeen | Fault | None) -> None:
        if isinstance(heard, PingSeen):
            if not self._mute and time.monotonic() < self._until:  # sending may wait each time
                self.send((Frame(Opcode.PONG, heard.payload),))
        elif heard is not None and not (isinstance(heard, Pong) and self._is_unsolicited(heard)):
            self._heard.append(heard)

    def _is_unsolicited(self, pong: Pong) -> bool:
        """Tell whether a Pong answers no Ping of ours; a server may send one at any time (RFC 6455 section 5.5.3)."""
        payload = bytes(pong.payload)
        if payload in self._flooded:
            return False
        self._pings[payload] -= 1
        return self._pings[payload] < 0


def _octets(one: Frame | bytes) -> bytes:
    return one if isinstance(one, bytes) else encode_frame(one, KEY)
