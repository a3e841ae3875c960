"""The test client is loaded only where it is imported."""

import subprocess
import sys


def test_nothing_of_it_is_loaded_with_dwebsocket():
    """Sites in production need no `django.test`."""
    program = (
        "import sys, dwebsocket, dwebsocket.middleware, dwebsocket.apps, dwebsocket.backends.default.factory, "
        "django_websocket.middleware; "
        "print([name for name in sys.modules if name.startswith(('dwebsocket.test', 'django.test'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
