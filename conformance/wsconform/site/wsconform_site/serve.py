"""Serve the project with a server that has no command line, or one that lacks required options.

    python -m wsconform_site.serve NAME HOST PORT THREADS [CERTIFICATE KEY]

THREADS is for servers with a pool of them; with two PEM files it speaks TLS. There is a function for each server,
which imports that server and then the project: a site on gevent or eventlet patches the standard library before
anything else is imported, and so does this one. It runs on every Python that a target may need, so it is written
for Python 3.7.
"""

# Servers are installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,import-untyped"

import sys
from typing import Any

__all__ = ["SERVERS"]


def _application() -> Any:
    from .wsgi import application

    return application


def _files(certificate: str = "", key: str = "") -> Any:
    return {"certfile": certificate, "keyfile": key} if certificate else {}


def _wsgiref(host: str, port: int, threads: int, *certificate: str) -> None:
    from wsgiref.simple_server import make_server

    make_server(host, port, _application()).serve_forever()


def _bare(host: str, port: int, threads: int, *certificate: str) -> None:
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIServer, make_server

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        request_queue_size = threads

    make_server(host, port, _application(), server_class=Server).serve_forever()


def _werkzeug(host: str, port: int, threads: int, *certificate: str) -> None:
    from werkzeug.serving import run_simple

    files: Any = certificate or None
    run_simple(host, port, _application(), threaded=True, ssl_context=files)


def _gevent(host: str, port: int, threads: int, *certificate: str) -> None:
    from gevent import monkey

    monkey.patch_all()
    from gevent.pywsgi import WSGIServer

    WSGIServer((host, port), _application(), **_files(*certificate)).serve_forever()


def _eventlet(host: str, port: int, threads: int, *certificate: str) -> None:
    import eventlet

    eventlet.monkey_patch()
    from eventlet import wsgi

    listener = eventlet.listen((host, port))
    if certificate:
        listener = eventlet.wrap_ssl(listener, server_side=True, **_files(*certificate))
    wsgi.server(listener, _application())


def _cheroot(host: str, port: int, threads: int, *certificate: str) -> None:
    from cheroot.ssl.builtin import BuiltinSSLAdapter
    from cheroot.wsgi import Server

    server = Server((host, port), _application(), numthreads=threads)
    if certificate:
        server.ssl_adapter = BuiltinSSLAdapter(*certificate)
    server.start()


def _tornado(host: str, port: int, threads: int, *certificate: str) -> None:
    import asyncio

    from tornado.httpserver import HTTPServer
    from tornado.wsgi import WSGIContainer

    async def serve() -> None:
        HTTPServer(WSGIContainer(_application())).listen(port, host)
        await asyncio.Event().wait()

    asyncio.run(serve())


def _bjoern(host: str, port: int, threads: int, *certificate: str) -> None:
    import bjoern

    bjoern.run(_application(), host, port)


SERVERS = {
    "bare": _bare,
    "wsgiref": _wsgiref,
    "werkzeug": _werkzeug,
    "gevent": _gevent,
    "eventlet": _eventlet,
    "cheroot": _cheroot,
    "tornado": _tornado,
    "bjoern": _bjoern,
}

if __name__ == "__main__":
    name, host, port, threads, *certificate = sys.argv[1:]
    SERVERS[name](host, int(port), int(threads), *certificate)
