"""The Django project of these tests: views, URLconf and middleware."""

import json
import threading
import time

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import close_old_connections, connection, transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path
from django.utils import timezone, translation

from dwebsocket import accept_websocket, require_websocket
from dwebsocket.test import WebSocketClient
from tests.support.helpers import LIMIT

SHORT = 0.01
STACK = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dwebsocket.middleware.WebSocketMiddleware",
]


@accept_websocket(subprotocols=["chat", "superchat"])
def echo(request):
    if request.is_websocket():
        for message in request.websocket:
            request.websocket.send(message)
    return HttpResponse("a page")


@require_websocket
def about(request):
    user = getattr(request, "user", None)
    request.websocket.send(
        json.dumps(
            {
                "user": user and user.get_username(),
                "room": request.GET.get("room"),
                "colour": request.COOKIES.get("colour"),
                "host": request.get_host(),
                "secure": request.is_secure(),
                "address": request.META["REMOTE_ADDR"],
                "agent": request.headers.get("User-Agent"),
                "extensions": request.headers.get("Sec-WebSocket-Extensions"),
            }
        )
    )


@require_websocket
def fails(request):
    request.websocket.wait()
    raise LookupError("a mistake in the view")


@require_websocket
def not_found(request):
    raise Http404("gone")


@require_websocket
def closes(request):
    request.websocket.send("last words")
    request.websocket.close(4001, "enough")


@require_websocket
def counts_users(request):
    for name in request.websocket:
        if name:
            User.objects.create(username=name)
        request.websocket.send(str(User.objects.count()))


@require_websocket
def names_users(request):
    for _ in request.websocket:
        close_old_connections()
        with transaction.atomic():
            names = [user.username for user in User.objects.all()]
        request.websocket.send(json.dumps(names))


@require_websocket
@transaction.atomic
def selfish(request):
    User.objects.count()
    request.websocket.send("mine")
    stuck_until.wait(LIMIT)


@require_websocket
def thrifty(request):
    connection.close()
    request.websocket.send(str(User.objects.count()))


@require_websocket
def counts_visits(request):
    request.session["visits"] = request.session.get("visits", 0) + 1


chatting = set()


@require_websocket
def chat(request):
    chatting.add(request.websocket)
    request.websocket.send("welcome")
    try:
        for message in request.websocket:
            for websocket in chatting - {request.websocket}:
                websocket.send(message)
    finally:
        chatting.remove(request.websocket)


@require_websocket
def hearing(request):
    """A chat without a word of its own."""
    chatting.add(request.websocket)
    for message in request.websocket:
        for websocket in chatting - {request.websocket}:
            websocket.send(message)
    chatting.remove(request.websocket)


stuck_until = threading.Event()


@require_websocket
def stuck(request):
    stuck_until.wait(LIMIT)


@require_websocket
def never_reads(request):
    while True:
        request.websocket.send("tick")
        time.sleep(SHORT)


told = []


@require_websocket
def tells_how_it_ended(request):
    told[:] = [list(request.websocket), request.websocket.close_code, request.websocket.close_reason]


@require_websocket
def where_in_the_world(request):
    request.websocket.send(f"{translation.get_language()} {timezone.get_current_timezone_name()}")


@require_websocket
@transaction.atomic
def rolls_back(request):
    User.objects.create(username="nobody")
    raise LookupError("all for nothing")


urlpatterns = [
    path("echo/", echo),
    path("about/", about),
    path("about/members/", login_required(about)),
    path("fails/", fails),
    path("gone/", not_found),
    path("closes/", closes),
    path("users/", counts_users),
    path("names/", names_users),
    path("selfish/", selfish),
    path("thrifty/", thrifty),
    path("visits/", counts_visits),
    path("chat/", chat),
    path("stuck/", stuck),
    path("clock/", never_reads),
    path("told/", tells_how_it_ended),
    path("world/", where_in_the_world),
    path("atomic/", rolls_back),
    path("page/", lambda request: HttpResponse("only a page")),
    path("stream/", lambda request: StreamingHttpResponse(iter(["a ", "page"]))),
]


class Views:
    """The project of these tests."""

    client_class = WebSocketClient

    @classmethod
    def setUpClass(cls):
        project = override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=STACK)
        project.enable()
        cls.addClassCleanup(project.disable)
        super().setUpClass()

    def connect(self, *args, **kwargs):
        return self.client.connect(*args, **kwargs)
