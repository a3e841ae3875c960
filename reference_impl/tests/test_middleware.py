"""`WebSocketMiddleware`: who is let through, who is refused, and who else has a say."""

import asyncio
from functools import partial

import pytest
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.db import transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.decorators import async_only_middleware

from dwebsocket import accept_websocket, require_websocket
from dwebsocket.middleware import WebSocketMiddleware

from .support.helpers import CLOSE, TEXT, UPGRADE, close_payload, frame

PATH = "dwebsocket.middleware.WebSocketMiddleware"
PLAIN = {"Host": "testserver"}


def page(request):
    return HttpResponse(repr((request.is_websocket(), request.websocket)))


def refuse_all(request, *_):
    return HttpResponse("not you", status=403)


class Guard:
    """Middleware that has a say when the view is known, as the one that requires a login."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    process_view = staticmethod(refuse_all)


def function_middleware(get_response):
    def middleware(request):
        return get_response(request)

    return middleware


class AsyncGuard:
    """The same for asynchronous chains only; Django adapts it."""

    sync_capable, async_capable = False, True

    def __init__(self, get_response):
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request):
        return await self.get_response(request)

    async def process_view(self, request, *_):
        return refuse_all(request)


def opaque_middleware(following):
    """Middleware of which cannot be seen who comes next."""

    def middleware(request):
        return following(request)

    return middleware


@async_only_middleware
def async_function_middleware(get_response):
    async def middleware(request):
        return await get_response(request)

    return middleware


CSRF = "django.middleware.csrf.CsrfViewMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"
GUARD = f"{__name__}.Guard"
ASYNC_GUARD = f"{__name__}.AsyncGuard"
FUNCTION = f"{__name__}.function_middleware"
ASYNC_FUNCTION = f"{__name__}.async_function_middleware"
OPAQUE = f"{__name__}.opaque_middleware"


def test_a_plain_request_gets_both_attributes_on_any_view(talk):
    answer = talk.request(page, headers=PLAIN, middleware=[PATH]).finished()
    assert (answer.status, answer.body) == (200, b"(False, None)")


def recursive():
    def view(request):
        return view(request)

    return view


@pytest.mark.parametrize("view", [page, recursive()], ids=["page", "one that knows itself"])
def test_a_websocket_to_a_view_that_accepts_none_gets_400(talk, view):
    answer = talk.request(view, middleware=[PATH]).finished()
    assert answer.status == 400
    assert answer.body == b"/ does not accept WebSockets.\n"


@pytest.mark.parametrize("decorator", [accept_websocket, require_websocket, lambda view: view])
@pytest.mark.parametrize("change", [{"Sec-WebSocket-Key": "short"}, {"Connection": "close"}], ids=str)
def test_a_malformed_handshake_gets_400(talk, decorator, change):
    answer = talk.request(
        decorator(page),
        headers={**UPGRADE, **change},
        middleware=[PATH],
        settings={"WEBSOCKET_ACCEPT_ALL": True},
    ).finished()
    assert answer.status == 400


BEHIND = {
    "first": [GUARD],
    "behind classes": [COMMON, CSRF, GUARD],
    "between functions": [FUNCTION, FUNCTION, GUARD, FUNCTION],
    "asynchronous": [ASYNC_GUARD],
    "behind an asynchronous one": [ASYNC_FUNCTION, GUARD],
    "behind a mixture": [FUNCTION, ASYNC_FUNCTION, GUARD],
}


@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
@pytest.mark.parametrize("decorator", [accept_websocket, lambda view: view], ids=["decorated", "plain view"])
def test_middleware_behind_ours_keeps_its_say_about_the_view(talk, decorator, behind):
    answer = talk.request(
        decorator(page), middleware=[PATH, *behind], settings={"WEBSOCKET_ACCEPT_ALL": True}
    ).finished()
    assert (answer.status, answer.body) == (403, b"not you")


def test_when_it_cannot_be_seen_who_has_a_say_nobody_is_let_in(talk, caplog):
    answer = talk.request(page, middleware=[PATH, OPAQUE, GUARD], settings={"WEBSOCKET_ACCEPT_ALL": True})
    assert answer.finished().status == 500
    assert "cannot find the middleware that follows" in caplog.text


def test_a_decorator_that_hides_its_view_in_a_partial_is_seen_through(talk):
    @accept_websocket
    def view(request, word):
        request.websocket.send(word)

    def hide(view):
        emptied = None

        def hidden(request):
            return view(request, "seen") if hidden else emptied  # noqa: F821  # a cell without content

        del emptied
        return hidden

    assert talk(partial(hide(view)), middleware=[PATH]).client.message() == "seen"


def test_other_middleware_sees_the_request_once_and_gets_a_response(talk):
    def view(request):
        for message in request.websocket:
            request.websocket.send(message)

    middleware = [
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        PATH,
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        "django.middleware.gzip.GZipMiddleware",
    ]
    conversation = talk(accept_websocket(view), middleware=middleware)
    conversation.client.sock.sendall(frame(TEXT, "a") + frame(CLOSE))
    assert conversation.client.rest() == [(TEXT, b"a"), (CLOSE, b"")]
    finished = conversation.finished()
    assert (finished.status, finished.body) == (200, b"")
    assert finished.headers["x-frame-options"] == "DENY"


def test_a_view_of_which_the_attribute_is_set_is_served(talk):
    def view(request):
        request.websocket.send("served")

    view.accept_websocket = True
    client = talk(view, middleware=[PATH]).client
    assert client.message() == "served"
    assert client.frame() == (CLOSE, close_payload())


SHOWN = []


class Witness:
    """Middleware that is shown what a view raises."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        SHOWN.append(repr(exception))


@pytest.mark.parametrize("behind", [[PATH, f"{__name__}.Witness"], [f"{__name__}.Witness", PATH]])
def test_what_a_view_without_decorator_raises_is_shown_to_middleware(talk, behind):
    def view(request):
        request.websocket.wait()
        raise ValueError("as it is meant to be")

    view.accept_websocket = True
    SHOWN.clear()
    conversation = talk(view, middleware=behind)
    conversation.client.send("go on")
    assert conversation.client.frame() == (CLOSE, close_payload(1011))
    conversation.client.close()
    conversation.finished()
    assert SHOWN == ["ValueError('as it is meant to be')"]


def test_a_view_without_decorator_is_called_as_the_settings_of_its_databases_say(talk, monkeypatch):
    """Django asks for each database whether requests are transactions, and each view whether it is an exception."""
    made = []

    def make_view_atomic(handler, view):
        made.append(getattr(view, "_non_atomic_requests", None))
        return view

    @transaction.non_atomic_requests
    def view(request):
        return None

    view.accept_websocket = True
    monkeypatch.setattr(BaseHandler, "make_view_atomic", make_view_atomic)
    conversation = talk(view, middleware=[PATH])
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert made == [{"default"}]


def test_it_runs_synchronously_in_a_synchronous_chain():
    assert WebSocketMiddleware.sync_capable
    middleware = WebSocketMiddleware(page)
    assert not iscoroutinefunction(middleware)
    assert middleware(RequestFactory().get("/")).content == b"(False, None)"


def test_it_runs_asynchronously_in_an_asynchronous_chain():
    async def get_response(request):
        return page(request)

    assert WebSocketMiddleware.async_capable
    middleware = WebSocketMiddleware(get_response)
    assert iscoroutinefunction(middleware)
    assert asyncio.run(middleware(RequestFactory().get("/"))).content == b"(False, None)"


def test_under_asgi_the_answer_says_that_this_needs_wsgi(caplog):
    headers = [(name.lower().encode(), value.encode()) for name, value in UPGRADE.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b""}
    request = ASGIRequest(scope, None)
    response = accept_websocket(page)(request)
    assert response.status_code == 501
    assert b"ASGI" in response.content
    assert b"WSGI" in response.content
    assert "ASGI" in caplog.text
