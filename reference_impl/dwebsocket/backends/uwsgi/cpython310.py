"""Save a coroutine's interpreter state while other coroutines run, for CPython 3.10 under uWSGI.

uWSGI's coroutines (``--ugreen``) all run in one thread, each on its own stack. When uWSGI suspends a coroutine, it
saves the Python frame and the recursion depth. But the interpreter has more pointers into the stack: the C part of the
frame, and the stack of handled exceptions, to which each generator adds an entry. If the next coroutine inherits these
pointers, the interpreter follows them when that coroutine ends, into memory that has been reused. The context
(`contextvars`), in which Django keeps the active language, must be saved for the same reason.

The layout is copied from ``struct _ts`` in Include/cpython/pystate.h of CPython 3.10.
"""

import ctypes
import sys
import threading
from collections.abc import Callable
from typing import Any

__all__ = ["call_suspending", "has_known_layout"]

_POINTER = ctypes.c_void_p


class _Handled(ctypes.Structure):
    """``_PyErr_StackItem``: the exception that is being handled, and the next outer one."""

    _fields_ = [(name, _POINTER) for name in ("exc_type", "exc_value", "exc_traceback", "previous_item")]


class _CFrame(ctypes.Structure):
    _fields_ = [("use_tracing", ctypes.c_int), ("previous", _POINTER)]


class _ThreadState(ctypes.Structure):
    _fields_ = [
        *((name, _POINTER) for name in ("prev", "next", "interp", "frame")),
        *((name, ctypes.c_int) for name in ("recursion_depth", "recursion_headroom", "stackcheck_counter", "tracing")),
        ("cframe", _POINTER),
        *((name, _POINTER) for name in ("c_profilefunc", "c_tracefunc", "c_profileobj", "c_traceobj")),
        *((name, _POINTER) for name in ("curexc_type", "curexc_value", "curexc_traceback")),
        ("exc_state", _Handled),
        *((name, _POINTER) for name in ("exc_info", "dict")),
        ("gilstate_counter", ctypes.c_int),
        ("async_exc", _POINTER),
        ("thread_id", ctypes.c_ulong),
        ("trash_delete_nesting", ctypes.c_int),
        *((name, _POINTER) for name in ("trash_delete_later", "on_delete", "on_delete_data")),
        ("coroutine_origin_tracking_depth", ctypes.c_int),
        *((name, _POINTER) for name in ("async_gen_firstiter", "async_gen_finalizer", "context")),
        *((name, ctypes.c_uint64) for name in ("context_ver", "id")),
        ("root_cframe", _CFrame),
    ]


_thread_state = ctypes.pythonapi.PyThreadState_Get
_thread_state.argtypes = ()
_thread_state.restype = _POINTER
_release = ctypes.pythonapi.Py_DecRef
_release.argtypes = (_POINTER,)
_release.restype = None


_interpreter = ctypes.pythonapi.PyInterpreterState_Get
_interpreter.argtypes = ()
_interpreter.restype = _POINTER


def has_known_layout() -> bool:
    """Tell whether this interpreter has the layout above, as far as that can be checked."""
    if sys.implementation.name != "cpython" or sys.version_info[:2] != (3, 10):
        return False
    state = _ThreadState.from_address(_thread_state())
    return bool(state.interp == _interpreter() and state.thread_id == threading.get_ident())


def call_suspending(function: Callable[..., int], *args: Any) -> int:
    """Call a C function during which other coroutines run, and return its result.

    Everything must happen in this one frame: calling another Python function would undo the changes.
    """
    address = _thread_state()
    state = _ThreadState.from_address(address)
    bottom = address + _ThreadState.exc_state.offset
    cframe, exc_info, context = state.cframe, state.exc_info, state.context
    handled = bytes(state.exc_state)
    state.cframe = address + _ThreadState.root_cframe.offset
    state.exc_info = bottom
    state.context = None
    state.context_ver += 1
    ctypes.memset(bottom, 0, len(handled))

    result = function(*args)

    ctypes.memmove(bottom, handled, len(handled))
    state.cframe, state.exc_info = cframe, exc_info
    left_behind = state.context
    state.context = context
    state.context_ver += 1
    _release(left_behind)
    return result
