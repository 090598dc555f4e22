"""Which database errors pass by themselves, and which need a person."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from monitor.ports import Permanent, Transient

# https://sqlite.org/rescode.html: busy, locked, out of memory, interrupted, I/O error, disk full, cannot open
# (the file itself was opened at start: now it is descriptors that are short), locking protocol.
_SQLITE_PASSING = frozenset({5, 6, 7, 9, 10, 13, 14, 15})

# PostgreSQL appendix A. Classes: connection, transaction rollback (serialisation, deadlock), insufficient
# resources (disk full, too many connections), operator intervention (shutdown, starting up, cancelled), system error.
_SQLSTATE_PASSING = ("08", "40", "53", "57", "58", "55P03")


def translate(error: Exception) -> Exception:
    """Transient or Permanent for what the database or the way to it raised; anything else as it is."""
    if isinstance(error, (Transient, Permanent)):
        return error
    if isinstance(error, (OSError, PoolTimeout)):
        return Transient(f"journal: {_said(error)}")
    if isinstance(error, DBAPIError):
        kind = Transient if _passes(error) else Permanent
        return kind(f"journal: {_said(error.orig)}")
    if isinstance(error, sqlite3.Error):
        return (Transient if _sqlite_passes(error) else Permanent)(f"journal: {_said(error)}")
    if isinstance(error, SQLAlchemyError):
        return Permanent(f"journal: {_said(error)}")
    state = _sqlstate(error)
    if state is not None:  # asyncpg refuses a connection with its own exceptions, not wrapped
        return (Transient if state.startswith(_SQLSTATE_PASSING) else Permanent)(f"journal: {_said(error)}")
    return error


def _passes(error: DBAPIError) -> bool:
    original: Any = error.orig
    if isinstance(original, sqlite3.Error):
        return _sqlite_passes(original)
    state = _sqlstate(original)
    if state is not None:
        return state.startswith(_SQLSTATE_PASSING)
    return error.connection_invalidated or "closed" in str(original)


def _sqlite_passes(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    # Without a code it is Python's own complaint, such as a closed connection: a new one will do.
    return code is None or (code & 0xFF) in _SQLITE_PASSING


def _sqlstate(error: object) -> str | None:
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) else None


def _said(error: object) -> str:
    text = " ".join(str(error).split())
    return text[:300] or type(error).__name__
