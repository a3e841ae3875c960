"""Use of a process group and connections, read from /proc."""

import os
import socket
import subprocess
import sys
from subprocess import PIPE

import pytest

from wsconform.launching import procfs

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc/net/tcp")


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@ON_LINUX
def test_connection_is_held_by_both_ends(listener):
    port = listener.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)) as client:
        ours = client.getsockname()[1]
        accepted, _ = listener.accept()
        assert procfs.connection_is_held("127.0.0.1", port, ours) is True
        assert procfs.connection_is_held("127.0.0.1", ours, port) is True
        accepted.close()
        assert procfs.connection_is_held("127.0.0.1", port, ours) is False


@ON_LINUX
def test_connection_that_was_not_accepted_is_not_held(listener):
    port = listener.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)) as client:
        ours = client.getsockname()[1]
        assert procfs.connection_is_held("127.0.0.1", port, ours) is False
        assert procfs.connection_is_held("127.0.0.1", ours, port) is True


@ON_LINUX
def test_group_has_this_process_and_what_it_uses():
    group = os.getpgid(0)
    assert os.getpid() in procfs.members(group)
    assert procfs.cpu_seconds(group) > 0
    assert procfs.descriptors(group) > 2
    assert procfs.threads(group) > 0


@ON_LINUX
def test_memory_has_a_peak_that_can_be_forgotten():
    """The peak of a child that takes 64 MiB and gives them back."""
    program = "take = bytearray(64 << 20); del take; print(flush=True); input()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, start_new_session=True) as child:
        child.stdout.readline()
        peak = procfs.memory_peak(child.pid)
        procfs.forget_memory_peak(child.pid)
        now = procfs.memory_peak(child.pid)
        child.communicate(b"\n")
    assert peak - now > 60 << 20
    assert now > 1 << 20


def test_without_proc_everything_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(procfs, "_PROC", tmp_path)
    functions = procfs.members, procfs.cpu_seconds, procfs.descriptors, procfs.threads, procfs.memory_peak
    procfs.forget_memory_peak(os.getpgid(0))
    assert [function(os.getpgid(0)) for function in functions] == [None] * len(functions)
    assert procfs.connection_is_held("127.0.0.1", 1, 2) is None
