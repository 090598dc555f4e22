"""People: names, roles, passwords. There is no default user, and no user is ever deleted: names stay in the record."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from time import time
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from monitor.domain.people import Role
from monitor.storage.journal.account import Account, Ledger
from monitor.storage.journal.database import Database
from monitor.storage.journal.passwords import Passwords, checked
from monitor.storage.journal.tables import sessions, users
from monitor.storage.journal.unbroken import unbroken

# Letters of any script, so that names are people's own; no spaces, so that a log line stays readable, and no colon,
# so that no person looks like a program.
_NAME = re.compile(r"[^\W_][\w.@-]{0,63}")


class UnknownUser(LookupError):
    """There is no user of this name."""


class UserExists(ValueError):
    """There is a user of this name already."""


class People(Ledger):
    """The users. `actor` is who makes the change, for the audit."""

    def __init__(self, database: Database, wall: Callable[[], float] = time) -> None:
        super().__init__(database, wall)
        self._passwords = Passwords()

    @unbroken
    async def create(self, name: str, role: Role, password: str, actor: str) -> Account:
        """A new user. Raises UserExists, and ValueError for an unusable name or password."""
        account = Account(_usable(name), role, created_at=self._wall())
        row = {
            "name": account.name,
            "role": role,
            "language": account.language,
            "password": await self._passwords.hash(checked(password)),
            "disabled": account.disabled,
            "created_at": account.created_at,
        }
        async with self._database.write() as connection:
            try:
                await connection.execute(insert(users), row)
            except IntegrityError as error:
                raise UserExists(f"there is a user {account.name} already") from error
            await self._audit(connection, actor, "user.created", account.name, f"role {role.value}")
        return account

    async def set_password(self, name: str, password: str, actor: str) -> None:
        """A new password; every session of that user ends. Raises UnknownUser or ValueError."""
        stored = await self._passwords.hash(checked(password))
        await self._change(name, {"password": stored}, actor, "user.password", sign_out=True)

    async def set_role(self, name: str, role: Role, actor: str) -> None:
        """Another role, from the next request on. Raises UnknownUser."""
        await self._change(name, {"role": role}, actor, "user.role", f"role {role.value}")

    async def disable(self, name: str, actor: str) -> None:
        """No sign-in any more, and every session ends; the name stays for the record. Raises UnknownUser."""
        await self._change(name, {"disabled": True}, actor, "user.disabled", sign_out=True)

    async def enable(self, name: str, actor: str) -> None:
        """The opposite of `disable`. Raises UnknownUser."""
        await self._change(name, {"disabled": False}, actor, "user.enabled")

    async def sign_out_everywhere(self, name: str, actor: str) -> None:
        """End every session of a user. Raises UnknownUser."""
        await self._change(name, {}, actor, "user.signed_out", sign_out=True)

    @unbroken
    async def set_language(self, name: str, language: str) -> None:
        """What this person likes to read; nothing happens for a program's name."""
        async with self._database.write() as connection:
            await connection.execute(update(users).where(users.c.name == name).values(language=language))

    @unbroken
    async def users(self) -> tuple[Account, ...]:
        """Everybody, the disabled too, by name."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(users).order_by(users.c.name))
            return tuple(map(account_of, rows))

    async def authenticate(self, name: str, password: str) -> Account | None:
        """The user, None for a wrong name, a wrong password or a disabled user; each takes the same time."""
        row = await self._authentic(name, password)
        return account_of(row) if row else None

    def close(self) -> None:
        """Let the password threads end; the database is the journal's."""
        self._passwords.close()

    @unbroken
    async def _authentic(self, name: str, password: str) -> Row[Any] | None:
        """The user's row with the hash that it has now."""
        this = users.c.name == _canonical(name)
        async with self._database.read() as connection:
            row = (await connection.execute(select(users).where(this))).one_or_none()
        matches, renewed = await self._passwords.verify(password, row.password if row else None)
        if row is None or not matches or row.disabled:
            return None
        if renewed is None:
            return row
        async with self._database.write() as connection:
            unchanged = users.c.password == row.password
            await connection.execute(update(users).where(this, unchanged).values(password=renewed))
            return (await connection.execute(select(users).where(this))).one_or_none()

    @unbroken
    async def _change(
        self,
        name: str,
        values: Mapping[str, Any],
        actor: str,
        action: str,
        detail: str = "",
        *,
        sign_out: bool = False,
    ) -> None:
        canonical = _canonical(name)
        this = users.c.name == canonical
        async with self._database.write() as connection:
            if (await connection.execute(select(users.c.name).where(this))).one_or_none() is None:
                raise UnknownUser(f"there is no user {canonical}")
            if values:
                await connection.execute(update(users).where(this).values(**values))
            if sign_out:
                await connection.execute(delete(sessions).where(sessions.c.user == canonical))
            await self._audit(connection, actor, action, canonical, detail)


def account_of(row: Row[Any]) -> Account:
    """The account of a row of `users`."""
    return Account(row.name, row.role, row.language, row.disabled, row.created_at)


def _canonical(name: str) -> str:
    """One name for what looks the same: Unicode NFKC, small letters."""
    return unicodedata.normalize("NFKC", name).casefold()


def _usable(name: str) -> str:
    canonical = _canonical(name)
    if not _NAME.fullmatch(canonical):
        raise ValueError(
            f"{name!r} is no user name: a letter or digit, then up to 63 letters, digits, or _ . @ -"
        )
    return canonical
