"""The real servers: how each is started, as a table, and one function that starts it."""

import importlib.metadata
import importlib.util
import os
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from .tls import CERTIFICATE, client_context

SERVED = Path(__file__).parent / "served"
PACKAGE = Path(__file__).parents[2]
TROUBLE = (
    "Traceback",
    "Bad file descriptor",
    "Broken pipe",
    "Error",
    "SIGPIPE",
    "ASYNC call",
    "Segmentation",
    "DANGER",
)

# The uWSGI of this Python, from a build or from the package pyuwsgi.
UWSGI = Path(sys.executable).with_name("uwsgi")

# What some of them are built without.
TLS_IN_UWSGI = "uWSGI with TLS"


@cache
def uwsgi_has_tls():
    """Ask the program."""
    done = subprocess.run([UWSGI, "--help"], capture_output=True, check=False) if UWSGI.exists() else None
    return done is not None and b"--https-socket" in done.stdout


@dataclass(frozen=True)
class Server:
    """One way to serve an application.

    Attributes:
        needs: modules that must be installed, programs by their path, or `TLS_IN_UWSGI`.
        first: what the program does before it imports the application.
        code: what it does then.
        argv: or, instead of a program, the arguments; without a program of their own, for Python.

    In all of them ``{P}`` is the port, ``{A}`` the module of the application, ``{F}`` its file and ``{C}``
    the certificate.
        tls: the client has to speak TLS.
        holds: how many WebSockets at once are tried.
        full: no other request can be made then.
        keeps_early: octets behind the head of the request are not lost.
    """

    needs: tuple[str, ...] = ()
    first: str = ""
    code: str = ""
    argv: tuple[str, ...] = ()
    tls: bool = False
    holds: int = 7
    full: bool = False
    keeps_early: bool = True

    def missing(self):
        """What must be installed and is not."""
        return [name for name in self.needs if not _is_installed(name)]


def _is_installed(name):
    if name == TLS_IN_UWSGI:
        return uwsgi_has_tls()
    try:
        return Path(name).exists() if "/" in name else importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # the package around it
        return False


def _of_gunicorn():
    """Options that only newer ones know, which would leave a socket behind."""
    if not _is_installed("gunicorn") or int(importlib.metadata.version("gunicorn").partition(".")[0]) < 26:
        return ()
    return ("--no-control-socket",)


def _gunicorn(worker, *more, needs=(), tls=False, **rest):
    options = ("--graceful-timeout", "1", *_of_gunicorn(), *more)
    argv = ("-m", "gunicorn", "{A}:application", "-b", "127.0.0.1:{P}", "-k", worker, *options)
    return Server(needs=("gunicorn", *needs), argv=argv, tls=tls, **rest)


def on_uwsgi(*more, **rest):
    """uWSGI with options of its own."""
    argv = (str(UWSGI), "--module", "{A}:application", "--master", "--die-on-term", "--need-app", *more)
    return Server(needs=(str(UWSGI),), argv=argv, keeps_early=False, **rest)


_WITH_TLS = ("--certfile", "{C}", "--keyfile", "{C}")
_PATCH = "from gevent import monkey; monkey.patch_all()"
_PYWSGI = "from gevent.pywsgi import WSGIServer; WSGIServer(('127.0.0.1', {P}), application"
_EVENTLET = "import eventlet.wsgi; listening = eventlet.listen(('127.0.0.1', {P}))"
_CHEROOT = "from cheroot.wsgi import Server; server = Server(('127.0.0.1', {P}), application, numthreads=8)"
_WERKZEUG = "from werkzeug.serving import run_simple; run_simple('127.0.0.1', {P}, application, threaded=True"
SOCKET = ("--http-socket", "127.0.0.1:{P}")
ROUTER = ("--http", "127.0.0.1:{P}", "--http-websockets", "--http-timeout", "300")
_TLS_ROUTER = ("--https", "127.0.0.1:{P},{C},{C}", "--http-websockets", "--http-timeout", "300")
THREADS = ("--threads", "8")
_GEVENT = ("--gevent", "100", "--gevent-monkey-patch")

_with_gevent = partial(on_uwsgi, *_GEVENT)
_with_threads = partial(on_uwsgi, *THREADS)

SERVERS = {
    "runserver": Server(argv=("{F}", "runserver", "127.0.0.1:{P}", "--noreload")),
    "wsgiref": Server(
        code="from wsgiref.simple_server import make_server; "
        "make_server('127.0.0.1', {P}, application).serve_forever()",
        holds=1,
        full=True,
    ),
    "gunicorn sync": _gunicorn("sync", holds=1, full=True),
    "gunicorn gthread": _gunicorn("gthread", "--threads", "8"),
    "gunicorn gthread, TLS": _gunicorn("gthread", "--threads", "8", *_WITH_TLS, tls=True),
    "gunicorn gevent": _gunicorn("gevent", needs=("gevent",)),
    "gunicorn gevent, TLS": _gunicorn("gevent", *_WITH_TLS, needs=("gevent",), tls=True),
    "gunicorn gevent_pywsgi": _gunicorn("gevent_pywsgi", needs=("gevent",)),
    "gunicorn eventlet": _gunicorn("eventlet", needs=("eventlet", "gunicorn.workers.geventlet")),
    "gunicorn eventlet, TLS": _gunicorn(
        "eventlet", *_WITH_TLS, needs=("eventlet", "gunicorn.workers.geventlet"), tls=True
    ),
    "gevent.pywsgi": Server(("gevent",), _PATCH, _PYWSGI + ").serve_forever()"),
    "gevent.pywsgi, not patched": Server(("gevent",), "", _PYWSGI + ").serve_forever()"),
    "gevent.pywsgi, TLS": Server(
        ("gevent",), _PATCH, _PYWSGI + ", certfile='{C}', keyfile='{C}').serve_forever()", tls=True
    ),
    "eventlet.wsgi": Server(
        ("eventlet",),
        "import eventlet; eventlet.monkey_patch()",
        _EVENTLET + "; eventlet.wsgi.server(listening, application)",
    ),
    "eventlet.wsgi, TLS": Server(
        ("eventlet",),
        "import eventlet; eventlet.monkey_patch()",
        _EVENTLET + "; eventlet.wsgi.server(eventlet.wrap_ssl("
        "listening, certfile='{C}', keyfile='{C}', server_side=True), application)",
        tls=True,
    ),
    "werkzeug": Server(("werkzeug",), code=_WERKZEUG + ")"),
    "werkzeug, TLS": Server(("werkzeug",), code=_WERKZEUG + ", ssl_context=('{C}', '{C}'))", tls=True),
    "cheroot": Server(("cheroot",), code=_CHEROOT + "; server.start()"),
    "cheroot, TLS": Server(
        ("cheroot",),
        code="from cheroot.ssl.builtin import BuiltinSSLAdapter; "
        + _CHEROOT
        + "; server.ssl_adapter = BuiltinSSLAdapter('{C}', '{C}'); server.start()",
        tls=True,
    ),
    "uWSGI, threads": _with_threads(*SOCKET),
    "uWSGI, threads, router": _with_threads(*ROUTER),
    "uWSGI, threads, router, TLS": _with_threads(*_TLS_ROUTER, tls=True),
    "uWSGI, gevent": _with_gevent(*SOCKET),
    "uWSGI, gevent, not patched": on_uwsgi("--gevent", "100", *SOCKET),
    "uWSGI, gevent, router": _with_gevent(*ROUTER),
    "uWSGI, gevent, router, TLS": _with_gevent(*_TLS_ROUTER, tls=True),
}
SERVERS |= {
    name: replace(server, needs=(*server.needs, need))
    for need, marks in {"gevent": ("uWSGI, gevent",), TLS_IN_UWSGI: ("uWSGI", "TLS")}.items()
    for name, server in SERVERS.items()
    if all(mark in name for mark in marks)
}

# Only on CPython 3.10 does uWSGI survive that.
if sys.version_info[:2] == (3, 10):
    UGREEN = ("--async", "100", "--ugreen")
    SERVERS["uWSGI, ugreen"] = on_uwsgi(*UGREEN, *SOCKET)
    SERVERS["uWSGI, ugreen, router"] = on_uwsgi(*UGREEN, *ROUTER)


@contextmanager
def running(server, application, log, project=None, **environment):
    """Run a server.

    Args:
        server: one of `SERVERS`.
        application: a module in the folder "served", or in that of the project.
        log: path of a file for what the server prints.
        project: the folder of a project with its manage.py, where the server is then started.
        environment: further variables of the environment.

    Yields:
        A function that connects to the server; its attributes: ``port``, and ``process``, which is the server's.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = "\n".join([server.first, "from {A} import application", server.code])
    argv = server.argv or ("-c", program)
    file = project / "manage.py" if project else SERVED / f"{application}.py"
    argv = [part.format(P=port, A=application, F=file, C=CERTIFICATE) for part in argv]
    process = _start(argv, log, project, environment)
    try:
        connect = partial(_connect, port, client_context() if server.tls else None)
        _connect_when_ready(process, connect).close()
        connect.port, connect.process = port, process
        yield connect
    finally:
        process.terminate()
        process.wait()


def _start(argv, log, project, environment):
    paths = os.pathsep.join(map(str, (PACKAGE, project or SERVED)))
    with log.open("wb") as output:
        return subprocess.Popen(
            argv if argv[0] == str(UWSGI) else [sys.executable, *argv],
            cwd=project,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1", **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _connect(port, context):
    sock = socket.create_connection(("127.0.0.1", port))
    return context.wrap_socket(sock, server_hostname="localhost") if context else sock


def _connect_when_ready(process, connect):
    """Return the first connection to a server that has just been started; give up when the process ends."""
    for _ in range(1200):  # a minute: a busy machine needs long to import Django
        with suppress(ConnectionRefusedError):
            return connect()
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the server has ended with {process.wait(0.05)}")
    raise AssertionError("the server does not listen")
