"""Run a command in a process group of its own, and end the whole group when standard input ends.

    python supervisor.py GRACE COMMAND...

The process that starts this one holds the other end of standard input. The kernel closes that end when the process
dies, however it dies, so a stop and a crash have the same effect: the group gets SIGTERM and, after GRACE seconds,
SIGKILL.

Standard output gets one line: the process id of the command, which is also the id of its group. Output of the
command goes to standard error. The exit status is the command's own, 128 + N if signal N ended it, or 127 if it
could not be started.

No file that the command writes, its log included, can become larger than 256 MiB.

This file is run by its path and imports only the standard library, so that no fault of the suite can break it.
"""

import contextlib
import ctypes
import os
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
_LARGEST_FILE = 256 << 20  # bytes


def main(grace: float, command: list[str]) -> int:
    """Run `command` until it ends or must stop; return the status to exit with."""
    alarm = _open_alarm()
    _adopt_orphans()
    # A broken command may fill a disk with its log.
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=_STDERR, start_new_session=True)
    except OSError as error:
        os.write(_STDERR, f"{command[0]}: {error}\n".encode())
        return 127
    with contextlib.suppress(BrokenPipeError):
        os.write(_STDOUT, b"%d\n" % process.pid)
    _wait_for_end_or_stop(process, alarm)
    _end_group(process, alarm, grace)
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


def _send(group: int, number: int) -> None:
    # macOS answers EPERM for a group in which only zombies are left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
