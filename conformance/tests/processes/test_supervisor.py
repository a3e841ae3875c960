"""The supervisor ends a whole process group, whichever process dies first.

Every process below the supervisor inherits its standard error. Reading that to its end therefore waits until no process
is left, without a clock.
"""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from wsconform.processes import supervisor

SUPERVISOR = supervisor.__file__
# The alarm ends what these tests start in case the supervisor is broken.
FOREVER = "signal.alarm(60); print('ready', file=sys.stderr, flush=True); signal.pause()"
DEAF = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOREVER}"
# The child reports that it is ready and ignores SIGTERM, which ends its parent.
FAMILY = (
    f"subprocess.Popen([sys.executable, '-c', {'import signal, sys; ' + DEAF!r}]); signal.alarm(60); signal.pause()"
)


@contextmanager
def supervised(program, *, grace="30", largest="0", memory="0"):
    command = [sys.executable, "-c", f"import os, signal, subprocess, sys; {program}"]
    with subprocess.Popen(
        [sys.executable, "-I", "-S", SUPERVISOR, grace, largest, memory, *command],
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
def test_status_is_that_of_the_command(status):
    with supervised(f"sys.exit({status})") as process:
        assert process.wait() == status


def test_status_names_the_signal_that_ended_the_command():
    with supervised("os.kill(os.getpid(), signal.SIGSEGV)") as process:
        assert process.wait() == 128 + signal.SIGSEGV


def test_command_that_cannot_start_is_reported_on_standard_error():
    done = subprocess.run([sys.executable, SUPERVISOR, "1", "0", "0", "/no/such/program"], capture_output=True)
    assert done.returncode == 127
    assert b"/no/such/program: " in done.stderr
    assert done.stdout == b""


def test_command_leads_its_own_group_and_its_id_is_printed():
    with supervised("print(os.getpid(), os.getpgid(0), file=sys.stderr)") as process:
        pid = process.stdout.readline().strip()
        assert process.stderr.read().split() == [pid, pid]


def test_command_does_not_inherit_standard_input():
    # The command stays, since the supervisor reads nothing more once it has ended.
    with supervised(f"print(sys.stdin.read() == '', file=sys.stderr); {FOREVER}") as process:
        process.stdin.write(b"for the supervisor\n")
        process.stdin.flush()
        assert process.stderr.readline() == b"True\n"


def test_end_of_standard_input_ends_the_command():
    with supervised(FOREVER) as process:
        await_ready(process)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 128 + signal.SIGTERM


def test_command_can_end_itself_within_the_grace_period():
    with supervised(f"signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); {FOREVER}") as process:
        await_ready(process)
        process.stdin.close()
        assert process.wait() == 7


def test_command_that_ignores_sigterm_is_killed():
    with supervised(DEAF, grace="0.05") as process:
        await_ready(process)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 128 + signal.SIGKILL


def test_children_that_ignore_sigterm_are_killed_with_their_parent():
    with supervised(FAMILY) as process:
        await_ready(process)
        process.stdin.close()
        assert process.stderr.read() == b""


def test_children_of_a_crashed_command_are_killed():
    with supervised(FAMILY) as process:
        leader = int(process.stdout.readline())
        await_ready(process)
        os.kill(leader, signal.SIGKILL)
        assert process.stderr.read() == b""
        assert process.wait() == 128 + signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_signal_to_the_supervisor_ends_the_command(number):
    with supervised(FOREVER) as process:
        await_ready(process)
        process.send_signal(number)
        assert process.stderr.read() == b""


def test_no_process_is_left_when_the_starter_is_killed():
    """The kernel closes the starter's end of the pipe."""
    starter = (
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, {SUPERVISOR!r}, '30', '0', '0', sys.executable, '-c', sys.argv[1]],\n"
        "                 stdin=subprocess.PIPE, start_new_session=True).wait()\n"
    )
    command = [sys.executable, "-c", starter, f"import signal, subprocess, sys; {FAMILY}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        await_ready(process)
        process.kill()
        assert process.stderr.read() == b""


def test_supervisor_imports_only_the_standard_library():
    imported = {line.split()[1] for line in Path(SUPERVISOR).read_text().splitlines() if line.startswith("import ")}
    assert imported
    assert imported <= set(sys.stdlib_module_names)
    assert "\nfrom " not in Path(SUPERVISOR).read_text()


def test_command_cannot_write_a_huge_file(tmp_path):
    """Not even a sparse one."""
    file = tmp_path / "log"
    with supervised(
        f"f = open({str(file)!r}, 'wb'); f.seek({1 << 30}); f.write(b'x'); f.flush()", largest="1000"
    ) as process:
        assert process.wait() == 1
        assert b"File too large" in process.stderr.read()
    assert file.stat().st_size == 0


# Daemons: out of the group, and orphans

#: Forks twice, with a session of its own in between, and ignores every signal that can be ignored.
DAEMON = (
    "import os, signal, sys\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        [signal.signal(n, signal.SIG_IGN) for n in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)]\n"
    "        signal.alarm(60)\n"
    "        print('ready', file=sys.stderr, flush=True)\n"
    "        signal.pause()\n"
    "    os._exit(0)\n"
    "os.wait()\n"
)
needs_procfs = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="orphans are found by /proc")


@needs_procfs
def test_daemon_of_a_command_that_has_ended_is_killed_and_named():
    with supervised(f"exec({DAEMON!r}); sys.exit(3)") as process:
        said = process.stderr.read()  # to its end, so the daemon is gone
        assert b"wsconform killed a process that was left behind: " in said
        assert process.wait() == 3
        command, left = process.stdout.read().splitlines()
        assert left.startswith(b"left behind: ")
        assert command not in left


@needs_procfs
def test_daemon_is_killed_when_the_command_is_stopped():
    with supervised(f"exec({DAEMON!r}); signal.pause()") as process:
        await_ready(process)
        process.stdin.close()
        assert b"left behind: " in process.stderr.read()


@needs_procfs
def test_daemon_is_killed_when_the_supervisor_is_told_to_end():
    with supervised(f"exec({DAEMON!r}); signal.pause()") as process:
        await_ready(process)
        process.send_signal(signal.SIGTERM)
        assert b"left behind: " in process.stderr.read()


@needs_procfs
def test_daemons_that_start_each_other_are_all_killed():
    """Each is an orphan that comes to light only when the one above it has ended."""
    chain = f"{DAEMON.replace('signal.pause()', f'exec({DAEMON!r}); signal.pause()')}"
    with supervised(f"exec({chain!r}); [signal.pause() for _ in range(9)]") as process:
        await_ready(process)
        await_ready(process)
        process.stdin.close()
        assert process.stderr.read().count(b"left behind") >= 2


def test_nothing_is_said_where_nothing_is_left():
    with supervised(FAMILY) as process:
        await_ready(process)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert len(process.stdout.read().splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not count it")
def test_no_process_can_take_more_memory_than_allowed():
    with supervised("bytes(1 << 30)", memory=str(256 << 20)) as process:
        assert b"MemoryError" in process.stderr.read()
        assert process.wait() == 1
