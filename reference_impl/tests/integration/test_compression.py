"""Compression as views, projects and clients meet it: settings, queues, and a real server under attack."""

import random
import sys
import threading
import zlib
from pathlib import Path
from string import ascii_letters

import pytest

from dwebsocket import require_websocket
from tests.support.helpers import BINARY, CLOSE, LIMIT, TEXT, UPGRADE, Client, close_payload, frame
from tests.support.servers import SERVERS, running

OFFER = "permessage-deflate; client_max_window_bits"
MIB = 1 << 20


@require_websocket
def echo(request):
    for message in request.websocket:
        request.websocket.send(message)


def asking(offer=OFFER):
    """The headers of a request that offers an extension."""
    return UPGRADE | {"Sec-WebSocket-Extensions": offer}


def deflated(data):
    data = data.encode() if isinstance(data, str) else data
    compressor = zlib.compressobj(wbits=-12)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def compressed(data):
    """A compressed message in one frame, that refers to no other."""
    return frame(TEXT if isinstance(data, str) else BINARY, deflated(data), rsv=4)


def received(client):
    """First octet and payload of the server's next frame."""
    first, size = client.file.read(2)
    if size >= 126:
        size = int.from_bytes(client.file.read(2 if size == 126 else 8), "big")
    return first, client.file.read(size)


class Inflater:
    """The client's, by zlib."""

    def __init__(self):
        self._decompressor = zlib.decompressobj(-15)

    def message(self, client):
        first, payload = received(client)
        assert first in (0xC1, 0xC2), hex(first)
        data = self._decompressor.decompress(payload + b"\0\0\xff\xff")
        return data.decode() if first == 0xC1 else data


# Settings

LARGE = "abcdefgh" * 1000
ANSWERS = {
    "as it is": ({}, "permessage-deflate; client_max_window_bits=12"),
    "off": ({"COMPRESSION": False}, None),
    "window": ({"COMPRESSION_WINDOW_BITS": 9}, "permessage-deflate; client_max_window_bits=9"),
    "no takeover": (
        {"COMPRESSION_CONTEXT_TAKEOVER": False},
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=12",
    ),
}


@pytest.mark.parametrize(("changed", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_the_settings_decide_what_is_answered(talk, changed, answer):
    conversation = talk(
        echo, headers=asking(), settings={f"WEBSOCKET_{name}": value for name, value in changed.items()}
    )
    client = conversation.client

    assert conversation.handshake.get("sec-websocket-extensions") == answer
    client.send(LARGE)
    assert (Inflater().message(client) if answer else client.message()) == LARGE


@pytest.mark.parametrize(("level", "memory"), [(1, 1), (9, 9)])
def test_level_and_memory_reach_the_compressor(talk, monkeypatch, level, memory):
    made = []
    make = zlib.compressobj
    monkeypatch.setattr(zlib, "compressobj", lambda *args, **options: made.append(args) or make(*args, **options))
    settings = {"WEBSOCKET_COMPRESSION_LEVEL": level, "WEBSOCKET_COMPRESSION_MEMORY": memory}
    client = talk(echo, headers=asking(), settings=settings).client
    client.send(LARGE)

    assert Inflater().message(client) == LARGE
    assert made == [(level, zlib.DEFLATED, -12, memory)]


def test_the_threshold_is_the_one_that_is_set(talk):
    client = talk(echo, headers=asking(), settings={"WEBSOCKET_COMPRESSION_THRESHOLD": 5}).client
    for message, first in (("four", 0x81), ("fives", 0xC1)):
        client.send(message)
        assert received(client)[0] == first


def test_who_offers_nothing_gets_nothing_compressed(talk):
    conversation = talk(echo)
    conversation.client.send(LARGE)

    assert "sec-websocket-extensions" not in conversation.handshake
    assert conversation.client.message() == LARGE


# Views


def test_compressed_messages_come_back_in_order_with_their_types(talk):
    client, inflater = talk(echo, headers=asking()).client, Inflater()
    messages = [LARGE, LARGE.encode(), "é" * 5000, bytes(100_000)]
    client.sock.sendall(b"".join(map(compressed, messages)))

    assert [inflater.message(client) for _ in messages] == messages


def test_many_threads_may_send_compressed_messages_at_once(talk):
    """A message refers to those before it, so they must go out in the order in which they were compressed."""
    threads, each = 4, 25

    @require_websocket
    def view(request):
        def send(number):
            for count in range(each):
                request.websocket.send(f"{number} {count} " + "x" * (2000 + 100 * number))

        senders = [threading.Thread(target=send, args=(number,)) for number in range(threads)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()

    client, inflater = talk(view, headers=asking()).client, Inflater()
    counts = [0] * threads
    for _ in range(threads * each):
        number, count = map(int, inflater.message(client).split()[:2])
        assert count == counts[number]
        counts[number] += 1
    assert client.frame() == (CLOSE, close_payload())
    client.close()


def test_a_backlog_is_bounded_by_what_it_makes_and_not_by_what_came(talk, monkeypatch):
    monkeypatch.setattr("dwebsocket.inbox._MAX_BACKLOG", 10 * MIB)
    sent = threading.Event()
    kept = []

    @require_websocket
    def view(request):
        assert sent.wait(LIMIT)
        kept.append(request.websocket.count_messages())
        kept.append(sum(1 for _ in request.websocket))

    conversation = talk(view, headers=asking())
    conversation.client.sock.sendall(compressed(bytes(MIB)) * 50)
    sent.set()
    conversation.client.close()
    conversation.finished()
    few, rest = kept

    assert few == 10
    assert rest == 50


# A real server


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A function that opens WebSockets to Django's own server; its log is empty of trouble in the end."""
    log = tmp_path_factory.mktemp("server") / "log"
    clients = []
    with running(SERVERS["runserver"], "views", log) as connect:

        def opened(offer):
            client = Client(connect())
            clients.append(client)
            fields = "".join(f"{name}: {value}\r\n" for name, value in asking(offer).items())
            client.sock.sendall(f"GET / HTTP/1.1\r\n{fields}\r\n".encode())
            status, headers = client.head()
            assert status == 101
            return client, headers.get("sec-websocket-extensions")

        opened.process = connect.process
        yield opened
        for client in clients:
            client.end()
    assert "Traceback" not in log.read_text()


def serves(site):
    client, _ = site(OFFER)
    client.sock.sendall(compressed(LARGE))
    assert Inflater().message(client) == LARGE
    client.close()
    assert client.rest() == [(CLOSE, close_payload())]


def bomb(mebibytes):
    """The payload of a message of zeros, a MiB of them in a KiB."""
    compressor = zlib.compressobj(9, wbits=-15)
    one = compressor.compress(bytes(MIB)) + compressor.flush(zlib.Z_FULL_FLUSH)
    return one * mebibytes + b"\0"


def peak(process):
    """The largest memory of a process so far, in octets; it never falls."""
    [line] = [line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in line]
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc")
@pytest.mark.parametrize("fragment", [None, 1000], ids=["frame", "fragments"])
@pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["text", "binary"])
def test_a_bomb_of_a_gib_ends_its_connection_and_takes_no_more_than_a_message_may(site, opcode, fragment):
    serves(site)
    before = peak(site.process)
    client, _ = site("permessage-deflate")
    payload = bomb(1024)
    if fragment is None:
        octets = frame(opcode, payload, rsv=4)
    else:
        pieces = [payload[at : at + fragment] for at in range(0, len(payload), fragment)]
        middle = b"".join(frame(0, piece, fin=False) for piece in pieces[1:])
        octets = frame(opcode, pieces[0], fin=False, rsv=4) + middle + frame(0)
    client.sock.sendall(octets)
    [(opcode, payload)] = client.rest()

    assert (opcode, payload[:2]) == (CLOSE, close_payload(1009))
    assert peak(site.process) - before < 48 * MIB  # of which 32 are the limit
    serves(site)


def test_ten_thousand_fragments_of_an_octet_are_one_message(site):
    client, _ = site(OFFER)
    message = "".join(random.Random(1).choices(ascii_letters, k=14_000))
    payload = deflated(message)
    assert len(payload) >= 10_000
    client.sock.sendall(frame(TEXT, payload[:1], fin=False, rsv=4))
    client.sock.sendall(b"".join(frame(0, payload[at : at + 1], fin=False) for at in range(1, len(payload))) + frame(0))

    assert Inflater().message(client) == message
    serves(site)


def test_a_window_of_8_bits_is_agreed_to_and_kept(site):
    client, answer = site("permessage-deflate; server_max_window_bits=8")
    assert answer == "permessage-deflate; server_max_window_bits=8"
    decompressor = zlib.decompressobj(-8)
    for _ in range(2):
        client.send(LARGE)
        first, payload = received(client)
        assert first == 0xC1
        # Given octet by octet, zlib has nothing to copy from but its window.
        octets = payload + b"\0\0\xff\xff"
        assert b"".join(decompressor.decompress(octets[at : at + 1]) for at in range(len(octets))) == LARGE.encode()
    serves(site)


DECLINED = [
    "permessage-deflate; foo",
    "permessage-deflate; server_max_window_bits",
    "permessage-deflate; server_max_window_bits=7",
    "permessage-deflate; server_max_window_bits=16",
    "permessage-deflate; server_max_window_bits=010",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; client_max_window_bits; client_max_window_bits",
    "x-webkit-deflate-frame",
]


@pytest.mark.parametrize("offer", DECLINED)
def test_a_bad_offer_is_declined_and_the_connection_works(site, offer):
    client, answer = site(offer)
    client.send(LARGE)

    assert answer is None
    assert client.message() == LARGE


BROKEN = {
    "block type 3": b"\7\0",
    "truncated": deflated(LARGE)[:-5],
    "noise": bytes(i * i * 7 % 251 for i in range(1000)),
}


@pytest.mark.parametrize("payload", BROKEN.values(), ids=BROKEN)
def test_broken_data_ends_its_connection_only(site, payload):
    client, _ = site(OFFER)
    client.sock.sendall(frame(BINARY, payload, rsv=4))
    [(opcode, payload)] = client.rest()

    assert (opcode, payload[:2]) == (CLOSE, close_payload(1007))
    serves(site)
