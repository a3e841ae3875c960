"""What the rest of a site does: pages, streams, files, forms; no WebSocket here, but for those that fail."""

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
    """Answer with a small page, or to HEAD without one."""
    return HttpResponse("" if request.method == "HEAD" else "a page")


def stream(request: Any) -> StreamingHttpResponse:
    """Answer piece by piece."""
    return StreamingHttpResponse(f"line {n}\n" for n in range(1000))


def large(request: Any) -> HttpResponse:
    """Answer with a MiB."""
    return HttpResponse(b"0123456789abcdef" * 65536)


def file(request: Any) -> FileResponse:
    """Answer with a file."""
    opened = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    opened.write(b"a file\n" * 30000)
    opened.seek(0)
    return FileResponse(opened)


def form(request: Any) -> HttpResponse:
    """Take a form; Django looks at its token before."""
    return HttpResponse("got {}".format(request.POST.get("field")))


def redirect(request: Any) -> HttpResponseRedirect:
    """Send elsewhere."""
    return HttpResponseRedirect("/a/page")


def broken(request: Any) -> None:
    """Fail, without a WebSocket."""
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
    """Fail with this kind of error once a message has come."""
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
