"""The servers, as values: a new one is one more entry here. How they are started is in `launch`.

Command lines and capacities were tried one by one. A capacity is what this suite asks for at most, not the
server's limit.
"""

from .errors import UnknownNameError
from .server import Server

__all__ = ["SERVERS", "Server", "find_server"]

_GUNICORN = (
    *("{python}", "-m", "gunicorn", "wsconform_site.wsgi", "-b", "{host}:{port}", "-w", "1"),
    # Without these it leaves a socket file behind, and takes 30 s to stop while a WebSocket is open.
    *("--no-control-socket", "--graceful-timeout", "1", "--access-logfile", "-"),
)

_ALL = (
    Server(
        "runserver",
        "Django's development server, a thread per connection",
        argv=("{python}", "-m", "django", "runserver", "{host}:{port}", "--noreload", "--skip-checks"),
        concurrency=64,
    ),
    Server(
        "gunicorn-gthread",
        "gunicorn with a pool of threads",
        argv=(*_GUNICORN, "-k", "gthread", "--threads", "{threads}"),
        requires=("gunicorn==27.0.1",),
        concurrency=64,
        versions_of=("gunicorn",),
        notes="A full pool serves plain HTTP no longer; there are more threads than connections.",
    ),
    Server(
        "gevent",
        "gevent's pywsgi, a greenlet per connection",
        argv=("{python}", "-m", "wsconform_site.serve_gevent", "{host}", "{port}"),
        requires=("gevent==26.9.0",),
        concurrency=256,
        versions_of=("gevent", "greenlet"),
    ),
)

SERVERS: dict[str, Server] = {server.name: server for server in _ALL}


def find_server(name: str) -> Server:
    """Return the server of that name.

    Raises:
        UnknownNameError: there is none; the message offers the nearest names.

    """
    try:
        return SERVERS[name]
    except KeyError:
        raise UnknownNameError.among("server", name, SERVERS) from None
