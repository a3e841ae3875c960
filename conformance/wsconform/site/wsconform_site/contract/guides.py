"""The views of popular guides, copied from the guides."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found"
# ruff: noqa: T201

from typing import Any

from django.http import HttpResponse
from django.utils.module_loading import import_string

from dwebsocket.decorators import accept_websocket, require_websocket

from .routing_probe import late

__all__ = ["VIEWS"]


# The READMEs of dwebsocket and of django-websocket, "Examples"; they differ in where the decorators come from.


def echo_once(request: Any) -> None:
    message = request.websocket.wait()
    request.websocket.send(message)


def modify_message(message: Any) -> Any:
    return message.lower()


def lower_case(request: Any) -> Any:
    if not request.is_websocket():
        message = request.GET["message"]
        message = modify_message(message)
        return HttpResponse(message)
    else:
        for message in request.websocket:
            message = modify_message(message)
            request.websocket.send(message)
        return None


# "How to use Websockets in Django", "Dry Goods": its code is lost, this is what its text says.


def howto(request: Any) -> Any:
    if not request.is_websocket():
        return HttpResponse("our client")
    request.websocket.send(request.websocket.wait())
    return None


# The tutorial, "Step 3: Create the WebSocket View".


def chat_view(request: Any) -> None:
    while request.websocket.connected:
        try:
            message = request.websocket.wait()
            if message:
                print(f"Received message: {message}")
                request.websocket.send(f"You said: {message}")
        except Exception as e:
            print(f"WebSocket error: {e}")
            break


# The tutorial, "Broadcasting to All Clients".

connected_clients: Any = []


def broadcast_view(request: Any) -> None:
    connected_clients.append(request.websocket)
    print(f"New client connected. Total clients: {len(connected_clients)}")
    while request.websocket.connected:
        try:
            message = request.websocket.wait()
            if message:
                print(f"Broadcasting message: {message}")
                for client in connected_clients:
                    if client != request.websocket and client.connected:
                        client.send(message)
        except Exception as e:
            print(f"WebSocket error: {e}")
            break
    connected_clients.remove(request.websocket)
    print(f"Client disconnected. Total clients: {len(connected_clients)}")


def _by_old_name(decorator: str, view: Any) -> Any:
    return late(lambda: import_string(f"django_websocket.{decorator}")(view))


VIEWS = {
    "echo-once": require_websocket(echo_once),
    "lower-case": accept_websocket(lower_case),
    "old-echo-once": _by_old_name("require_websocket", echo_once),
    "old-lower-case": _by_old_name("accept_websocket", lower_case),
    "howto": accept_websocket(howto),
    "chat": require_websocket(chat_view),
    "broadcast": require_websocket(broadcast_view),
}
