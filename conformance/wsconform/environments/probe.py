"""Find out whether a package in an environment has the documented API, by importing and applying it.

    python -I probe.py PACKAGE ANSWER

Writes JSON into the file ANSWER: `python`, the version; `directory`, the package's directory, or empty; `absent`, the
documented names that are missing; `error`, the exception that was raised. This file is run by its path with the
environment's interpreter, so it imports nothing of the suite and uses only syntax of Python 3.7.
"""

# Django is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,import-untyped"

import contextlib
import importlib
import importlib.util
import json
import platform
import sys
import traceback
from collections.abc import Callable, Iterator
from importlib.machinery import PathFinder

DOCUMENTED = (
    ("decorators", "accept_websocket"),
    ("decorators", "require_websocket"),
    ("middleware", "WebSocketMiddleware"),
)


def main(package: str, answer: str) -> None:
    """Write the findings about `package` into a file."""
    places = _places(package)
    error = _error_of_using(package) if places else ""
    found = {
        "python": platform.python_version(),
        "directory": places[0] if places else "",
        "absent": [".".join((package, *names)) for names in DOCUMENTED if not _is_there(package, places, *names)],
        "error": error,
    }
    with open(answer, "w") as file:  # noqa: PTH123 (it is a path in text)
        json.dump(found, file)


def _places(package: str) -> "list[str]":
    """Return the directories of a package without importing it; none if it is missing or not a package."""
    spec = importlib.util.find_spec(package)
    return list(spec.submodule_search_locations or []) if spec else []


def _is_there(package: str, places: "list[str]", module: str, name: str) -> bool:
    """Tell whether a module has a name, or whether its file exists if it could not be imported."""
    full = package + "." + module
    if full in sys.modules:
        return hasattr(sys.modules[full], name)
    return PathFinder.find_spec(full, places) is not None


def _error_of_using(package: str) -> str:
    """Import the documented names and decorate views; return the last line of a traceback, and print all of it."""
    try:
        _configure()
        for module, name in DOCUMENTED:
            with _unless_absent(package + "." + module):
                part = importlib.import_module(package + "." + module)
                if name in ("accept_websocket", "require_websocket") and hasattr(part, name):
                    getattr(part, name)(_new_view())
    except BaseException as error:  # including SystemExit
        traceback.print_exc()
        return traceback.format_exception_only(type(error), error)[-1].strip()
    return ""


@contextlib.contextmanager
def _unless_absent(module: str) -> "Iterator[None]":
    """Ignore that this module does not exist: it is reported as absent."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != module:
            raise


def _configure() -> None:
    import django
    from django.conf import settings

    settings.configure(SECRET_KEY="none", ALLOWED_HOSTS=["127.0.0.1"])
    django.setup()


def _new_view() -> "Callable[[object], None]":
    """Return a new view, since some decorators set attributes on it."""

    def view(request: object) -> None:
        """Do nothing; the view is decorated and never called."""

    return view


if __name__ == "__main__":
    main(*sys.argv[1:])
