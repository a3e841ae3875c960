"""Runs a command in a process group of its own and ends all of it when standard input ends.

    python guard.py GRACE COMMAND...

It stands between a server and whoever starts it. The starter holds the other end of standard input, which the
kernel closes when the starter dies, of whatever. So being told to stop and being orphaned are one thing: the
group gets SIGTERM, GRACE seconds, and SIGKILL. Standard output gets one line, the process id of the command,
which is also that of its group. What the command prints goes to standard error.

The status is the command's own; 128 + N if signal N ended it, as shells have it; 127 if it could not start.

No file that the command writes, its log included, becomes larger than a quarter of a gibibyte.

It is run by its path and imports nothing of ours, so that nothing of ours can break it. It knows no server.
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
_LARGEST_FILE = 256 << 20  # octets


def main(grace: float, command: list[str]) -> int:
    """Run `command` until it ends or we are told to stop; return the status to exit with."""
    alarm = _open_alarm()
    _adopt_orphans()
    # One that is broken may fill a disk with its log.
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=_STDERR, start_new_session=True)
    except OSError as error:
        os.write(_STDERR, f"{command[0]}: {error}\n".encode())
        return 127
    with contextlib.suppress(BrokenPipeError):
        os.write(_STDOUT, b"%d\n" % process.pid)
    _wait_for_end_or_word(process, alarm)
    _end_group(process, alarm, grace)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _open_alarm() -> int:
    """Return a descriptor from which signals can be read, by number: a child has ended, or we shall stop."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in {*_STOP_SIGNALS, signal.SIGCHLD}:
        signal.signal(number, lambda *_: None)
    return reader


def _adopt_orphans() -> None:
    """Become the parent of the command's orphans, on Linux, so that we can wait for them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _wait_for_end_or_word(process: "subprocess.Popen[bytes]", alarm: int) -> None:
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
    # Whoever is left: the command itself, or children that it did not take along.
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
    # macOS says EPERM of a group in which only zombies are left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
