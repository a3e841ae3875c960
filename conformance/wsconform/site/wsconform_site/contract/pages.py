"""The other views of a site: pages, streams, files, forms; and views that fail with or without a WebSocket."""

# The target is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import tempfile
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse

from dwebsocket.decorators import accept_websocket

from .notes import noting

__all__ = ["VIEWS"]


def page(request: Any) -> HttpResponse:
    """Answer with a small page; without its body to HEAD."""
    return HttpResponse("" if request.method == "HEAD" else "a page")


def stream(request: Any) -> StreamingHttpResponse:
    """Answer with a streaming response."""
    return StreamingHttpResponse(f"line {n}\n" for n in range(1000))


def large(request: Any) -> HttpResponse:
    """Answer with 1 MiB."""
    return HttpResponse(b"0123456789abcdef" * 65536)


def file(request: Any) -> FileResponse:
    """Answer with a file."""
    opened = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    opened.write(b"a file\n" * 30000)
    opened.seek(0)
    return FileResponse(opened)


def form(request: Any) -> HttpResponse:
    """Accept a form; Django checks its CSRF token first."""
    return HttpResponse("got {}".format(request.POST.get("field")))


def redirect(request: Any) -> HttpResponseRedirect:
    """Redirect to another page."""
    return HttpResponseRedirect("/a/page")


def broken(request: Any) -> None:
    """Raise an exception, without a WebSocket."""
    raise ValueError("as it is meant to be")


_ERRORS = {
    "value": ValueError,
    "404": Http404,
    "denied": PermissionDenied,
    "suspicious": SuspiciousOperation,
    "system": OSError,
}


@accept_websocket
@noting
def fail(request: Any, note: Any, kind: str) -> None:
    """Raise an exception of this type after the first message."""
    request.websocket.wait()
    raise _ERRORS[kind]("as it is meant to be")


VIEWS = {
    "page": page,
    "stream": stream,
    "large": large,
    "file": file,
    "form": form,
    "redirect": redirect,
    "broken": broken,
    "fail/<slug:kind>": fail,
}
