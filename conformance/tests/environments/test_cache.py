"""An environment is made once for each content, completely or not at all, by one run at a time."""

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from websocket import create_connection

from conformance.tests.support import stand_ins
from conformance.tests.support.environments import SERVER, committed, digest, make
from wsconform.environments.cache import make_environment
from wsconform.environments.locks import Lock
from wsconform.environments.project import fingerprint, read_project
from wsconform.environments.slots import prune
from wsconform.environments.store import cache_root
from wsconform.errors import BuildError, PythonMissingError, UnknownNameError, UnsupportedError
from wsconform.launching.launch import launch
from wsconform.servers import Server, find_server
from wsconform.targets import find_target

ROOT = Path(__file__).resolve().parents[3]

# A program in the place of uv: builds half of an environment, reports that it was started, and waits.
HALF_AN_INSTALLER = """#!/bin/sh
for last; do :; done
mkdir -p "$last/bin" && touch "$last/bin/python"
echo started > "{started}"
sleep 600
"""


def test_environment_has_and_records_what_was_requested(cache, target):
    lines = []
    environment = make_environment(target, [SERVER], report=lines.append)
    command = [environment.python, "-c", "import django, dwebsocket.decorators as d; print(d.__file__)"]
    module = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(module).is_relative_to(cache)
    assert environment.versions.keys() == {"python", "Django", "dwebsocket"}
    assert environment.versions["dwebsocket"] == "0.1"
    assert environment.target == target
    assert len(lines) == 1


def test_nothing_is_built_the_second_time(cache, wheel_target):
    first = make_environment(wheel_target, [SERVER], report=lambda line: None)
    lines = []
    assert make_environment(wheel_target, [SERVER], report=lines.append) == first
    assert lines == []


def test_build_does_not_change_a_local_project(cache, target):
    before = sorted(target.requirement.rglob("*"))
    make_environment(target, [SERVER], report=lambda line: None)
    assert sorted(target.requirement.rglob("*")) == before


@pytest.mark.parametrize("part", ["", "lib/fork"])
def test_fork_with_another_name_is_installed_from_a_repository(cache, target, part):
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


def test_error_for_a_missing_commit_has_the_end_of_the_log(cache, target):
    subprocess.run(["git", "-C", str(target.requirement), "init", "-q"], check=True)
    fork = replace(find_target(f"git:{target.requirement}@{'0' * 40}"), django=target.django)
    with pytest.raises(BuildError, match=r"(?s)pip install.*0000000000"):
        make(fork)


def test_identity_has_the_current_state_of_the_checkout(cache, target):
    project = target.requirement
    before = make(target)
    assert before.identity.sha256 == fingerprint(read_project(project))
    assert (before.identity.commit, before.identity.dirty) == ("", False)
    commit = committed(project)
    lines = []
    after = make(target, report=lines.append)
    assert lines == []
    assert after.identity.commit == commit
    assert replace(after.identity, commit="") == before.identity


def test_identity_is_recorded_in_the_environment(cache, wheel_target):
    environment = make(wheel_target)
    recorded = json.loads((environment.python.parents[1] / "environment.json").read_text())
    assert recorded["identity"] == asdict(environment.identity)
    package = environment.python.parents[1] / environment.identity.package
    assert (package / "decorators.py").is_file()


def test_another_python_can_be_requested(cache, wheel_target, another_python):
    environment = make(wheel_target, python=another_python)
    command = [environment.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == another_python
    assert environment.versions["python"].startswith(f"{another_python}.")


def test_missing_python_is_an_error_before_anything_is_built(cache, wheel_target):
    with pytest.raises(PythonMissingError, match=r"Python 3\.99 is not on this machine"):
        make(wheel_target, python="3.99")
    assert not cache.exists()


def test_requested_versions_replace_those_of_target_and_server(cache, wheel_target, tmp_path):
    django = stand_ins.write_wheel(tmp_path, "django", "4.1", stand_ins.DJANGO)
    served = stand_ins.write_wheel(tmp_path, "served", "2", {"__init__.py": ""})
    server = Server("s", "a test server", argv=("x",), requires=("served==999",), versions_of=("served",))
    environment = make(wheel_target, server, django=django, pins=(served,))
    assert (environment.versions["Django"], environment.versions["served"]) == ("4.1", "2")


def test_pin_that_no_server_requires_is_an_error(cache, wheel_target):
    with pytest.raises(UnknownNameError, match="gunicorn"):
        make(wheel_target, pins=("gunicorn<26",))


def test_unsupported_target_is_not_installed(cache):
    with pytest.raises(UnsupportedError, match="draft-hixie"):
        make(find_target("pip:django-websocket==0.3.0"))
    assert not cache.exists()


@pytest.mark.slow
def test_last_release_of_the_original_can_be_served(cache, tmp_path):
    """Only echoes are checked: the loop in its README raises when the connection closes."""
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


def test_environment_of_another_version_of_the_suite_is_tolerated(cache, wheel_target, tmp_path):
    """Its marker may have any content."""
    marker = make(wheel_target).python.parents[1] / "environment.json"
    marker.write_text("[]")
    other = stand_ins.write_wheel(tmp_path, "django", "5.3", stand_ins.DJANGO)
    assert make(wheel_target, django=other).python.exists()


def test_failed_build_names_the_command_and_leaves_nothing(cache, target, tmp_path):
    broken = replace(target, django=f"Django @ {(tmp_path / 'missing.whl').as_uri()}")
    with pytest.raises(BuildError, match=r"(?s)pip install.*ended with status.*missing\.whl"):
        make_environment(broken, [SERVER], report=lambda line: None)
    assert not any(path.is_dir() for path in cache.iterdir())


def test_error_for_a_missing_release_has_the_end_of_the_log(cache, target):
    with pytest.raises(BuildError, match=r"(?s)ended with status.*the end of .*\.log:.*dwebsocket"):
        make(replace(target, requirement="dwebsocket==999999"))


def test_error_for_a_broken_project_has_the_end_of_the_log(cache, target):
    (target.requirement / "pyproject.toml").unlink()
    (target.requirement / "setup.py").write_text("raise SystemExit('this project cannot be built')\n")
    with pytest.raises(BuildError, match=r"(?s)ended with status.*this project cannot be built"):
        make(target)
    assert not any(path.is_dir() for path in cache.iterdir())


def test_failed_build_releases_its_lock_although_the_error_exists(cache, target, tmp_path):
    broken = replace(target, django=f"Django @ {(tmp_path / 'missing.whl').as_uri()}")
    with pytest.raises(BuildError) as caught:
        make_environment(broken, [SERVER], report=lambda line: None)
    assert Lock(next(cache.glob("*.build"))).acquire(exclusive=True, wait=False)
    assert caught.value.__traceback__


def test_killed_build_ends_its_installer_and_is_incomplete(cache, wheel_target, tmp_path):
    started = tmp_path / "started"
    os.mkfifo(started)
    fake = tmp_path / "bin" / "uv"
    fake.parent.mkdir()
    fake.write_text(HALF_AN_INSTALLER.format(started=started))
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
    assert lock.acquire(exclusive=True)
    lock.release()
    lines = []
    environment = make_environment(wheel_target, [SERVER], report=lines.append)
    assert environment.versions["dwebsocket"] == "0.2"
    assert [line.partition(" ")[0] for line in lines] == ["installing"]


def test_only_one_of_several_runs_builds(cache, wheel_target):
    reported, made = queue.Queue(), queue.Queue()
    runs = [
        threading.Thread(target=lambda: made.put(make_environment(wheel_target, [SERVER], report=reported.put)))
        for _ in range(4)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    lines = [reported.get() for _ in range(reported.qsize())]
    assert made.qsize() == len(runs)
    assert len([line for line in lines if line.startswith("installing")]) == 1


def test_run_reports_that_it_waits_for_another(cache, wheel_target):
    cache.mkdir(parents=True)
    other = Lock(cache / f"{digest(wheel_target, SERVER)[:20]}.build")
    other.acquire(exclusive=True)
    reported, made = queue.Queue(), queue.Queue()
    run = threading.Thread(target=lambda: made.put(make_environment(wheel_target, [SERVER], report=reported.put)))
    run.start()
    assert reported.get().startswith("waiting for another run")
    assert made.empty()
    other.release()
    run.join()
    assert made.get().versions["dwebsocket"] == "0.2"


def test_environment_is_kept_while_its_value_exists(cache, wheel_target):
    environment = make_environment(wheel_target, [SERVER], report=lambda line: None)
    prune(cache, keep=0)
    assert environment.python.exists()
    directory = environment.python.parents[1]
    del environment
    prune(cache, keep=0)
    assert not directory.exists()


def test_cache_is_in_the_users_cache_by_default(monkeypatch, tmp_path):
    monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path))
    assert cache_root() == tmp_path / "environments"
    monkeypatch.delenv("WSCONFORM_CACHE")
    assert cache_root().parent.name == "wsconform"
