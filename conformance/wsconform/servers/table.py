"""The table of servers; add a server here.

Every command line and every concurrency was tried. `concurrency` is the most that this suite asks for, not the
server's limit.
"""

from functools import partial

from wsconform.servers.server import Server

__all__ = ["BARE", "COMMON", "TABLE"]

_APPLICATION = "wsconform_site.wsgi:application"
_SERVE = ("{python}", "-m", "wsconform_site.serve")
_ADDRESS = ("{host}", "{port}", "{threads}")
_FILES = ("{certificate}", "{key}")

_DEVELOPMENT = (
    Server(
        "runserver",
        "Django's development server, a thread per connection",
        argv=("{python}", "-m", "django", "runserver", "{host}:{port}", "--noreload"),
        concurrency=64,
    ),
    Server(
        "runserver-plus",
        "django-extensions' development server: Werkzeug with its debugger and its reloader",
        # It does not start without its reloader; the project's files do not change while it runs.
        argv=("{python}", "-m", "django", "runserver_plus", "{host}:{port}", "--reloader-interval", "3600"),
        tls=("--cert-file", "{certificate}", "--key-file", "{key}"),
        requires=("django-extensions==4.1", "Werkzeug==3.1.9", "pyOpenSSL==26.4.0"),
        concurrency=64,
        settings={"INSTALLED_APPS": ["django_extensions"]},
        versions_of=("django-extensions", "Werkzeug", "pyOpenSSL"),
    ),
    Server(
        "werkzeug",
        "Werkzeug's development server, a thread per connection",
        argv=(*_SERVE, "werkzeug", *_ADDRESS),
        tls=_FILES,
        requires=("Werkzeug==3.1.9",),
        concurrency=64,
        versions_of=("Werkzeug",),
    ),
    Server(
        "wsgiref",
        "the standard library's server, one connection at a time",
        argv=(*_SERVE, "wsgiref", *_ADDRESS),
        notes="While a WebSocket is open, it serves no other connection.",
    ),
)

_gunicorn = partial(
    Server,
    tls=("--certfile", "{certificate}", "--keyfile", "{key}"),
    requires=("gunicorn[gevent]==27.0.1", "gevent==26.9.0"),
    versions_of=("gunicorn", "gevent", "greenlet"),
)


def _gunicorn_argv(worker: str, *more: str) -> tuple[str, ...]:
    return (
        *("{python}", "-m", "gunicorn", "-c", "python:wsconform_site.serve_gunicorn", _APPLICATION),
        # By default it takes 30 s to stop while a WebSocket is open.
        *("-b", "{host}:{port}", "-w", "1", "--graceful-timeout", "1", "--access-logfile", "-"),
        *("-k", worker, *more),
    )


_GUNICORN = (
    _gunicorn(
        "gunicorn-sync",
        "gunicorn, one connection at a time",
        # The timeout covers a connection as a whole: a WebSocket would be cut after 30 s.
        argv=_gunicorn_argv("sync", "--timeout", "0"),
        notes="While a WebSocket is open, it serves no other connection.",
    ),
    _gunicorn(
        "gunicorn-gthread",
        "gunicorn with a pool of threads",
        argv=_gunicorn_argv("gthread", "--threads", "{threads}"),
        concurrency=64,
        notes="A full pool cannot serve plain HTTP; there are more threads than connections.",
    ),
    _gunicorn(
        "gunicorn-gevent",
        "gunicorn with a greenlet per connection",
        argv=_gunicorn_argv("gevent"),
        concurrency=256,
    ),
    _gunicorn(
        "gunicorn-gevent-pywsgi",
        "gunicorn with gevent's pywsgi as its worker",
        argv=_gunicorn_argv("gevent_pywsgi"),
        concurrency=256,
    ),
    _gunicorn(
        "gunicorn-eventlet",
        "gunicorn with eventlet's green threads",
        argv=_gunicorn_argv("eventlet"),
        requires=("gunicorn==25.3.0", "eventlet==0.41.3"),
        concurrency=256,
        versions_of=("gunicorn", "eventlet", "greenlet"),
        notes="gunicorn 25.3.0 is the last release with this worker.",
    ),
)

_PYTHON = (
    Server(
        "gevent",
        "gevent's pywsgi, a greenlet per connection",
        argv=(*_SERVE, "gevent", *_ADDRESS),
        tls=_FILES,
        requires=("gevent==26.9.0",),
        concurrency=256,
        versions_of=("gevent", "greenlet"),
    ),
    Server(
        "eventlet",
        "eventlet's wsgi, a green thread per connection",
        argv=(*_SERVE, "eventlet", *_ADDRESS),
        tls=_FILES,
        requires=("eventlet==0.41.3",),
        concurrency=256,
        versions_of=("eventlet", "greenlet"),
    ),
    Server(
        "cheroot",
        "CherryPy's cheroot, a pool of threads",
        argv=(*_SERVE, "cheroot", *_ADDRESS),
        tls=_FILES,
        requires=("cheroot==11.1.2",),
        concurrency=64,
        versions_of=("cheroot",),
        notes="A full pool cannot serve plain HTTP; there are more threads than connections.",
    ),
)

_uwsgi = partial(
    Server,
    settings={"WEBSOCKET_FACTORY_CLASS": "dwebsocket.backends.uwsgi.factory.uWsgiWebSocketFactory"},
)

_UWSGI_SOURCE = ("uwsgi==2.0.31", "gevent==26.9.0"), ("uwsgi", "gevent", "greenlet")
_UWSGI_WHEEL = ("pyuwsgi==2.0.30.post1", "gevent==26.9.0"), ("pyuwsgi", "gevent", "greenlet")

_UWSGI_THREADS = ("--threads", "{threads}")
# If gevent patched later, all greenlets would share Django's database connections, which is an error.
_UWSGI_GEVENT = ("--gevent", "{threads}", "--gevent-early-monkey-patch")

_UWSGI_ROUTER = ("--http-websockets", "--http-timeout", "300")
# The wheel is built without TLS.
_UWSGI_ROUTER_TLS = ("--https", "{host}:{port},{certificate},{key}")

_ROUTER_TIMEOUT = "The router cuts a connection that is silent for longer than --http-timeout, here 300 s."


def _uwsgi_argv(*more: str) -> tuple[str, ...]:
    return ("uwsgi", "--module", _APPLICATION, "--master", "--die-on-term", "--need-app", *more)


def _uwsgi_modes(
    name: str, summary: str, requires: tuple[str, ...], versions_of: tuple[str, ...], tls: tuple[str, ...] = ()
) -> tuple[Server, ...]:
    """Return the four ways to serve WebSockets with one build of uWSGI."""
    build = partial(_uwsgi, requires=requires, versions_of=versions_of)
    direct = partial(build, plain=("--http-socket", "{host}:{port}"))
    router = partial(build, plain=("--http", "{host}:{port}"), tls=tls, notes=_ROUTER_TIMEOUT)
    threads, greenlets = f"{summary}, a pool of threads", f"{summary}, a pool of greenlets"
    return (
        direct(f"{name}-threads", threads, argv=_uwsgi_argv(*_UWSGI_THREADS), concurrency=64),
        direct(f"{name}-gevent", greenlets, argv=_uwsgi_argv(*_UWSGI_GEVENT), concurrency=256),
        router(
            f"{name}-router-threads",
            f"{threads} behind its HTTP router",
            argv=_uwsgi_argv(*_UWSGI_ROUTER, *_UWSGI_THREADS),
            concurrency=64,
        ),
        router(
            f"{name}-router-gevent",
            f"{greenlets} behind its HTTP router",
            argv=_uwsgi_argv(*_UWSGI_ROUTER, *_UWSGI_GEVENT),
            concurrency=256,
        ),
    )


_ugreen = partial(
    _uwsgi,
    # With --ugreen, a head that is larger than the buffer stops the whole server for seconds.
    argv=_uwsgi_argv(*_UWSGI_ROUTER, "--async", "{threads}", "--ugreen", "--buffer-size", "65535"),
    plain=("--http", "{host}:{port}"),
    requires=_UWSGI_SOURCE[0],
    concurrency=30,
    versions_of=_UWSGI_SOURCE[1],
)

_UGREEN = _ugreen(
    "uwsgi-ugreen",
    "uWSGI from source, its own green threads behind its HTTP router, on Python 3.10",
    python="3.10",
    notes=_ROUTER_TIMEOUT,
)

_NO_SOCKET = "it does not give WSGI applications access to the connection"

_UNSUPPORTED = (
    Server(
        "waitress",
        "waitress, a pool of threads",
        argv=("{python}", "-m", "waitress", "--listen={host}:{port}", "--threads={threads}", _APPLICATION),
        requires=("waitress==3.0.2",),
        versions_of=("waitress",),
        unsupported="it reads ahead and treats the bytes after the head of a request as the next request",
    ),
    Server(
        "tornado",
        "Tornado's WSGIContainer",
        argv=(*_SERVE, "tornado", *_ADDRESS),
        requires=("tornado==6.6.1",),
        versions_of=("tornado",),
        unsupported=_NO_SOCKET,
    ),
    Server(
        "granian",
        "Granian's WSGI interface",
        argv=(
            *("{python}", "-m", "granian", "--interface", "wsgi", "--host", "{host}", "--port", "{port}"),
            _APPLICATION,
        ),
        requires=("granian==2.8.7",),
        versions_of=("granian",),
        unsupported=_NO_SOCKET,
    ),
    Server(
        "bjoern",
        "bjoern, on libev",
        argv=(*_SERVE, "bjoern", *_ADDRESS),
        requires=("bjoern==3.2.2",),
        versions_of=("bjoern",),
        unsupported=_NO_SOCKET,
        notes="It is built from source, which needs a C compiler and the headers of libev.",
    ),
    Server(
        "twisted",
        "Twisted's WSGIResource",
        argv=(
            *("{python}", "-m", "twisted", "--log-format", "text"),
            *("web", "--listen", "tcp:{port}:interface={host}", "--wsgi", "wsconform_site.wsgi.application"),
        ),
        requires=("Twisted[tls]==26.10.0",),
        versions_of=("Twisted",),
        unsupported=_NO_SOCKET,
    ),
    Server(
        "hypercorn",
        "Hypercorn's WSGI interface",
        argv=("{python}", "-m", "hypercorn", "--bind", "{host}:{port}", f"wsgi:{_APPLICATION}"),
        requires=("hypercorn==0.18.0",),
        versions_of=("hypercorn",),
        unsupported="it answers an opening handshake with 403 and does not call the application",
    ),
    _uwsgi(
        "uwsgi-https-socket",
        "uWSGI from source, TLS in the worker",
        argv=_uwsgi_argv(*_UWSGI_THREADS, "--https-socket", "{host}:{port},{certificate},{key}"),
        requires=_UWSGI_SOURCE[0],
        concurrency=64,
        scheme="wss",
        versions_of=_UWSGI_SOURCE[1],
        unsupported="applications get the encrypted connection; TLS in the router works",
    ),
    _ugreen(
        "uwsgi-ugreen-py311",
        "uWSGI from source, its own green threads behind its HTTP router, on Python 3.11",
        python="3.11",
        unsupported="its green threads deadlock, or crash when they end, on Python 3.11 and newer",
    ),
)

#: All servers but their variants over TLS, which are derived from these.
TABLE = (
    *_DEVELOPMENT,
    *_GUNICORN,
    *_PYTHON,
    *_uwsgi_modes("uwsgi", "uWSGI from source", *_UWSGI_SOURCE, _UWSGI_ROUTER_TLS),
    _UGREEN,
    *_uwsgi_modes("pyuwsgi", "uWSGI from its wheel", *_UWSGI_WHEEL),
    *_UNSUPPORTED,
)

#: The servers that most people use, which `wsconform matrix` tests by default. All are installed from wheels.
COMMON = ("runserver", "gunicorn-gthread", "gevent", "eventlet", "pyuwsgi-threads")

#: Not part of the matrix: a server that does as little as possible, to show how a library behaves on its own.
BARE = Server(
    "bare",
    "the standard library's server with a thread per connection, and nothing else",
    argv=(*_SERVE, "bare", *_ADDRESS),
    concurrency=64,
)
