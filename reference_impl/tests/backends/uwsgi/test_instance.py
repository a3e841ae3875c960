"""How uWSGI was started, and what of it makes WebSockets impossible."""

from types import SimpleNamespace

import pytest

from dwebsocket.backends.uwsgi.instance import OBSTACLES, Instance, obstacle_for, running_instance

HTTP_SOCKET = {"http-socket"}
PLAIN, ROUTED, ENCRYPTED = {}, {"UWSGI_ROUTER": "http"}, {"HTTPS": "on"}

CASES = {
    "threads": (None, 8, HTTP_SOCKET, (3, 12), PLAIN, None),
    "gevent": ("gevent", 100, HTTP_SOCKET, (3, 12), PLAIN, None),
    "gevent counts as async": ("gevent", 100, {"async", *HTTP_SOCKET}, (3, 12), PLAIN, None),
    "one core is not async": (None, 1, {"async", *HTTP_SOCKET}, (3, 12), PLAIN, None),
    "ugreen on 3.10": (None, 30, {"async", "ugreen"}, (3, 10), PLAIN, None),
    "ugreen on 3.11": (None, 30, {"async", "ugreen"}, (3, 11), PLAIN, "--gevent"),
    "ugreen on another Python": (None, 30, {"async", "ugreen"}, None, PLAIN, "--gevent"),
    "async alone": (None, 30, {"async"}, (3, 10), PLAIN, "--gevent"),
    "another loop": ("asyncio", 30, {"asyncio", "async"}, (3, 12), PLAIN, "--loop"),
    "router": (None, 8, {"http", "http-websockets"}, (3, 12), ROUTED, None),
    "router, raw": (None, 8, {"http", "http-raw-body"}, (3, 12), ROUTED, None),
    "router without websockets": (None, 8, {"http"}, (3, 12), ROUTED, "--http-websockets"),
    "router of another instance": (None, 8, {"socket"}, (3, 12), ROUTED, None),
    "TLS in the router": (None, 8, {"https", "http-websockets"}, (3, 12), {**ROUTED, **ENCRYPTED}, None),
    "TLS in the worker": (None, 8, {"https-socket"}, (3, 12), ENCRYPTED, "--https "),
    "TLS in a proxy": (None, 8, {"socket"}, (3, 12), ENCRYPTED, None),
}


@pytest.mark.parametrize(("loop", "cores", "options", "python", "meta", "said"), CASES.values(), ids=CASES)
def test_what_cannot_work_is_known(loop, cores, options, python, meta, said):
    obstacle = obstacle_for(Instance(loop, cores, frozenset(options), python), meta)
    assert (obstacle is None) == (said is None)
    if obstacle:
        assert said in obstacle.reason


def test_each_obstacle_has_its_case():
    met = {obstacle_for(Instance(*case[:2], frozenset(case[2]), case[3]), case[4]) for case in CASES.values()}
    assert met - {None} == set(OBSTACLES)


def test_names_of_options_may_be_octets():
    """They are under pyuwsgi."""
    instance = running_instance(SimpleNamespace(opt={b"async": b"3"}, loop=b"gevent", cores=3))
    assert (instance.options, instance.loop) == ({"async"}, "gevent")
