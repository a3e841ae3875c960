"""The factory: who it is, and what it takes for a request for a WebSocket."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory, override_settings

from dwebsocket import conf
from dwebsocket.backends.default.factory import WebSocketFactory
from dwebsocket.factory import factory_for, head_of, is_websocket


class OwnFactory(WebSocketFactory):
    """A factory of the project's own."""


@pytest.mark.parametrize("setting", [OwnFactory, f"{__name__}.OwnFactory"], ids=["class", "path"])
def test_the_setting_names_the_factory(setting):
    with override_settings(WEBSOCKET_FACTORY_CLASS=setting):
        assert type(factory_for(RequestFactory().get("/"), conf.current())) is OwnFactory


def test_without_setting_it_is_the_one_for_servers_in_python():
    assert type(factory_for(RequestFactory().get("/"), conf.current())) is WebSocketFactory


@pytest.mark.parametrize("setting", ["no.such.Class", "dwebsocket.factory.NoSuchClass", dict, "builtins.print"])
def test_what_is_no_factory_is_refused(setting):
    with (
        override_settings(WEBSOCKET_FACTORY_CLASS=setting),
        pytest.raises(ImproperlyConfigured, match="WEBSOCKET_FACTORY_CLASS"),
    ):
        factory_for(RequestFactory().get("/"), conf.current())


@pytest.mark.parametrize(
    ("upgrade", "asked"),
    [(None, False), ("", False), ("h2c", False), ("websocket", True), ("WebSocket", True), ("h2c, websocket", True)],
)
def test_a_request_asks_for_a_websocket_when_upgrade_names_it(upgrade, asked):
    extra = {} if upgrade is None else {"HTTP_UPGRADE": upgrade}
    assert is_websocket(RequestFactory().get("/", **extra)) is asked


def test_method_is_the_one_that_was_sent():
    """Methods are case-sensitive (RFC 9110 section 9.1), but Django writes all of them in upper case."""
    request = RequestFactory().generic("get", "/")
    assert request.method == "GET"
    assert head_of(request).method == "get"


def test_whitespace_around_a_value_does_not_belong_to_it():
    head = head_of(RequestFactory().get("/", HTTP_UPGRADE="\twebsocket  ", HTTP_SEC_WEBSOCKET_KEY=" a b "))
    assert (head.get("Upgrade"), head.get("Sec-WebSocket-Key")) == ("websocket", "a b")
