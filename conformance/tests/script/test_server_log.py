"""Complaints are found in a server's log, and harmless lines are not reported."""

import pytest

from wsconform.script.server_log import Complaint, complaints

TRACEBACK = """Traceback (most recent call last):
  File "a.py", line 1, in a
    b()
OSError: [Errno 9] Bad file descriptor
"""
CHAINED = (
    TRACEBACK
    + """
During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "b.py", line 2, in b
    c()
  ^^^
ValueError: oh
"""
)


@pytest.mark.parametrize(
    "line",
    [
        '127.0.0.1 - - [21/Nov/2026 14:26:37] "GET /health HTTP/1.1" 200 2',
        '127.0.0.1 - - [21/Nov/2026:14:27:21 +0000] "GET /w/raises HTTP/1.1" 500 0 "-" "-"',
        "[2026-11-21 14:27:49 +0000] [17] [INFO] Booting worker with pid: 18",
        "WARNING django.request: Bad Request: /echo",
        "WARNING django.request: Not Found: /nowhere",
        "Starting development server at http://127.0.0.1:8000/",
        "WARNING: This is a development server. Do not use it in a production setting.",
        "EventletDeprecationWarning: Eventlet is deprecated. It is currently being maintained in bugfix mode",
        "uWSGI running as root, you can use --uid/--gid/--chroot options",
        "*** WARNING: you are running uWSGI as root !!! (use the --uid flag) ***",
        "[pid: 5|app: 0|req: 1/1] 127.0.0.1 () {34 vars in 452 bytes} [Sat] GET /echo => generated 0 bytes in 3 msecs",
        "[uwsgi-http key: 127.0.0.1:1 client_addr: 127.0.0.1] hr_write(): Connection reset by peer",
        "[uwsgi-http key: 127.0.0.1:1 client_addr: 127.0.0.1] hr_ssl_read(): Connection reset by peer",
        "",
    ],
)
def test_harmless_line_is_no_complaint(line: str) -> None:
    assert complaints(f"{line}\n") == ()


@pytest.mark.parametrize(
    "line",
    [
        "[2026-11-21 14:27:49 +0000] [17] [ERROR] Error handling request /echo",
        "[2026-11-21 14:27:49 +0000] [17] [CRITICAL] WORKER TIMEOUT (pid:18)",
        "uwsgi_response_write_headers_do(): Broken pipe [core/writer.c line 248]",
        "DAMN ! worker 1 (pid: 8) died :( trying respawn ...",
        "!!! uWSGI process 8 got Segmentation Fault !!!",
        "[DANGER] async queue is full !!!",
        "ASYNC call without async mode !!!",
        "Exception ignored in: <function Finalizer at 0x7f>",
        "Exception happened during processing of request from ('127.0.0.1', 1)",
        "sys:1: ResourceWarning: unclosed file",
        "SIGPIPE: writing to a closed pipe/socket/fd (probably the client disconnected)",
        "RuntimeWarning: coroutine 'view' was never awaited",
    ],
)
def test_line_is_a_complaint(line: str) -> None:
    assert complaints(f"a line\n{line}\nanother line\n") == (Complaint(line),)


def test_complaint_has_its_logger() -> None:
    (one,) = complaints("ERROR dwebsocket: no socket here\n")
    assert one == Complaint("ERROR dwebsocket: no socket here", "dwebsocket")


def test_traceback_is_one_complaint_named_by_its_last_line() -> None:
    found = complaints(f"before\n{TRACEBACK}after\n")
    assert found == (Complaint("OSError: [Errno 9] Bad file descriptor", traceback=True),)


def test_chained_exceptions_are_one_complaint() -> None:
    assert complaints(f"{CHAINED}after\n") == (Complaint("ValueError: oh", traceback=True),)


def test_traceback_belongs_to_the_log_record_above_it() -> None:
    found = complaints(f"ERROR django.request: Internal Server Error: /echo\n{CHAINED}")
    assert found == (Complaint("ValueError: oh", "django.request", traceback=True),)


def test_several_tracebacks_are_several_complaints() -> None:
    found = complaints(f"ERROR dwebsocket: oh\n{TRACEBACK}ERROR django.request: oh\n{TRACEBACK}{TRACEBACK}")
    assert [(each.logger, each.traceback) for each in found] == [
        ("dwebsocket", True),
        ("django.request", True),
        ("", True),
    ]


def test_truncated_traceback_is_a_complaint() -> None:
    (one,) = complaints("Traceback (most recent call last):\n  File")
    assert one.traceback
