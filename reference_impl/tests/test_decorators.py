"""`accept_websocket` and `require_websocket` as decorators."""

import socket

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.views.decorators.cache import cache_page

from dwebsocket import accept_websocket, require_websocket

from .support.helpers import UPGRADE, environ

BOTH = pytest.mark.parametrize("decorator", [accept_websocket, require_websocket])


@BOTH
@pytest.mark.parametrize("arguments", [None, {}, {"subprotocols": ["a"]}], ids=str)
def test_a_decorated_view_keeps_its_name_its_attributes_and_itself(decorator, arguments):
    def view(request):
        """What it does."""

    view.mark = 7
    decorated = (decorator if arguments is None else decorator(**arguments))(view)
    assert (decorated.__name__, decorated.__doc__, decorated.mark) == ("view", "What it does.", 7)
    assert decorated.__wrapped__ is view
    assert decorated.accept_websocket is True


@BOTH
def test_an_asynchronous_view_is_refused_when_it_is_decorated(decorator):
    async def view(request):
        """Never called."""

    with pytest.raises(TypeError, match="synchronous views"):
        decorator(view)


@BOTH
def test_a_view_gets_its_arguments_from_the_url(talk, decorator):
    got = []
    view = decorator(lambda request, *args, **kwargs: got.append((args, kwargs)))
    conversation = talk(lambda request: view(request, 1, room=2))
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert got == [((1,), {"room": 2})]


def test_what_a_view_returns_for_a_plain_request_is_the_answer(talk):
    view = accept_websocket(lambda request: HttpResponse("page", status=203))
    answer = talk.request(view, headers={"Host": "testserver"}).finished()
    assert (answer.status, answer.body) == (203, b"page")


def test_what_a_view_returns_after_a_websocket_goes_nowhere(talk):
    conversation = talk(accept_websocket(lambda request: HttpResponse("page", status=203)))
    conversation.client.frame()
    conversation.client.close()
    assert conversation.client.rest() == []
    assert conversation.finished().body == b""


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Sec-WebSocket-Key": "short"}, 400),
        ({"Connection": "keep-alive"}, 400),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "not.allowed.example", "Origin": "http://not.allowed.example"}, 400),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore")
def test_a_handshake_that_is_refused_never_reaches_the_view(talk, change, status):
    answer = talk.request(accept_websocket(pytest.fail), headers={**UPGRADE, **change}).finished()
    assert answer.status == status


def test_a_version_that_is_not_spoken_is_answered_with_those_that_are(talk):
    """By WSGI an application may not send Upgrade, which this answer needs; so it goes out directly."""
    client = talk.request(accept_websocket(pytest.fail), headers={**UPGRADE, "Sec-WebSocket-Version": "8"}).client
    status, fields = client.head()
    assert (status, fields["upgrade"], fields["sec-websocket-version"]) == (426, "websocket", "13")
    assert len(client.file.read()) == int(fields["content-length"])


@pytest.mark.parametrize("content", [{"CONTENT_LENGTH": "5"}, {"HTTP_TRANSFER_ENCODING": "chunked"}], ids=str)
def test_a_request_with_content_is_refused_because_the_content_would_be_taken_for_frames(talk, content):
    assert talk.request(accept_websocket(pytest.fail), **content).finished().status == 400


@pytest.mark.parametrize("length", ["", "0"])
def test_a_request_that_says_it_has_no_content_is_welcome(talk, length):
    talk(accept_websocket(lambda request: None), CONTENT_LENGTH=length)


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD"])
def test_only_get_opens_a_websocket(talk, method):
    answer = talk.request(accept_websocket(pytest.fail), method=method).finished()
    assert (answer.status, answer.headers["allow"]) == (405, "GET")


def test_a_client_that_has_left_before_the_answer_is_no_error(caplog):
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        response = accept_websocket(pytest.fail)(WSGIRequest(environ(ours)))
    assert response.status_code == 200
    assert caplog.records == []


def test_a_cache_above_keeps_the_page_and_lets_websockets_through(talk):
    """The page and its WebSocket have the same address, and caches go by addresses unless they are told."""
    entered = []

    @cache_page(60)
    @accept_websocket
    def view(request):
        entered.append(request.is_websocket())
        return HttpResponse("the page")

    def visit():
        conversation = talk(view)
        conversation.client.close()
        conversation.client.rest()
        conversation.finished()

    visit()
    answers = [talk.request(view, headers={"Host": "testserver"}).finished() for _ in range(2)]
    assert [answer.body for answer in answers] == [b"the page"] * 2
    visit()
    assert entered == [True, False, True]
