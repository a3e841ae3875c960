"""Middleware of the site's own, to be listed behind the target's: requires a login, and notes its calls."""

from typing import Any

from django.http import HttpResponseForbidden

__all__ = ["Guard", "calls_of"]

_CALLS: Any = {}
_COUNTED = "/bare", "/accept", "/flagged", "-raises"  # how the paths of views end


def calls_of(request: Any) -> Any:
    """Return what it was called for, in order, with the requests that have the same note as this one."""
    return _CALLS.setdefault(request.GET.get("note"), [])


class Guard:
    """Middleware as people write it, with every hook that the view's fate may pass through."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        """Note the response."""
        response = self.get_response(request)
        self._note(request, f"response {response.status_code}")
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        """Let members only see what is theirs."""
        self._note(request, "view")
        if "/members-" in request.path and not request.user.is_authenticated:
            return HttpResponseForbidden("for members only")
        return None

    def process_exception(self, request: Any, exception: Exception) -> None:
        """Note the exception."""
        self._note(request, type(exception).__name__)

    def _note(self, request: Any, what: str) -> None:
        if request.path.endswith(_COUNTED):
            calls_of(request).append(what)
