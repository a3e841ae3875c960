"""A probe returns what it finds, and says what is missing; none can hold up the others."""

from __future__ import annotations

import resource
import sys
import threading
from pathlib import Path

import pytest

from wsconform.doctor import probes
from wsconform.doctor.findings import Check
from wsconform.doctor.probes import examine, without_credentials
from wsconform.errors import PythonMissingError, SetupError


def write_program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


# All probes together


def failing() -> str:
    raise SetupError("not found")


def test_findings_are_in_the_order_of_the_checks() -> None:
    checks = [Check("a", lambda: "there"), Check("b", failing, remedy="pip install b"), Check("c", lambda: "here")]
    found = examine(checks, within=60)
    assert [(each.name, each.status, each.detail) for each in found] == [
        ("a", "ok", "there"),
        ("b", "missing", "not found"),
        ("c", "ok", "here"),
    ]
    assert [each.remedy for each in found] == ["", "pip install b", ""]


def test_probe_that_does_not_end_is_unknown() -> None:
    ended = threading.Event()

    def endless() -> str:
        ended.wait()
        return "too late"

    try:
        found = examine([Check("endless", endless, effect="slow"), Check("quick", lambda: "there")], within=0.2)
    finally:
        ended.set()
    assert [(each.status, each.effect) for each in found] == [("unknown", "slow"), ("ok", "")]


def test_fault_of_a_probe_is_raised() -> None:
    def faulty() -> str:
        raise KeyError("x")

    with pytest.raises(KeyError):
        examine([Check("faulty", faulty)], within=60)


# Programs


def test_programs_are_found_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write_program(tmp_path / "first", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert probes.program("first") == str(first)
    with pytest.raises(SetupError, match=r"^second and third not found on PATH$"):
        probes.program("first", "second", "third")


def test_missing_uv_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "find_uv", lambda: None)
    with pytest.raises(SetupError, match="not found"):
        probes.uv()


def test_python_is_the_one_that_a_run_would_take() -> None:
    assert probes.python() == sys.executable
    with pytest.raises(PythonMissingError):
        probes.python("9.9")


# Headers


def test_header_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = f'cat >{tmp_path}/source; echo "$@" >{tmp_path}/arguments'
    compiler = write_program(tmp_path / "compiler", script)
    monkeypatch.setenv("CC", f"{compiler} -pthread")
    assert probes.header("Python.h") == f"found by {compiler}"
    assert (tmp_path / "source").read_text() == "#include <Python.h>\n"
    assert f"-I{sys.base_prefix}" in (tmp_path / "arguments").read_text()


def test_header_that_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", str(write_program(tmp_path / "compiler", "cat >/dev/null; exit 1")))
    with pytest.raises(SetupError, match="does not find it"):
        probes.header("Python.h")


def test_machine_without_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CC", "nothing")
    with pytest.raises(SetupError, match="no C compiler"):
        probes.header("Python.h")


# Limits


@pytest.mark.parametrize(("limit", "detail"), [(1024, "up to 1024"), (resource.RLIM_INFINITY, "no limit")])
def test_descriptors_that_suffice(limit: int, detail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    assert probes.descriptors(1024) == detail


def test_descriptors_that_do_not_suffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    with pytest.raises(SetupError, match="the limit is 256, and 1024 are wanted"):
        probes.descriptors(1024)


def test_ports_that_are_free() -> None:
    assert probes.ports(3) == "3 are free"


def test_ports_that_are_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise OSError(99, "Cannot assign requested address")

    monkeypatch.setattr("socket.create_server", refuse)
    with pytest.raises(SetupError, match="only 0 of 3: Cannot assign requested address"):
        probes.ports(3)


def test_space_of_a_cache_that_is_still_to_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path / "new" / "cache"))
    assert probes.cache(0).startswith(f"{tmp_path}/new/cache/environments, ")
    with pytest.raises(SetupError, match=r"MiB free, and 1000000000000 MiB are wanted"):
        probes.cache(10**12)
    assert list(tmp_path.iterdir()) == []


def test_cache_below_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path / "file"))
    with pytest.raises(SetupError, match="cannot be written"):
        probes.cache(0)


# The package index


def test_index_that_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installer = write_program(tmp_path / "uv", 'case "$*" in *--dry-run*) exit 0;; *) exit 1;; esac')
    monkeypatch.setattr(probes, "find_uv", lambda: str(installer))
    assert probes.index() == "uv finds sqlparse"


def test_credentials_of_an_index_are_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "echo Resolving >&2; echo 'error: Failed to fetch: https://me:secret@x.test/simple' >&2; exit 2"
    installer = write_program(tmp_path / "uv", script)
    monkeypatch.setattr(probes, "find_uv", lambda: str(installer))
    with pytest.raises(SetupError, match=r"^uv says: error: Failed to fetch: https://\*\*\*@x\.test/simple$"):
        probes.index()


def test_index_is_asked_by_pip_where_there_is_no_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = write_program(tmp_path / "python", 'echo "$*" >&2; echo "no index" >&2; exit 1')
    monkeypatch.setattr(probes, "find_uv", lambda: None)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(SetupError, match=r"^pip says: no index$"):
        probes.index()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:secret@x.test/a", "https://***@x.test/a"),
        ("https://token@x.test/a and http://a:b@y.test", "https://***@x.test/a and http://***@y.test"),
        ("https://x.test/a@b", "https://x.test/a@b"),
        ("me@x.test", "me@x.test"),
        ("https://me:sec@ret@x.test/a", "https://***@x.test/a"),
    ],
)
def test_credentials_are_replaced(text: str, shown: str) -> None:
    assert without_credentials(text) == shown
