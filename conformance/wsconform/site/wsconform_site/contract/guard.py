"""A middleware that is listed after the target's, requires a login, and records its calls."""

from typing import Any

from django.http import HttpResponseForbidden

__all__ = ["Guard", "calls_of"]

_CALLS: Any = {}
_COUNTED = "/bare", "/accept", "/flagged", "-raises"  # how the paths of views end


def calls_of(request: Any) -> Any:
    """Return the recorded calls, in order, for requests with the same note as this one."""
    return _CALLS.setdefault(request.GET.get("note"), [])


class Guard:
    """A middleware with every hook that a request to a view may pass."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        """Record the response."""
        response = self.get_response(request)
        self._note(request, f"response {response.status_code}")
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        """Refuse views for members to anonymous users."""
        self._note(request, "view")
        if "/members-" in request.path and not request.user.is_authenticated:
            return HttpResponseForbidden("for members only")
        return None

    def process_exception(self, request: Any, exception: Exception) -> None:
        """Record the exception."""
        self._note(request, type(exception).__name__)

    def _note(self, request: Any, what: str) -> None:
        if request.path.endswith(_COUNTED):
            calls_of(request).append(what)
