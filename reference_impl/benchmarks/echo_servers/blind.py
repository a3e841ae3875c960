"""Echo octets without parsing them: the upper bound for anything that takes a server's socket over."""

from socket import IPPROTO_TCP, SHUT_RDWR, TCP_NODELAY

from handshake import response


def application(environ, start_response):
    """A WSGI application for gunicorn and gevent.pywsgi."""
    sock = environ.get("gunicorn.socket") or environ["wsgi.input"].raw._sock
    sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    sock.sendall(response(environ))
    while data := sock.recv(65536):
        sock.sendall(data)
    sock.shutdown(SHUT_RDWR)
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]
