"""Tokens: how programs say who they are."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from time import time

import structlog
from sqlalchemy import insert, or_, select, update

from monitor.domain.people import Role
from monitor.ports import Permanent, Transient
from monitor.storage.journal.account import Account, Ledger, hashed
from monitor.storage.journal.database import Database
from monitor.storage.journal.remembered import Entry, Remembered
from monitor.storage.journal.tables import tokens
from monitor.storage.journal.unbroken import unbroken

PREFIX = "wr_"
"""So that a token that leaked into a file is found by a search."""

USE_S = 60.0
"""`last_used_at` is as fine as that: not every request shall write."""

log = structlog.get_logger(__name__)


class UnknownToken(LookupError):
    """There is no token of this id, or it was revoked already."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is known about a token; its secret is not. Times POSIX seconds."""

    id: str
    name: str
    role: Role
    created_at: float
    created_by: str
    expires_at: float | None = None
    last_used_at: float | None = None
    revoked_at: float | None = None


class Tokens(Ledger):
    """The tokens of programs. `actor` is who makes the change, for the audit."""

    def __init__(self, database: Database, wall: Callable[[], float] = time) -> None:
        super().__init__(database, wall)
        self._use_stored = True
        self._let_in = Remembered(wall)

    @unbroken
    async def create_token(
        self, name: str, role: Role, actor: str, expires_at: float | None = None
    ) -> tuple[str, Token]:
        """A new token: its secret, to be shown this once, and what is kept. Raises ValueError for an empty name."""
        if not name.strip() or not name.isprintable() or len(name) > 64:
            raise ValueError(
                f"{name!r} is no token name: 1 to 64 printable characters that say which program it is"
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        token = Token(secrets.token_hex(4), name.strip(), role, self._wall(), actor, expires_at)
        row = {field: getattr(token, field) for field in Token.__slots__} | {"hash": hashed(secret)}
        async with self._database.write() as connection:
            await connection.execute(insert(tokens), row)
            await self._audit(
                connection, actor, "token.created", token.id, f"{token.name}, role {role.value}"
            )
        return secret, token

    @unbroken
    async def tokens(self) -> tuple[Token, ...]:
        """All of them, the revoked too, oldest first."""
        columns = [tokens.c[field] for field in Token.__slots__]
        async with self._database.read() as connection:
            rows = await connection.execute(select(*columns).order_by(tokens.c.created_at, tokens.c.id))
            return tuple(Token(*row) for row in rows)

    @unbroken
    async def revoke_token(self, id_: str, actor: str) -> None:
        """Not valid any more, from the next request on. Raises UnknownToken."""
        this = (tokens.c.id == id_) & tokens.c.revoked_at.is_(None)
        async with self._database.write() as connection:
            done = await connection.execute(update(tokens).where(this).values(revoked_at=self._wall()))
            if done.rowcount == 0:
                raise UnknownToken(f"there is no token {id_} that could be revoked")
            await self._audit(connection, actor, "token.revoked", id_)

    async def token(self, secret: str) -> Account | None:
        """The account of a token that is neither revoked nor past its end; its name is `token:NAME`.

        While the database is away, a program that was let in before is let in again until its token's end.
        """
        key = hashed(secret)
        return await self._let_in.account(key, lambda: self._token(key))

    @unbroken
    async def _token(self, key: str) -> Entry | None:
        now = self._wall()
        valid = tokens.c.revoked_at.is_(None) & or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now)
        query = select(tokens).where(tokens.c.hash == key, valid)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        if row.last_used_at is None or now - row.last_used_at >= USE_S:
            await self._used(row.id, now)
        account = Account(f"token:{row.name}", row.role, created_at=row.created_at)
        return Entry(account, row.expires_at)

    async def _used(self, id_: str, now: float) -> None:
        """Note the use. A journal that cannot be written at the moment must not keep programs from reading."""
        try:
            async with self._database.write() as connection:
                await connection.execute(update(tokens).where(tokens.c.id == id_).values(last_used_at=now))
        except (Transient, Permanent) as error:
            if self._use_stored:
                log.warning("token_use_not_stored", token=id_, reason=str(error))
            self._use_stored = False
        else:
            self._use_stored = True
