"""An environment is made once for each content, whole or not at all, by one run at a time."""

import json
import os
import py_compile
import queue
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import closing, suppress
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from websocket import create_connection

from conformance.tests.support import stand_ins
from wsconform.environments import cache as environments
from wsconform.environments.bytecode import link_bytecode
from wsconform.environments.cache import make_environment
from wsconform.environments.installer import Installer, find_uv
from wsconform.environments.interpreters import find_interpreter, running_interpreter
from wsconform.environments.locks import Lock
from wsconform.environments.plan import Plan
from wsconform.environments.project import fingerprint, read_project
from wsconform.environments.slots import prune
from wsconform.environments.versions import OWN, Versions
from wsconform.environments.wheels import Wheels
from wsconform.errors import (
    BuildError,
    IncompatibleError,
    NotTheApiError,
    PythonMissingError,
    UnknownNameError,
    UnsupportedError,
)
from wsconform.launching.launch import launch
from wsconform.servers import Server, find_server
from wsconform.targets import Target, find_target

ROOT = Path(__file__).resolve().parents[3]
SERVER = Server("plain", "a test's", argv=("x",))

# Stands where uv is looked for: says that it was started, waits for leave to end, and has built half of something.
HALF_AN_INSTALLER = """#!/bin/sh
for last; do :; done
mkdir -p "$last/bin" && touch "$last/bin/python"
echo started > "{started}"
read leave < "{leave}"
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "environments"


@pytest.fixture
def target(tmp_path):
    """A target and a Django that are installed in a moment."""
    django = stand_ins.write_wheel(tmp_path, "django", "5.2", stand_ins.DJANGO)
    return Target("stub", "a test's", stand_ins.write_project(tmp_path / "project"), django=django)


@pytest.fixture
def wheel_target(target, tmp_path):
    """The same, not even to be built."""
    return replace(target, requirement=stand_ins.write_wheel(tmp_path, "dwebsocket", "0.2", stand_ins.API))


def digest(target, *servers, versions=OWN):
    return Plan.of(target, servers, versions).digest


def make(target, *servers, report=lambda line: None, **versions):
    return make_environment(target, servers or [SERVER], versions=Versions(**versions), report=report)


@pytest.fixture(scope="module")
def another_python():
    """The minor version of a Python on this machine, if there is one that is not the one that runs us."""
    running = running_interpreter().minor
    others = [minor for minor in ("3.10", "3.12", "3.13", "3.14", "3.11") if minor != running]
    try:
        return find_interpreter(others).minor
    except PythonMissingError:
        return running


def test_an_environment_has_what_was_asked_for_and_says_so(cache, target):
    said = []
    environment = make_environment(target, [SERVER], report=said.append)
    command = [environment.python, "-c", "import django, dwebsocket.decorators as d; print(d.__file__)"]
    module = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(module).is_relative_to(cache)
    assert environment.versions.keys() == {"python", "Django", "dwebsocket"}
    assert environment.versions["dwebsocket"] == "0.1"
    assert environment.target == target
    assert len(said) == 1


def test_the_second_time_nothing_is_built(cache, wheel_target):
    first = make_environment(wheel_target, [SERVER], report=lambda line: None)
    said = []
    assert make_environment(wheel_target, [SERVER], report=said.append) == first
    assert said == []


def test_building_leaves_a_local_project_as_it_was(cache, target):
    before = sorted(target.requirement.rglob("*"))
    make_environment(target, [SERVER], report=lambda line: None)
    assert sorted(target.requirement.rglob("*")) == before


@pytest.mark.parametrize("part", ["", "lib/fork"])
def test_a_fork_under_another_name_in_a_repository_is_installed_and_recorded(cache, target, part):
    project = target.requirement
    (project / "pyproject.toml").write_text('[project]\nname = "dwebsocket2"\nversion = "2.1"\n')
    repository = project
    if part:
        repository = project.parent / "repository"
        shutil.copytree(project, repository / part)
    commit = committed(repository)
    where = f"git:{repository.as_uri()}@{commit}" + (f"#subdirectory={part}" if part else "")
    environment = make(replace(find_target(where), django=target.django))
    assert environment.versions["dwebsocket2"] == "2.1"
    identity = environment.identity
    assert (identity.distribution, identity.commit, identity.url) == ("dwebsocket2", commit, repository.as_uri())


def committed(repository):
    """Make a repository of a directory, with all that is in it; return the commit."""
    git = ["git", "-C", str(repository), "-c", "user.name=x", "-c", "user.email=x@x.test"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "All of it"]):
        subprocess.run([*git, *command], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()


def test_a_repository_may_be_told_by_its_path(target, monkeypatch):
    monkeypatch.chdir(target.requirement.parent)
    commit = "0" * 40
    assert find_target(f"git:project@{commit}").requirement == f"git+{target.requirement.as_uri()}@{commit}"


def test_a_commit_that_is_not_in_the_repository_is_told_with_the_end_of_the_log(cache, target):
    subprocess.run(["git", "-C", str(target.requirement), "init", "-q"], check=True)
    fork = replace(find_target(f"git:{target.requirement}@{'0' * 40}"), django=target.django)
    with pytest.raises(BuildError, match=r"(?s)pip install.*0000000000"):
        make(fork)


def test_a_project_is_told_by_the_state_of_its_checkout_now(cache, target):
    project = target.requirement
    before = make(target)
    assert before.identity.sha256 == fingerprint(read_project(project))
    assert (before.identity.commit, before.identity.dirty) == ("", False)
    commit = committed(project)
    said = []
    after = make(target, report=said.append)
    assert said == []
    assert after.identity.commit == commit
    assert replace(after.identity, commit="") == before.identity


def test_an_identity_is_recorded_with_the_environment(cache, wheel_target):
    environment = make(wheel_target)
    recorded = json.loads((environment.python.parents[1] / "environment.json").read_text())
    assert recorded["identity"] == asdict(environment.identity)
    package = environment.python.parents[1] / environment.identity.package
    assert (package / "decorators.py").is_file()


def test_another_python_can_be_asked_for(cache, wheel_target, another_python):
    environment = make(wheel_target, python=another_python)
    command = [environment.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == another_python
    assert environment.versions["python"].startswith(f"{another_python}.")


def test_a_python_that_is_not_there_is_told_before_anything_is_built(cache, wheel_target):
    with pytest.raises(PythonMissingError, match=r"Python 3\.99 is not on this machine"):
        make(wheel_target, python="3.99")
    assert not cache.exists()


def test_django_and_a_server_may_be_others_than_their_own(cache, wheel_target, tmp_path):
    django = stand_ins.write_wheel(tmp_path, "django", "4.1", stand_ins.DJANGO)
    served = stand_ins.write_wheel(tmp_path, "served", "2", {"__init__.py": ""})
    server = Server("s", "a test's", argv=("x",), requires=("served==999",), versions_of=("served",))
    environment = make(wheel_target, server, django=django, pins=(served,))
    assert (environment.versions["Django"], environment.versions["served"]) == ("4.1", "2")


def test_a_pin_that_no_server_has_a_use_for_is_an_error(cache, wheel_target):
    with pytest.raises(UnknownNameError, match="gunicorn"):
        make(wheel_target, pins=("gunicorn<26",))


def test_a_target_that_speaks_another_protocol_is_not_installed(cache):
    with pytest.raises(UnsupportedError, match="draft-hixie"):
        make(find_target("pip:django-websocket==0.3.0"))
    assert not cache.exists()


def api(**changed):
    """The modules of the documented API, with some changed, added or, by None, left out."""
    modules = {**stand_ins.API, **{f"{name}.py": content for name, content in changed.items()}}
    return {name: content for name, content in modules.items() if content is not None}


@pytest.fixture
def made_of(target, tmp_path):
    """Make an environment with these modules as what is called dwebsocket."""

    def make_of(modules):
        return make(replace(target, requirement=stand_ins.write_wheel(tmp_path, "dwebsocket", "0.2", modules)))

    return make_of


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
def test_a_project_without_the_documented_names_is_another_one(cache, made_of, modules, message):
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
def test_the_api_that_does_not_work_here_is_told_with_the_reason_and_the_versions(cache, made_of, modules, message):
    with pytest.raises(IncompatibleError, match=rf"(?s)does not work with Django 5\.2 .*{message}.*\.log") as caught:
        made_of(modules)
    assert "another project" not in str(caught.value)


def test_an_import_that_does_not_end_is_told(cache, made_of, monkeypatch):
    monkeypatch.setattr("wsconform.environments.check._PROBE_TIMEOUT", 0.2)
    with pytest.raises(IncompatibleError, match=r"did not end in 0\.2 s"):
        made_of(api(__init__="import signal; signal.pause()"))


def test_what_is_known_of_a_release_is_offered_when_it_does_not_work(cache, target, tmp_path):
    modules = api(__init__="raise TypeError")
    release = stand_ins.write_wheel(tmp_path, "dwebsocket", "0.5.12", modules)
    with pytest.raises(IncompatibleError, match=r"that release works with Django==3\.0\.14 on Python 3\.12"):
        make(replace(target, requirement=release))


def test_what_a_package_prints_when_it_is_imported_does_no_harm(cache, made_of):
    environment = made_of(api(__init__="print('hello'); import os; os.write(1, b'hello')"))
    assert environment.versions["dwebsocket"] == "0.2"
    assert "hellohello" in next(cache.glob("*.log")).read_text().replace("\n", "")


def test_the_last_release_of_the_original_is_served_where_it_still_works(cache, tmp_path):
    """Its close is its own affair: the loop that its README shows raises at the end."""
    original, server = find_target("pip:dwebsocket==0.5.12"), find_server("runserver")
    try:
        environment = make(original, server)
    except PythonMissingError as error:
        pytest.skip(str(error))
    with launch(server, environment, log_directory=tmp_path) as running:
        assert running.healthy()
        with closing(create_connection(running.url, timeout=10)) as client:
            client.send("as it came")
            assert client.recv() == "as it came"


def test_pip_does_it_where_there_is_no_uv(cache, target, another_python, monkeypatch):
    monkeypatch.setattr("wsconform.environments.installer.find_uv", lambda: None)
    environment = make(target, python=another_python)
    assert environment.versions["python"].startswith(f"{another_python}.")
    assert environment.versions["dwebsocket"] == "0.1"
    log = next(cache.glob("*.log")).read_text()
    assert "-m pip wheel" in log
    assert "-m pip install" in log


def bytecode(environment):
    """The byte code of the target's decorators in an environment."""
    return next(module_of(environment).parent.glob("__pycache__/decorators.*.pyc"))


def module_of(environment):
    return environment.python.parents[1] / environment.identity.package / "decorators.py"


def test_an_environment_has_its_byte_code_from_the_beginning(cache, wheel_target):
    assert bytecode(make(wheel_target)).stat().st_size


@pytest.mark.skipif(find_uv() is None, reason="only uv installs links to files that it keeps")
def test_what_another_environment_has_compiled_of_the_same_file_is_not_compiled_again(cache, wheel_target, tmp_path):
    first = make(wheel_target)
    again = make(wheel_target, django=stand_ins.write_wheel(tmp_path, "django", "5.3", stand_ins.DJANGO))
    if not module_of(first).samefile(module_of(again)):
        pytest.skip("uv cannot link here, so no two environments share a file")
    assert first.digest != again.digest
    assert bytecode(first).samefile(bytecode(again))


def test_what_another_version_of_the_suite_left_in_the_cache_is_no_obstacle(cache, wheel_target, tmp_path):
    """Its marker may hold anything."""
    marker = make(wheel_target).python.parents[1] / "environment.json"
    marker.write_text("[]")
    other = stand_ins.write_wheel(tmp_path, "django", "5.3", stand_ins.DJANGO)
    assert make(wheel_target, django=other).python.exists()


def test_byte_code_is_not_taken_over_for_another_file_of_the_same_size_and_time(tmp_path):
    for name, content in (("ours", "x = 1\n"), ("theirs", "x = 2\n")):
        (tmp_path / name / "p").mkdir(parents=True)
        (tmp_path / name / "p" / "m.py").write_text(content)
        os.utime(tmp_path / name / "p" / "m.py", (0, 0))
    py_compile.compile(str(tmp_path / "theirs" / "p" / "m.py"))
    assert link_bytecode(tmp_path / "ours", tmp_path / "theirs") == 0
    assert not (tmp_path / "ours" / "p" / "__pycache__").exists()


def test_a_local_project_is_built_once_for_all_environments(cache, target, tmp_path):
    make(target)
    make(target, django=stand_ins.write_wheel(tmp_path, "django", "5.3", stand_ins.DJANGO))
    logs = [path.read_text() for path in cache.glob("*.log")]
    assert len(logs) == 2
    assert sum("--wheel" in log for log in logs) == 1


def test_wheels_not_used_for_longest_go(cache, target, monkeypatch, tmp_path):
    monkeypatch.setattr("wsconform.environments.wheels.KEPT", 1)
    installer = HandMade(tmp_path / "log")
    kept = Wheels(tmp_path / "wheels")
    for content in (b"1", b"2"):
        kept.put({"a": content}, Path(), (), tmp_path, installer)
        os.utime(next(path for path in (tmp_path / "wheels").iterdir() if path.is_dir()), (1, 1))
    assert len(list((tmp_path / "wheels").glob("*/*.whl"))) == 1
    assert len(list((tmp_path / "wheels").iterdir())) == 2


class HandMade(Installer):
    """Makes an empty wheel out of anything."""

    def build_wheel(self, python, source, directory):
        directory.mkdir()
        (directory / "made-1-py3-none-any.whl").touch()


@pytest.mark.parametrize("change", ["content", "new file", "django", "package", "server", "versions"])
def test_another_content_is_another_environment(target, change):
    before, servers, versions = digest(target, SERVER), [SERVER], OWN
    if change == "content":
        (target.requirement / "dwebsocket" / "decorators.py").write_text("# edited; the version is the same\n")
    elif change == "new file":
        (target.requirement / "dwebsocket" / "more.py").touch()
    elif change == "versions":
        versions = Versions(django="4.2")
    elif change == "server":
        servers.append(Server("other", "a test's", argv=("x",), requires=("gevent==26.9.0",)))
    else:
        target = replace(target, **{change: "another"})
    assert digest(target, *servers, versions=versions) != before


def test_names_settings_and_order_do_not_matter(target):
    other = Server("other", "a test's", argv=("x",), requires=("gevent==26.9.0",))
    again = replace(target, name="again", settings={"WEBSOCKET_PING_INTERVAL": None})
    assert digest(target, SERVER, other) == digest(again, other, SERVER)


def test_a_failed_build_says_what_was_run_and_how_it_ended_and_leaves_nothing(cache, target, tmp_path):
    broken = replace(target, django=f"Django @ {(tmp_path / 'missing.whl').as_uri()}")
    with pytest.raises(BuildError, match=r"(?s)pip install.*ended with status.*missing\.whl"):
        make_environment(broken, [SERVER], report=lambda line: None)
    assert not any(path.is_dir() for path in cache.iterdir())


def test_a_requirement_that_no_index_has_is_told_with_the_end_of_the_log(cache, target):
    with pytest.raises(BuildError, match=r"(?s)ended with status.*the end of .*\.log:.*dwebsocket"):
        make(replace(target, requirement="dwebsocket==999999"))


def test_a_project_that_does_not_build_is_told_with_the_end_of_the_log(cache, target):
    (target.requirement / "pyproject.toml").unlink()
    (target.requirement / "setup.py").write_text("raise SystemExit('this project cannot be built')\n")
    with pytest.raises(BuildError, match=r"(?s)ended with status.*this project cannot be built"):
        make(target)
    assert not any(path.is_dir() for path in cache.iterdir())


def test_an_installer_that_cannot_be_started_is_told(cache, wheel_target, monkeypatch):
    monkeypatch.setattr("wsconform.environments.installer.find_uv", lambda: "/no/such/uv")
    with pytest.raises(BuildError, match=r"/no/such/uv venv .*No such file"):
        make_environment(wheel_target, [SERVER], report=lambda line: None)


def test_a_failed_build_lets_go_of_the_lock_while_its_error_lives(cache, target, tmp_path):
    broken = replace(target, django=f"Django @ {(tmp_path / 'missing.whl').as_uri()}")
    with pytest.raises(BuildError) as caught:
        make_environment(broken, [SERVER], report=lambda line: None)
    assert Lock(next(cache.glob("*.build"))).acquire(exclusive=True, wait=False)
    assert caught.value.__traceback__


def test_what_was_installed_must_provide_the_package(cache, wheel_target):
    misnamed = replace(wheel_target, package="websocket_of_another_name")
    with pytest.raises(NotTheApiError, match=r"nothing that stub installs provides .*'websocket_of_another_name'"):
        make_environment(misnamed, [SERVER], report=lambda line: None)


def test_a_killed_build_never_looks_whole_and_its_installer_keeps_others_out(cache, wheel_target, tmp_path, request):
    started, leave = tmp_path / "started", tmp_path / "leave"
    os.mkfifo(started)
    os.mkfifo(leave)
    request.addfinalizer(lambda: write_if_read(leave))
    fake = tmp_path / "bin" / "uv"
    fake.parent.mkdir()
    fake.write_text(HALF_AN_INSTALLER.format(started=started, leave=leave))
    fake.chmod(0o755)
    program = (
        "from wsconform.targets import Target; from wsconform.servers import Server\n"
        "from wsconform.environments.cache import make_environment\n"
        f"target = Target('stub', '', {wheel_target.requirement!r}, django={wheel_target.django!r})\n"
        "make_environment(target, [Server('plain', '', argv=('x',))], report=print)\n"
    )
    path = f"{fake.parent}{os.pathsep}{os.environ['PATH']}"
    builder = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PATH": path})
    assert started.read_text() == "started\n"
    builder.send_signal(signal.SIGKILL)
    builder.wait()

    half = cache / digest(wheel_target, SERVER)[:20]
    lock = Lock(half.with_suffix(".build"))
    assert (half / "bin" / "python").exists()
    assert not lock.acquire(exclusive=True, wait=False)
    prune(cache, keep=0)
    assert (half / "bin" / "python").exists()
    leave.write_text("go\n")
    assert lock.acquire(exclusive=True)
    lock.release()
    said = []
    environment = make_environment(wheel_target, [SERVER], report=said.append)
    assert environment.versions["dwebsocket"] == "0.2"
    assert [line.partition(" ")[0] for line in said] == ["installing"]


def write_if_read(fifo):
    """Let an installer that waits on `fifo` end, if the test failed before it did."""
    with suppress(OSError):
        descriptor = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        os.write(descriptor, b"go\n")
        os.close(descriptor)


def test_of_many_runs_one_builds(cache, wheel_target):
    said, made = queue.Queue(), queue.Queue()
    runs = [
        threading.Thread(target=lambda: made.put(make_environment(wheel_target, [SERVER], report=said.put)))
        for _ in range(4)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    lines = [said.get() for _ in range(said.qsize())]
    assert made.qsize() == len(runs)
    assert len([line for line in lines if line.startswith("installing")]) == 1


def test_a_run_says_that_it_waits_for_another(cache, wheel_target):
    cache.mkdir(parents=True)
    other = Lock(cache / f"{digest(wheel_target, SERVER)[:20]}.build")
    other.acquire(exclusive=True)
    said, made = queue.Queue(), queue.Queue()
    run = threading.Thread(target=lambda: made.put(make_environment(wheel_target, [SERVER], report=said.put)))
    run.start()
    assert said.get().startswith("waiting for another run")
    assert made.empty()
    other.release()
    run.join()
    assert made.get().versions["dwebsocket"] == "0.2"


def fake_environment(root, name, used):
    """An environment as `prune` sees one, used last at that time; returns its directory."""
    directory = root / name
    (directory / "bin").mkdir(parents=True)
    (directory / "bin" / "python").touch()
    for suffix in (".lock", ".build", ".log"):
        directory.with_suffix(suffix).touch()
    (directory / "environment.json").touch()
    os.utime(directory / "environment.json", (used, used))
    return directory


def test_those_not_used_for_longest_go_with_all_that_is_theirs(tmp_path):
    for used, name in enumerate(["oldest", "older", "newer", "newest"], start=1):
        fake_environment(tmp_path, name, used)
    prune(tmp_path, keep=2)
    assert {path.stem for path in tmp_path.iterdir()} == {"newer", "newest"}


def test_one_that_is_in_use_stays(tmp_path):
    old, new = fake_environment(tmp_path, "old", 1), fake_environment(tmp_path, "new", 2)
    user = Lock(old.with_suffix(".lock"))
    user.acquire(exclusive=False)
    prune(tmp_path, keep=0)
    assert old.is_dir()
    assert not new.exists()


def test_half_a_build_goes_first(tmp_path):
    half = fake_environment(tmp_path, "half", 2)
    (half / "environment.json").unlink()
    old = fake_environment(tmp_path, "old", 1)
    prune(tmp_path, keep=1)
    assert old.is_dir()
    assert not half.exists()


def test_an_environment_is_held_as_long_as_its_value_lives(cache, wheel_target):
    environment = make_environment(wheel_target, [SERVER], report=lambda line: None)
    prune(cache, keep=0)
    assert environment.python.exists()
    directory = environment.python.parents[1]
    del environment
    prune(cache, keep=0)
    assert not directory.exists()


def test_a_lock_on_a_file_that_was_discarded_meanwhile_is_taken_on_the_new_one(tmp_path):
    path = tmp_path / "x.lock"
    first, second = Lock(path), Lock(path)
    first.acquire(exclusive=True)
    taken = queue.Queue()
    waiter = threading.Thread(target=lambda: taken.put(second.acquire(exclusive=True)))
    waiter.start()
    first.discard()
    waiter.join()
    assert taken.get()
    assert not Lock(path).acquire(exclusive=True, wait=False)


def test_the_cache_is_the_users_unless_it_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path))
    assert environments.cache_root() == tmp_path / "environments"
    monkeypatch.delenv("WSCONFORM_CACHE")
    assert environments.cache_root().parent.name == "wsconform"
