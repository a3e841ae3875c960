"""Let several threads share one database connection.

Django allows threads to share a connection, but does not prevent them from using it at the same time: results get
mixed up, some drivers crash, and overlapping savepoints release each other. So while a connection is shared, threads
take turns. A turn is a statement, of which all rows are fetched at once, or an ``atomic`` block until it ends or its
thread waits for its WebSocket. Closing a shared connection has no effect.
"""

import threading
from collections.abc import Callable, Iterator
from threading import get_ident
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic, get_connection

from .errors import NothingArrived

__all__ = ["LIMIT", "lend", "take_back", "yield_turn"]

LIMIT = 10.0
"""Seconds to wait for another thread's transaction."""

_CURSOR_MAKERS = ("make_cursor", "make_debug_cursor")
_STATEMENTS = ("_commit", "_rollback", "_set_autocommit")
_CLOSES = ("close", "close_if_unusable_or_obsolete")

_changing = threading.Lock()
_lent: dict[BaseDatabaseWrapper, int] = {}
_turns: dict[BaseDatabaseWrapper, "_Turn"] = {}


def lend(connection: BaseDatabaseWrapper) -> None:
    """Let all threads use a connection, until `take_back` has been called for each `lend`."""
    with _changing:
        connection.inc_thread_sharing()
        _lent[connection] = _lent.get(connection, 0) + 1
        if _lent[connection] == 1:
            _guard(connection)
            _guard_atomic()


def take_back(connection: BaseDatabaseWrapper) -> None:
    """Undo one `lend`; undoing the last one restores the connection."""
    with _changing:
        connection.dec_thread_sharing()
        _lent[connection] -= 1
        if not _lent[connection]:
            del _lent[connection], _turns[connection]
            for name in (*_CURSOR_MAKERS, *_STATEMENTS, *_CLOSES):
                delattr(connection, name)
            _guard_atomic()


def yield_turn() -> None:
    """Let other threads use the connections, because this thread is about to wait."""
    for turn in list(_turns.values()):
        turn.give_up()


class _Turn:
    """A reentrant lock that its owner can give up completely, at any depth."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._owner: int | None = None
        self._depth = 0

    def __enter__(self) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._owner in (None, get_ident()), LIMIT):
                raise NothingArrived(
                    f"Waited {LIMIT:g} s for the database: another view, or the test, is inside a transaction "
                    f"and is not waiting for its WebSocket. End that transaction first."
                )
            self._owner = get_ident()
            self._depth += 1

    def __exit__(self, *exc_info: object) -> None:
        with self._changed:
            if self._owner == get_ident():
                self._depth -= 1
                if not self._depth:
                    self.give_up()

    def give_up(self) -> None:
        with self._changed:
            if self._owner == get_ident():
                self._owner, self._depth = None, 0
                self._changed.notify()


def _guard(connection: BaseDatabaseWrapper) -> None:
    turn = _turns[connection] = _Turn()
    for name in _CURSOR_MAKERS:
        setattr(connection, name, _buffering(getattr(connection, name), turn))
    for name in _STATEMENTS:
        setattr(connection, name, _taking_turns(getattr(connection, name), turn))
    for name in _CLOSES:
        setattr(connection, name, _do_nothing)


_enter_atomic, _exit_atomic = Atomic.__enter__, Atomic.__exit__


def _enter_atomic_in_turn(block: Atomic) -> None:
    # Wait before the block looks at the connection, which may be in a transaction of another thread.
    turn = _turn_for(block)
    turn.__enter__()
    try:
        _enter_atomic(block)
    except BaseException:
        turn.__exit__()
        raise


def _exit_atomic_in_turn(block: Atomic, *exc_info: Any) -> None:
    turn = _turn_for(block)
    with turn:  # it may have been given up inside the block
        _exit_atomic(block, *exc_info)
    turn.__exit__()


def _turn_for(block: Atomic) -> "_Turn":
    return _turns.get(get_connection(block.using)) or _Turn()


def _guard_atomic() -> None:
    """Make ``atomic`` blocks take turns if any connection is lent; otherwise restore Django's methods."""
    Atomic.__enter__ = _enter_atomic_in_turn if _turns else _enter_atomic  # type: ignore[method-assign]  # on purpose
    Atomic.__exit__ = _exit_atomic_in_turn if _turns else _exit_atomic  # type: ignore[method-assign]  # on purpose


def _do_nothing() -> None:
    """Keep the connection open for other threads."""


def _taking_turns(call: Callable[..., Any], turn: _Turn) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with turn:
            return call(*args, **kwargs)

    return wrapper


def _buffering(make_cursor: Callable[[Any], Any], turn: _Turn) -> Callable[[Any], "_BufferedCursor"]:
    return lambda cursor: _BufferedCursor(make_cursor(cursor), turn)


class _BufferedCursor:
    """A cursor that reads all rows when it executes a statement, so that no result stays open."""

    def __init__(self, cursor: Any, turn: _Turn) -> None:
        self._cursor = cursor
        self._turn = turn
        self._rows: Any = ()
        self._at = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __enter__(self) -> "_BufferedCursor":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        with self._turn:
            self._cursor.close()

    def execute(self, *args: Any, **kwargs: Any) -> "_BufferedCursor":
        return self._run(self._cursor.execute, *args, **kwargs)

    def executemany(self, *args: Any, **kwargs: Any) -> "_BufferedCursor":
        return self._run(self._cursor.executemany, *args, **kwargs)

    def callproc(self, *args: Any, **kwargs: Any) -> "_BufferedCursor":
        return self._run(self._cursor.callproc, *args, **kwargs)

    def _run(self, statement: Callable[..., Any], *args: Any, **kwargs: Any) -> "_BufferedCursor":
        with self._turn:
            statement(*args, **kwargs)
            self._at, self._rows = 0, self._cursor.fetchall() if self._cursor.description else ()
        return self

    def fetchone(self) -> Any:
        row = self.fetchmany(1)
        return row[0] if row else None

    def fetchmany(self, size: int | None = None) -> Any:
        # A slice has the type of the rows, even if it is empty. Django compares it to recognise the end.
        start, self._at = self._at, self._at + (self._cursor.arraysize if size is None else size)
        return self._rows[start : self._at]

    def fetchall(self) -> Any:
        return self.fetchmany(len(self._rows))

    def __iter__(self) -> Iterator[Any]:
        while rows := self.fetchmany(1):
            yield rows[0]
