"""Sessions of browsers: rows, so that they can be ended at once from the other side."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from time import time

from sqlalchemy import delete, insert, select

from monitor.storage.journal.account import Account, hashed
from monitor.storage.journal.database import Database
from monitor.storage.journal.people import People, account_of
from monitor.storage.journal.remembered import Entry, Remembered
from monitor.storage.journal.tables import sessions, users
from monitor.storage.journal.unbroken import unbroken

SESSION_S = 12 * 3600.0
"""A shift of at most 8 h and what comes around it."""


class Sessions(People):
    """People who are signed in. The secret goes into the cookie; here is only its hash."""

    def __init__(
        self, database: Database, wall: Callable[[], float] = time, session_s: float = SESSION_S
    ) -> None:
        super().__init__(database, wall)
        self._session_s = session_s
        self._signed_in = Remembered(wall)

    @unbroken
    async def sign_in(self, name: str, password: str) -> tuple[str, Account] | None:
        """A new session's secret and its account; None as in `authenticate`."""
        row = await self._authentic(name, password)
        if row is None:
            return None
        secret, now = secrets.token_urlsafe(32), self._wall()
        session = {
            "hash": hashed(secret),
            "user": row.name,
            "created_at": now,
            "expires_at": now + self._session_s,
        }
        # Disabled or given another password while this one was being checked: that change ended every session.
        still = (users.c.name == row.name) & (users.c.password == row.password) & users.c.disabled.is_(False)
        async with self._database.write() as connection:
            if (await connection.execute(select(users.c.name).where(still))).one_or_none() is None:
                return None
            await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            await connection.execute(insert(sessions), session)
            await self._audit(connection, row.name, "session.opened", row.name)
        return secret, account_of(row)

    async def session(self, secret: str) -> Account | None:
        """The account of a session that is neither over nor signed out, of a user who is not disabled.

        While the database is away, who was signed in stays so until the session's own end.
        """
        key = hashed(secret)
        return await self._signed_in.account(key, lambda: self._session(key))

    @unbroken
    async def _session(self, key: str) -> Entry | None:
        query = (
            select(users, sessions.c.expires_at)
            .join(sessions, sessions.c.user == users.c.name)
            .where(sessions.c.hash == key, sessions.c.expires_at > self._wall())
            .where(users.c.disabled.is_(False))
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Entry(account_of(row), row.expires_at) if row else None

    @unbroken
    async def sign_out(self, secret: str) -> None:
        """End this session; a strange secret is no error."""
        mine = sessions.c.hash == hashed(secret)
        async with self._database.write() as connection:
            user = (await connection.execute(select(sessions.c.user).where(mine))).scalar_one_or_none()
            if user is not None:
                await connection.execute(delete(sessions).where(mine))
                await self._audit(connection, user, "session.closed", user)
