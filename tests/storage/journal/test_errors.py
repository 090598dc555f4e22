"""Which errors of the databases pass, and which need a person."""

import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from monitor.ports import Permanent, Transient
from monitor.storage.journal.errors import translate


def sqlite_error(code: int) -> DBAPIError:
    error = sqlite3.OperationalError("said SQLite")
    error.sqlite_errorcode = code
    return DBAPIError("INSERT", {}, error)


class ServerError(Exception):
    """As asyncpg's own, which carry the server's five characters."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"said PostgreSQL {sqlstate}")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (sqlite_error(sqlite3.SQLITE_BUSY), Transient),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), Transient),
        (sqlite_error(sqlite3.SQLITE_LOCKED), Transient),
        (sqlite_error(sqlite3.SQLITE_FULL), Transient),
        (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), Transient),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), Transient),
        (sqlite_error(sqlite3.SQLITE_CORRUPT), Permanent),
        (sqlite_error(sqlite3.SQLITE_NOTADB), Permanent),
        (sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED), Permanent),
        (sqlite_error(sqlite3.SQLITE_ERROR), Permanent),
        (sqlite_error(sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY), Permanent),
        (sqlite3.DatabaseError("without a code"), Transient),
        (ServerError("08006"), Transient),
        (ServerError("57P01"), Transient),
        (ServerError("57P03"), Transient),
        (ServerError("53100"), Transient),
        (ServerError("53300"), Transient),
        (ServerError("40001"), Transient),
        (DBAPIError("INSERT", {}, ServerError("55P03")), Transient),
        (DBAPIError("INSERT", {}, ServerError("28P01")), Permanent),
        (ServerError("28P01"), Permanent),
        (ServerError("3D000"), Permanent),
        (ServerError("42P01"), Permanent),
        (ServerError("25006"), Permanent),
        (ServerError("XX001"), Permanent),
        (DBAPIError("INSERT", {}, Exception("cut"), connection_invalidated=True), Transient),
        (ConnectionRefusedError("refused"), Transient),
        (TimeoutError(), Transient),
        (PoolTimeout(), Transient),
        (InvalidRequestError("a mistake of ours"), Permanent),
    ],
    ids=repr,
)
def test_an_error_passes_or_needs_a_person(error: Exception, kind: type[Exception]) -> None:
    translated = translate(error)
    assert type(translated) is kind
    assert str(translated).startswith("journal: ")


def test_other_errors_stay_what_they_are() -> None:
    error = ValueError("cursor")
    assert translate(error) is error
