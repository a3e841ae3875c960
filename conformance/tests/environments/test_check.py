"""What was installed is checked: does it provide the documented API, and does that work here?"""

from dataclasses import replace

import pytest

from conformance.tests.support import stand_ins
from conformance.tests.support.environments import SERVER, api, make
from wsconform.environments.cache import make_environment
from wsconform.errors import IncompatibleError, NotTheApiError


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        (
            {"__init__.py": "", "client.py": "", "server.py": ""},
            r"another project: it has no dwebsocket\.decorators\.accept_websocket, .*"
            r"\(its package has: client\.py, server\.py; its metadata say: dwebsocket 0\.2\)",
        ),
        ({"__init__.py": "import of_its_own_needs", "client.py": ""}, r"no dwebsocket\.decorators\.accept_websocket"),
        ({"__init__.py": ""}, "its package has: nothing else"),
        (api(middleware=None), r"it has no dwebsocket\.middleware\.WebSocketMiddleware \("),
        (api(decorators="accept_websocket = print"), r"it has no dwebsocket\.decorators\.require_websocket \("),
    ],
)
def test_project_without_the_documented_names_is_another_project(cache, made_of, modules, message):
    with pytest.raises(NotTheApiError, match=message):
        made_of(modules)
    assert not any(path.is_dir() for path in cache.iterdir())


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        (api(__init__="import django.urls"), "ModuleNotFoundError: No module named 'django.urls'"),
        (api(decorators="import dwebsocket.missing"), r"No module named 'dwebsocket\.missing'"),
        (api(middleware="raise TypeError('too old')"), "TypeError: too old"),
        (api(decorators="def accept_websocket(view): 1 / 0\nrequire_websocket = None"), "ZeroDivisionError"),
        (api(__init__="raise SystemExit('bye')"), "SystemExit: bye"),
        (api(__init__="import os; os._exit(3)"), "ended the interpreter with status 3"),
    ],
)
def test_error_of_an_incompatible_target_has_reason_and_versions(cache, made_of, modules, message):
    with pytest.raises(IncompatibleError, match=rf"(?s)does not work with Django 5\.2 .*{message}.*\.log") as caught:
        made_of(modules)
    assert "another project" not in str(caught.value)


def test_import_that_does_not_end_is_an_error(cache, made_of, monkeypatch):
    monkeypatch.setattr("wsconform.environments.check._PROBE_TIMEOUT", 0.2)
    with pytest.raises(IncompatibleError, match=r"did not end in 0\.2 s"):
        made_of(api(__init__="import signal; signal.pause()"))


def test_error_names_versions_that_a_known_release_works_with(cache, target, tmp_path):
    modules = api(__init__="raise TypeError")
    release = stand_ins.write_wheel(tmp_path, "dwebsocket", "0.5.12", modules)
    with pytest.raises(IncompatibleError, match=r"that release works with Django==3\.0\.14 on Python 3\.12"):
        make(replace(target, requirement=release))


def test_package_must_be_provided(cache, wheel_target):
    misnamed = replace(wheel_target, package="websocket_of_another_name")
    with pytest.raises(NotTheApiError, match=r"nothing that stub installs provides .*'websocket_of_another_name'"):
        make_environment(misnamed, [SERVER], report=lambda line: None)
