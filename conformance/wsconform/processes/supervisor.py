"""Run a command in a process group of its own, and end it with all its descendants when standard input ends.

    python supervisor.py GRACE LARGEST MEMORY COMMAND...

The process that starts this one holds the other end of standard input. The kernel closes that end when the process
dies, however it dies, so a stop and a crash have the same effect: the group gets SIGTERM and, after GRACE seconds,
SIGKILL. When the command has ended, what it left behind is killed: the rest of its group, and on Linux also daemons,
which have left the group.

Standard output gets a line with the process id of the command, which is also the id of its group, and at the end a
line for each daemon, "left behind: ID (NAME)". Standard error gets the output of the command, and a sentence for each
daemon. The exit status is the command's own, 128 + N if signal N ended it, or 127 if it could not be started.

No file that the command writes, its log included, can become larger than LARGEST bytes, if that is not 0. No process
of it can take more than MEMORY bytes for its data, if that is not 0.

This file is run by its path and imports only the standard library, so that no fault of the suite can break it.
"""

import contextlib
import ctypes
import os
import pathlib
import resource
import select
import signal
import subprocess
import sys
import time

__all__ = ["main"]

_STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
_STDIN, _STDOUT, _STDERR = 0, 1, 2
_PR_SET_CHILD_SUBREAPER = 36
_PROC = pathlib.Path("/proc")
# Positions in /proc/PID/stat after the name, see proc(5).
_STATE, _PARENT = 0, 1
# Daemons that start others faster than they are killed are given up after this many seconds.
_KILL_WITHIN = 10.0
_POLL = 0.01  # seconds


def main(grace: float, largest: int, memory: int, command: list[str]) -> int:
    """Run `command` until it ends or must stop; return the status to exit with."""
    alarm = _open_alarm()
    _adopt_orphans()
    if largest:
        # A broken command may fill a disk with its log.
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    if memory:
        # An installer keeps the output of a build in memory until it knows whether the build fails.
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=_STDERR, start_new_session=True)
    except OSError as error:
        os.write(_STDERR, f"{command[0]}: {error}\n".encode())
        return 127
    with contextlib.suppress(BrokenPipeError):
        os.write(_STDOUT, b"%d\n" % process.pid)
    _wait_for_end_or_stop(process, alarm)
    _end_group(process, alarm, grace)
    for pid, name in _end_descendants().items():
        with contextlib.suppress(OSError):
            os.write(_STDERR, f"wsconform killed a process that was left behind: {pid} ({name})\n".encode())
            os.write(_STDOUT, f"left behind: {pid} ({name})\n".encode())
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _open_alarm() -> int:
    """Return a descriptor from which the numbers of signals can be read: a child has ended, or we must stop."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in {*_STOP_SIGNALS, signal.SIGCHLD}:
        signal.signal(number, lambda *_: None)
    return reader


def _adopt_orphans() -> None:
    """On Linux, become the parent of the command's orphans, so that we can wait for them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _wait_for_end_or_stop(process: "subprocess.Popen[bytes]", alarm: int) -> None:
    while process.poll() is None:
        ready, _, _ = select.select([_STDIN, alarm], [], [])
        if _STDIN in ready and not os.read(_STDIN, 1024):
            return
        if alarm in ready and _STOP_SIGNALS.intersection(os.read(alarm, 1024)):
            return


def _end_group(process: "subprocess.Popen[bytes]", alarm: int, grace: float) -> None:
    if process.poll() is None:
        _send(process.pid, signal.SIGTERM)
        _wait_for_end(process, alarm, time.monotonic() + grace)
    # The command itself, or children that it left behind.
    _send(process.pid, signal.SIGKILL)
    process.wait()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-process.pid, 0)


def _wait_for_end(process: "subprocess.Popen[bytes]", alarm: int, deadline: float) -> None:
    while process.poll() is None and (left := deadline - time.monotonic()) > 0:
        if select.select([alarm], [], [], left)[0]:
            os.read(alarm, 1024)


def _end_descendants() -> "dict[int, str]":
    """Kill what is left below us and wait for it; return the names by process id.

    On Linux orphans are ours, so what a killed process has started comes to light when it has ended.
    """
    found: dict[int, str] = {}
    deadline = time.monotonic() + _KILL_WITHIN
    while time.monotonic() < deadline:
        _reap()
        left = _descendants()
        if not left:
            break
        for pid, name in left.items():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                found[pid] = name
        time.sleep(_POLL)
    return found


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _descendants() -> "dict[int, str]":
    """Return the names, by process id, of living processes below us; none where there is no /proc."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for entry in _PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            start, _, rest = entry.read_bytes().rpartition(b")")
            pid, fields = int(entry.parent.name), rest.split()
            parents[pid] = int(fields[_PARENT])
            if fields[_STATE] not in (b"Z", b"X"):
                names[pid] = _printable(start.partition(b"(")[2])
    return {pid: name for pid, name in names.items() if _is_below_us(pid, parents)}


def _is_below_us(pid: int, parents: "dict[int, int]") -> bool:
    seen = set()
    while pid in parents and pid not in seen:
        seen.add(pid)
        pid = parents[pid]
        if pid == os.getpid():
            return True
    return False


def _printable(name: bytes) -> str:
    return "".join(chr(octet) if 0x20 < octet < 0x7F else "?" for octet in name)


def _send(group: int, number: int) -> None:
    # macOS answers EPERM for a group in which only zombies are left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
