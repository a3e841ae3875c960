"""The real servers: how each is started, as a table, and one function that starts it."""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .tls import CERTIFICATE, client_context

EXAMPLES = Path(__file__).parent.parent / "examples"
PACKAGE = EXAMPLES.parent
TROUBLE = ("Traceback", "Bad file descriptor", "Broken pipe", "Error")


@dataclass(frozen=True)
class Server:
    """One way to serve an application.

    Attributes:
        needs: modules that must be installed.
        first: what the program does before it imports the application.
        code: what it does then.
        argv: or, instead of a program, arguments for Python.

    In all of them ``{P}`` is the port, ``{A}`` the module of the application, ``{C}`` the certificate.
        tls: the client has to speak TLS.
    """

    needs: tuple[str, ...] = ()
    first: str = ""
    code: str = ""
    argv: tuple[str, ...] = ()
    tls: bool = False


def _gunicorn(worker, *more, needs=(), tls=False):
    options = ("--no-control-socket", "--graceful-timeout", "1", *more)
    argv = ("-m", "gunicorn", "{A}:application", "-b", "127.0.0.1:{P}", "-k", worker, *options)
    return Server(needs=("gunicorn", *needs), argv=argv, tls=tls)


_WITH_TLS = ("--certfile", "{C}", "--keyfile", "{C}")
_PATCH = "from gevent import monkey; monkey.patch_all()"
_PYWSGI = "from gevent.pywsgi import WSGIServer; WSGIServer(('127.0.0.1', {P}), application"

SERVERS = {
    "runserver": Server(argv=(str(EXAMPLES / "{A}.py"), "runserver", "127.0.0.1:{P}", "--noreload")),
    "wsgiref": Server(
        code="from wsgiref.simple_server import make_server; make_server('127.0.0.1', {P}, application).serve_forever()"
    ),
    "gunicorn sync": _gunicorn("sync"),
    "gunicorn gthread": _gunicorn("gthread", "--threads", "8"),
    "gunicorn gthread, TLS": _gunicorn("gthread", "--threads", "8", *_WITH_TLS, tls=True),
    "gunicorn gevent": _gunicorn("gevent", needs=("gevent",)),
    "gunicorn gevent, TLS": _gunicorn("gevent", *_WITH_TLS, needs=("gevent",), tls=True),
    "gunicorn gevent_pywsgi": _gunicorn("gevent_pywsgi", needs=("gevent",)),
    "gevent.pywsgi": Server(("gevent",), _PATCH, _PYWSGI + ").serve_forever()"),
    "gevent.pywsgi, TLS": Server(
        ("gevent",), _PATCH, _PYWSGI + ", certfile='{C}', keyfile='{C}').serve_forever()", tls=True
    ),
    "werkzeug": Server(
        ("werkzeug",),
        code="from werkzeug.serving import run_simple; run_simple('127.0.0.1', {P}, application, threaded=True)",
    ),
    "cheroot": Server(
        ("cheroot",),
        code="from cheroot.wsgi import Server; Server(('127.0.0.1', {P}), application, numthreads=8).start()",
    ),
}


@contextmanager
def running(server, application, log):
    """Run a server with one of the examples.

    Args:
        server: one of `SERVERS`.
        application: the example's module.
        log: path of a file for what the server prints.

    Yields:
        A function that connects to the server.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = "\n".join([server.first, "from {A} import application", server.code])
    argv = server.argv or ("-c", program)
    process = _start([part.format(P=port, A=application, C=CERTIFICATE) for part in argv], log)
    try:
        connect = partial(_connect, port, client_context() if server.tls else None)
        _connect_when_ready(process, connect).close()
        yield connect
    finally:
        process.terminate()
        process.wait()


def _start(argv, log):
    paths = os.pathsep.join([str(PACKAGE), str(EXAMPLES)])
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, *argv],
            env={**os.environ, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _connect(port, context):
    sock = socket.create_connection(("127.0.0.1", port))
    return context.wrap_socket(sock, server_hostname="localhost") if context else sock


def _connect_when_ready(process, connect):
    """Return the first connection to a server that has just been started; give up when the process ends."""
    for _ in range(300):
        with suppress(ConnectionRefusedError):
            return connect()
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the server has ended with {process.wait(0.05)}")
    raise AssertionError("the server does not listen")
