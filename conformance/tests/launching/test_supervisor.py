"""The guard ends a whole process group, whoever dies first; its pipes say when everybody is gone.

Everything under the guard inherits its standard error. Reading that to its end is therefore waiting until no process
is left, with no clock in it.
"""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from wsconform.launching import supervisor as guard

GUARD = guard.__file__
# The alarm is for the day when the guard is broken: nothing that these tests start lives longer than that.
FOREVER = "signal.alarm(60); print('ready', file=sys.stderr, flush=True); signal.pause()"
DEAF = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOREVER}"
# Its child says when it is ready, and ignores what ends its parent.
FAMILY = (
    f"subprocess.Popen([sys.executable, '-c', {'import signal, sys; ' + DEAF!r}]); signal.alarm(60); signal.pause()"
)


@contextmanager
def guarded(program, *, grace="30"):
    command = [sys.executable, "-c", f"import os, signal, subprocess, sys; {program}"]
    with subprocess.Popen(
        [sys.executable, "-I", "-S", GUARD, grace, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def await_ready(process):
    assert process.stderr.readline() == b"ready\n"


@pytest.mark.parametrize("status", [0, 3])
def test_the_status_is_the_commands(status):
    with guarded(f"sys.exit({status})") as process:
        assert process.wait() == status


def test_a_signal_that_ended_the_command_is_in_the_status():
    with guarded("os.kill(os.getpid(), signal.SIGSEGV)") as process:
        assert process.wait() == 128 + signal.SIGSEGV


def test_a_command_that_cannot_start_is_told_on_standard_error():
    done = subprocess.run([sys.executable, GUARD, "1", "/no/such/program"], capture_output=True)
    assert done.returncode == 127
    assert b"/no/such/program: " in done.stderr
    assert done.stdout == b""


def test_the_command_leads_a_group_of_its_own_and_its_id_is_told():
    with guarded("print(os.getpid(), os.getpgid(0), file=sys.stderr)") as process:
        pid = process.stdout.readline().strip()
        assert process.stderr.read().split() == [pid, pid]


def test_the_command_reads_nothing_of_ours():
    with guarded("print(sys.stdin.read() == '', file=sys.stderr)") as process:
        process.stdin.write(b"for the guard\n")
        process.stdin.flush()
        assert process.stderr.read() == b"True\n"


def test_the_end_of_standard_input_ends_the_command():
    with guarded(FOREVER) as process:
        await_ready(process)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 128 + signal.SIGTERM


def test_a_command_has_its_grace_to_end_in_order():
    with guarded(f"signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); {FOREVER}") as process:
        await_ready(process)
        process.stdin.close()
        assert process.wait() == 7


def test_a_command_that_ignores_sigterm_is_killed():
    with guarded(DEAF, grace="0.05") as process:
        await_ready(process)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 128 + signal.SIGKILL


def test_children_that_ignore_sigterm_are_killed_with_their_parent():
    with guarded(FAMILY) as process:
        await_ready(process)
        process.stdin.close()
        assert process.stderr.read() == b""


def test_children_of_a_command_that_crashed_are_killed():
    with guarded(FAMILY) as process:
        leader = int(process.stdout.readline())
        await_ready(process)
        os.kill(leader, signal.SIGKILL)
        assert process.stderr.read() == b""
        assert process.wait() == 128 + signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_to_the_guard_ends_the_command(number):
    with guarded(FOREVER) as process:
        await_ready(process)
        process.send_signal(number)
        assert process.stderr.read() == b""


def test_nobody_is_left_when_the_starter_is_killed():
    """The starter's end of the pipe closes with it, even though it had no time to do anything."""
    starter = (
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, {GUARD!r}, '30', sys.executable, '-c', sys.argv[1]],\n"
        "                 stdin=subprocess.PIPE, start_new_session=True).wait()\n"
    )
    command = [sys.executable, "-c", starter, f"import signal, subprocess, sys; {FAMILY}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        await_ready(process)
        process.kill()
        assert process.stderr.read() == b""


def test_the_guard_needs_nothing_but_the_standard_library():
    imported = {line.split()[1] for line in Path(GUARD).read_text().splitlines() if line.startswith("import ")}
    assert imported
    assert imported <= set(sys.stdlib_module_names)
    assert "\nfrom " not in Path(GUARD).read_text()


def test_no_file_that_the_command_writes_fills_the_disk(tmp_path):
    """Not even a sparse one."""
    file = tmp_path / "log"
    with guarded(f"f = open({str(file)!r}, 'wb'); f.seek({1 << 30}); f.write(b'x'); f.flush()") as process:
        assert process.wait() == 1
        assert b"File too large" in process.stderr.read()
    assert file.stat().st_size == 0
