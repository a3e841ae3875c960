"""Rulings about requests: decorators, middleware, sessions, origins, subprotocols, plain requests and imports.

People rely on each of these; the number in a test's name is the row in the list of rulings.
"""

import importlib

import pytest
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.sessions.backends.cache import SessionStore
from django.db import transaction
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from dwebsocket import accept_websocket, require_websocket
from tests.support.helpers import CLOSE, TEXT, UPGRADE, close_payload, frame, play

MIDDLEWARE = "dwebsocket.middleware.WebSocketMiddleware"
PLAIN = {"Host": "testserver"}


def test_ruling_06_is_websocket_is_true_uncalled_and_a_plain_request_has_no_websocket(talk):
    def view(request):
        return HttpResponse("none" if request.is_websocket and request.websocket is None else "some")

    assert talk.request(accept_websocket(view), headers=PLAIN).finished().body == b"none"


def echo(request):
    for message in request.websocket:
        request.websocket.send(message)


def own_login_check(view):
    """A decorator as people write it: it hands no attributes on."""

    def check(request, *args, **kwargs):
        return view(request, *args, **kwargs)

    return check


def signed_in(view):
    """Put a user on the request, as AuthenticationMiddleware does."""

    def check(request, *args, **kwargs):
        request.user = User(username="somebody")
        return login_required(view)(request, *args, **kwargs)

    return check


class EchoView(View):
    def get(self, request):
        return echo(request)


ORDERS = {
    "csrf_exempt above": csrf_exempt(accept_websocket(echo)),
    "csrf_exempt below": accept_websocket(csrf_exempt(echo)),
    "login_required above": signed_in(accept_websocket(echo)),
    "login_required below": accept_websocket(signed_in(echo)),
    "own check above": own_login_check(require_websocket(echo)),
    "own check below": require_websocket(own_login_check(echo)),
    "atomic below": require_websocket(transaction.atomic(echo)),
    "both decorators": accept_websocket(require_websocket(echo)),
    "class, on dispatch": method_decorator(accept_websocket, name="dispatch")(
        type("OnDispatch", (EchoView,), {})
    ).as_view(),
    "class, on get": type(
        "OnGet", (View,), {"get": method_decorator(require_websocket)(lambda self, request: echo(request))}
    ).as_view(),
    "class, with arguments": method_decorator(accept_websocket(subprotocols=["a"]), name="dispatch")(
        type("WithArguments", (EchoView,), {})
    ).as_view(),
    "around as_view": accept_websocket(EchoView.as_view()),
}


@pytest.mark.parametrize("middleware", [[], [MIDDLEWARE]], ids=["decorator only", "and middleware"])
@pytest.mark.parametrize("view", ORDERS.values(), ids=ORDERS)
def test_ruling_12_decorators_may_be_stacked_in_any_order(talk, view, middleware):
    answers = play(talk, view, frame(TEXT, "hello"), middleware=middleware)
    assert answers == [(TEXT, b"hello"), (CLOSE, close_payload())]


def test_ruling_13_session_user_cookies_and_parameters_are_there_and_the_session_is_saved(talk, kept):
    session = SessionStore()
    session["visits"] = 1
    session.save()

    def view(request):
        request.session["visits"] += 1
        return request.user.is_anonymous, request.COOKIES["colour"], request.GET["room"]

    play(
        talk,
        kept.view(view),
        target="/?room=7",
        headers={**UPGRADE, "Cookie": f"sessionid={session.session_key}; colour=red"},
        middleware=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
    )
    assert kept == [(True, "red", "7")]
    assert SessionStore(session.session_key)["visits"] == 2


def test_ruling_15_a_plain_request_to_a_view_that_requires_a_websocket_gets_400_with_the_reason(talk):
    answer = talk.request(require_websocket(echo), headers=PLAIN).finished()
    assert answer.status == 400
    assert b"WebSocket is required" in answer.body


def test_ruling_15_or_426_with_upgrade_when_the_setting_says_so(talk):
    conversation = talk.request(require_websocket(echo), headers=PLAIN, settings={"WEBSOCKET_UPGRADE_REQUIRED": True})
    status, fields = conversation.client.head()
    assert (status, fields["upgrade"]) == (426, "websocket")
    assert b"WebSocket is required" in conversation.client.file.read()


LISTED = {
    "listed": [MIDDLEWARE],
    "after CommonMiddleware": ["django.middleware.common.CommonMiddleware", MIDDLEWARE],
    "twice": [MIDDLEWARE, MIDDLEWARE],
}


@pytest.mark.parametrize(
    ("decorator", "middleware"),
    [
        (accept_websocket, []),
        *((accept_websocket, listed) for listed in LISTED.values()),
        *((lambda view: view, listed) for listed in LISTED.values()),
    ],
    ids=["decorator only", *(f"decorator, middleware {how}" for how in LISTED), *LISTED],
)
@pytest.mark.parametrize("settings", [{}, {"WEBSOCKET_ACCEPT_ALL": True}], ids=["", "accept all"])
def test_ruling_17_each_request_is_handled_once(talk, decorator, middleware, settings):
    runs = []

    def view(request):
        runs.append(request)
        echo(request)

    view.accept_websocket = True
    answers = play(talk, decorator(view), frame(TEXT, "once"), middleware=middleware, settings=settings)
    assert answers == [(TEXT, b"once"), (CLOSE, close_payload())]
    assert len(runs) == 1


@pytest.mark.parametrize(
    "path",
    [
        "dwebsocket.accept_websocket",
        "dwebsocket.require_websocket",
        "dwebsocket.decorators.accept_websocket",
        "dwebsocket.decorators.require_websocket",
        "dwebsocket.middleware.WebSocketMiddleware",
        "dwebsocket.backends.default.factory.WebSocketFactory",
        "django_websocket.accept_websocket",
        "django_websocket.require_websocket",
        "django_websocket.decorators.accept_websocket",
        "django_websocket.decorators.require_websocket",
        "django_websocket.middleware.WebSocketMiddleware",
    ],
)
def test_ruling_18_what_people_import_can_be_imported(path):
    module, _, name = path.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize(
    ("origin", "settings", "status"),
    [
        (None, {}, 101),
        ("http://testserver", {}, 101),
        ("https://testserver", {}, 101),
        ("http://TESTSERVER:80", {}, 101),
        ("http://testserver:8000", {}, 403),
        ("http://evil.example", {}, 403),
        ("http://testserver.evil.example", {}, 403),
        ("null", {}, 403),
        ("https://trusted.example", {"CSRF_TRUSTED_ORIGINS": ["https://trusted.example"]}, 101),
        ("https://a.trusted.example", {"CSRF_TRUSTED_ORIGINS": ["https://*.trusted.example"]}, 101),
        ("https://untrusted.example", {"CSRF_TRUSTED_ORIGINS": ["https://*.trusted.example"]}, 403),
        ("http://evil.example", {"WEBSOCKET_ALLOWED_ORIGINS": ["*"]}, 101),
        ("https://a.example", {"WEBSOCKET_ALLOWED_ORIGINS": ["https://a.example"]}, 101),
        ("http://a.example", {"WEBSOCKET_ALLOWED_ORIGINS": ["https://a.example"]}, 403),
        ("http://testserver", {"WEBSOCKET_ALLOWED_ORIGINS": ["https://a.example"]}, 403),
        (None, {"WEBSOCKET_ALLOWED_ORIGINS": []}, 101),
    ],
)
def test_ruling_23_a_page_of_another_site_may_not_connect(talk, origin, settings, status):
    headers = UPGRADE if origin is None else {**UPGRADE, "Origin": origin}
    if status == 101:
        talk(require_websocket(echo), headers=headers, settings=settings)
    else:
        answer = talk.request(require_websocket(echo), headers=headers, settings=settings).finished()
        assert answer.status == status


@pytest.mark.parametrize(
    ("decorator", "settings"),
    [
        (accept_websocket(subprotocols=["chat", "superchat"]), {}),
        (require_websocket, {"WEBSOCKET_SUBPROTOCOLS": ["chat", "superchat"]}),
        (accept_websocket(subprotocols=["chat"]), {"WEBSOCKET_SUBPROTOCOLS": ["superchat"]}),
    ],
    ids=["decorator", "setting", "decorator before setting"],
)
def test_ruling_24_a_subprotocol_is_agreed(talk, kept, decorator, settings):
    view = kept.view(lambda request: request.websocket.subprotocol, decorator)
    conversation = talk(view, headers={**UPGRADE, "Sec-WebSocket-Protocol": "other, chat"}, settings=settings)
    conversation.client.close()
    conversation.client.rest()
    conversation.finished()
    assert conversation.handshake["sec-websocket-protocol"] == "chat"
    assert kept == ["chat"]


def test_ruling_24_without_agreement_there_is_no_subprotocol(talk, kept):
    view = kept.view(lambda request: request.websocket.subprotocol)
    play(talk, view, headers={**UPGRADE, "Sec-WebSocket-Protocol": "other"})
    assert kept == [None]
