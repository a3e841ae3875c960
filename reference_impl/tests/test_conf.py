"""The settings."""

from dataclasses import fields
from math import inf, nan

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from dwebsocket import conf
from dwebsocket.conf import Settings


@pytest.fixture(autouse=True)
def _unset():
    """Begin with a project that has set nothing."""
    with override_settings():
        del settings.WEBSOCKET_CLOSE_TIMEOUT
        yield


GOOD = {
    "WEBSOCKET_FACTORY_CLASS": ["a.b", Settings],
    "WEBSOCKET_ACCEPT_ALL": [True, False],
    "WEBSOCKET_ALLOWED_ORIGINS": [None, ["*"], ("https://a.example",), []],
    "WEBSOCKET_SUBPROTOCOLS": [["a", "b"], ()],
    "WEBSOCKET_MAX_MEMORY": [1, None],
    "WEBSOCKET_MAX_MESSAGE_SIZE": [1, None],
    "WEBSOCKET_PING_INTERVAL": [0.5, 25, None],
    "WEBSOCKET_PING_TIMEOUT": [0.5, 25, None],
    "WEBSOCKET_CLOSE_TIMEOUT": [0.1, 5, 86400],
    "WEBSOCKET_SEND_TIMEOUT": [0.1, 5, 86400, None],
    "WEBSOCKET_COMPRESSION": [True, False],
    "WEBSOCKET_COMPRESSION_CONTEXT_TAKEOVER": [True, False],
    "WEBSOCKET_COMPRESSION_LEVEL": [1, 9],
    "WEBSOCKET_COMPRESSION_MEMORY": [1, 9],
    "WEBSOCKET_COMPRESSION_THRESHOLD": [0, 1, 1 << 20],
    "WEBSOCKET_COMPRESSION_WINDOW_BITS": [8, 15],
    "WEBSOCKET_LEGACY_BYTES": [True, False],
    "WEBSOCKET_UPGRADE_REQUIRED": [True, False],
}
BAD = {
    "WEBSOCKET_FACTORY_CLASS": [None, "", 5],
    "WEBSOCKET_ACCEPT_ALL": ["yes", 1, None],
    "WEBSOCKET_ALLOWED_ORIGINS": ["*", [1], True],
    "WEBSOCKET_SUBPROTOCOLS": ["chat", None, [b"a"]],
    "WEBSOCKET_MAX_MEMORY": [0, -1, 1.5, "1", True],
    "WEBSOCKET_MAX_MESSAGE_SIZE": [0, -1, 1.5, "1", True],
    "WEBSOCKET_PING_INTERVAL": [0, -1, "25", True, inf, 1e12],
    "WEBSOCKET_PING_TIMEOUT": [0, -1, "25", False, inf, 1e12],
    "WEBSOCKET_CLOSE_TIMEOUT": [None, 0, -1, "1", inf, nan, 1e12, 86401],
    "WEBSOCKET_SEND_TIMEOUT": [0, -1, "20", True, inf, nan, 1e12],
    "WEBSOCKET_COMPRESSION": ["deflate", 1, None],
    "WEBSOCKET_COMPRESSION_CONTEXT_TAKEOVER": ["no", 0, None],
    "WEBSOCKET_COMPRESSION_LEVEL": [0, 10, -1, 1.5, "6", None, True],
    "WEBSOCKET_COMPRESSION_MEMORY": [0, 10, "5", None, True],
    "WEBSOCKET_COMPRESSION_THRESHOLD": [-1, 1.5, "1024", None, True],
    "WEBSOCKET_COMPRESSION_WINDOW_BITS": [7, 16, 4096, "12", None, True],
    "WEBSOCKET_LEGACY_BYTES": [None, 0],
    "WEBSOCKET_UPGRADE_REQUIRED": [None, 426],
}


def pairs(table):
    return [(name, value) for name, values in table.items() for value in values]


@pytest.mark.parametrize("table", [GOOD, BAD], ids=["good", "bad"])
def test_the_tables_of_these_tests_are_complete(table):
    assert set(table) == {conf.PREFIX + field.name.upper() for field in fields(Settings)}


def test_a_project_that_sets_nothing_gets_the_defaults():
    assert conf.current() == Settings()


def test_pings_come_before_proxies_cut_idle_connections():
    assert (Settings().ping_interval, Settings().ping_timeout) == (25, 20)


@pytest.mark.parametrize(("name", "value"), pairs(GOOD))
def test_a_good_value_is_taken_at_once_and_forgotten_at_once(name, value):
    field = name.removeprefix(conf.PREFIX).lower()
    with override_settings(**{name: value}):
        expected = tuple(value) if isinstance(value, list) else value
        assert getattr(conf.current(), field) == expected
    assert conf.current() == Settings()


@pytest.mark.parametrize(("name", "value"), pairs(BAD))
def test_a_bad_value_is_refused_with_name_and_value(name, value):
    with override_settings(**{name: value}), pytest.raises(ImproperlyConfigured) as caught:
        conf.current()
    assert name in str(caught.value)
    assert repr(value) in str(caught.value)


def test_a_misspelt_name_is_refused_with_the_right_one():
    with (
        override_settings(WEBSOCKET_PING_INTERVALL=5),
        pytest.raises(ImproperlyConfigured, match=r"WEBSOCKET_PING_INTERVAL[?]"),
    ):
        conf.current()


def test_a_setting_of_another_package_is_let_alone():
    with override_settings(WEBSOCKET_URL="/ws/"):
        assert conf.current() == Settings()


def test_the_system_check_is_silent_about_good_settings():
    assert [message for message in run_checks() if message.id.startswith("dwebsocket")] == []


def test_the_system_check_reports_bad_settings():
    with override_settings(WEBSOCKET_ACCEPT_ALL="yes"):
        [message] = [message for message in run_checks() if message.id == "dwebsocket.E001"]
    assert "WEBSOCKET_ACCEPT_ALL" in message.msg
