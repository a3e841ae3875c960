"""Views behind the target's decorators, applied in all possible ways."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator,misc"

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from dwebsocket.decorators import accept_websocket, require_websocket

from .notes import noting
from .routing_probe import late, routing_probe

__all__ = ["VIEWS"]

_OURS = {"accept": accept_websocket, "require": require_websocket}


@noting
def attributes(request: Any, note: Any) -> None:
    """Note which attributes of a view remain after decorating it."""
    for name, decorate in _OURS.items():

        def view(request: Any) -> None:
            """Do something."""

        view.mark = 7  # type: ignore[attr-defined]
        decorated = decorate(view)
        note[name] = {
            "name": decorated.__name__,
            "doc": decorated.__doc__,
            "mark": getattr(decorated, "mark", None),
            "accept_websocket": getattr(decorated, "accept_websocket", None),
        }


@noting
def asynchronous(request: Any, note: Any) -> None:
    """Note what happens when an asynchronous view is decorated."""

    async def view(request: Any) -> None:
        """Do something, later."""

    for name, decorate in _OURS.items():
        try:
            decorate(view)
        except TypeError as error:
            note[name] = "asynchronous" in str(error)


class _Callable:
    """A view that is not a function."""

    def __init__(self) -> None:
        self._view = routing_probe()

    def __call__(self, request: Any) -> Any:
        return self._view(request)


def _called_with_arguments(decorate: Any) -> Any:
    decorated = decorate(routing_probe())

    def view(request: Any) -> Any:
        return decorated(request, 1, "two", room="blue")

    return view


class _Page(View):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._view = routing_probe()

    def get(self, request: Any) -> Any:
        return self._view(request)


def _on_dispatch(decorate: Any) -> Any:
    class Page(_Page):
        @method_decorator(decorate)
        def dispatch(self, *args: Any, **kwargs: Any) -> Any:
            return super().dispatch(*args, **kwargs)

    return Page.as_view()


def _on_get(decorate: Any) -> Any:
    class Page(_Page):
        @method_decorator(decorate)
        def get(self, request: Any) -> Any:
            return super().get(request)

    return Page.as_view()


def _by_name(decorate: Any) -> Any:
    @method_decorator(decorate, name="dispatch")
    class Page(_Page):
        pass

    return Page.as_view()


def _on_as_view(decorate: Any) -> Any:
    return decorate(_Page.as_view())


_CLASSES = {"dispatch": _on_dispatch, "get": _on_get, "class": _by_name, "as_view": _on_as_view}


def _speaking(decorate: Any, *names: str) -> Any:
    """Return a view that speaks these subprotocols, and sends the agreed one."""

    def view(request: Any) -> HttpResponse:
        request.websocket.send(str(request.websocket.subprotocol))
        return HttpResponse()

    return late(lambda: decorate(subprotocols=list(names))(view))


_TWICE = {
    "accept-require": lambda: accept_websocket(require_websocket(routing_probe())),
    "require-accept": lambda: require_websocket(accept_websocket(routing_probe())),
    "accept-accept": lambda: accept_websocket(accept_websocket(routing_probe())),
    "require-require": lambda: require_websocket(require_websocket(routing_probe())),
}


def _views(name: str, decorate: Any) -> Any:
    yield name, decorate(routing_probe())
    yield f"{name}-any", csrf_exempt(decorate(routing_probe()))
    yield f"{name}-room/<int:room>/<slug:name>", decorate(routing_probe())
    yield f"{name}-arguments", _called_with_arguments(decorate)
    yield f"{name}-partial", late(lambda: decorate(partial(routing_probe())))
    yield f"{name}-callable", late(lambda: decorate(_Callable()))
    yield f"{name}-speaking", _speaking(decorate, "chat.v2", "chat.v1")
    yield from ((f"{name}-on-{place}", put(decorate)) for place, put in _CLASSES.items())


VIEWS = {
    "attributes": attributes,
    "asynchronous": asynchronous,
    "accept-mute": _speaking(accept_websocket),
    **{name: view for ours, decorate in _OURS.items() for name, view in _views(ours, decorate)},
    **{f"twice-{name}": late(make) for name, make in _TWICE.items()},
}
