"""What was installed is checked: does it provide the documented API, and does that work here?"""

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.tests.processes.test_supervisor import DAEMON, needs_procfs
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
            r"\(its package has: client\.py, server\.py; its metadata: dwebsocket 0\.2\)",
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
        (api(__init__="import os; os._exit(3)"), "exited the interpreter with status 3"),
    ],
)
def test_error_of_an_incompatible_target_has_reason_and_versions(cache, made_of, modules, message):
    with pytest.raises(IncompatibleError, match=rf"(?s)does not work with Django 5\.2 .*{message}.*\.log") as caught:
        made_of(modules)
    assert "another project" not in str(caught.value)


def test_import_that_does_not_end_is_an_error(cache, made_of, monkeypatch):
    monkeypatch.setattr("wsconform.environments.check._PROBE_TIMEOUT", 0.2)
    with pytest.raises(IncompatibleError, match=r"stopped, because it did not end in 0\.2 s"):
        made_of(api(__init__="import signal; signal.pause()"))


@needs_procfs
def test_daemon_of_an_import_is_killed_and_named(cache, target, tmp_path):
    modules = api(__init__=f"exec({DAEMON!r})")
    wheel = stand_ins.write_wheel(tmp_path, "dwebsocket", "0.2", modules)
    left = []
    make_environment(replace(target, requirement=wheel), [SERVER], report=lambda line: None, left_behind=left.append)
    (sentence,) = left
    assert sentence.startswith("importing dwebsocket left processes behind, which were killed: ")
    assert not Path("/proc", sentence.split("killed: ")[1].split()[0]).exists()


def test_import_that_prints_endlessly_is_an_error(cache, made_of, monkeypatch):
    monkeypatch.setattr("wsconform.environments.check.LARGEST_LOG", 1 << 20)
    with pytest.raises(IncompatibleError, match="stopped, because its log became larger than 1 MiB"):
        made_of(api(__init__="while True: print('x' * 10_000)"))


@pytest.mark.parametrize("answer", ["", "[1", "[" * 100_000, '{"python": 3}', "x" * 3_000_000])
def test_answer_that_the_package_has_spoiled_is_an_error(cache, made_of, answer):
    spoil = f"import sys, os\nopen(sys.argv[2], 'w').write({answer[:10]!r} * {max(1, len(answer) // 10)})\nos._exit(0)"
    with pytest.raises(IncompatibleError, match="corrupted the answer"):
        made_of(api(__init__=spoil))


def test_error_names_versions_that_a_known_release_works_with(cache, target, tmp_path):
    modules = api(__init__="raise TypeError")
    release = stand_ins.write_wheel(tmp_path, "dwebsocket", "0.5.12", modules)
    with pytest.raises(IncompatibleError, match=r"that release works with Django==3\.0\.14 on Python 3\.12"):
        make(replace(target, requirement=release))


def test_package_must_be_provided(cache, wheel_target):
    misnamed = replace(wheel_target, package="websocket_of_another_name")
    with pytest.raises(NotTheApiError, match=r"stub was installed, but does not provide .*'websocket_of_another_name'"):
        make_environment(misnamed, [SERVER], report=lambda line: None)
