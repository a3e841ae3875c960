"""Use of a process group and connections, read from /proc."""

import os
import socket
import sys

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


def test_without_proc_everything_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(procfs, "_PROC", tmp_path)
    functions = procfs.members, procfs.cpu_seconds, procfs.descriptors, procfs.threads
    assert [function(os.getpgid(0)) for function in functions] == [None] * len(functions)
    assert procfs.connection_is_held("127.0.0.1", 1, 2) is None
