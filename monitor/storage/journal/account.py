"""What every kind of account shares: the account itself, hashed secrets, and changes that leave an audit entry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from time import time

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.domain.people import AuditEntry, Role
from monitor.storage.journal import audit
from monitor.storage.journal.database import Database


@dataclass(frozen=True, slots=True)
class Account:
    """A person, or a program with a token (its name then begins with `token:`). `created_at` in POSIX seconds."""

    name: str
    role: Role
    language: str = ""
    disabled: bool = False
    created_at: float = 0.0


def hashed(secret: str) -> str:
    """SHA-256 (hex). Enough for secrets of 32 random bytes, which nobody can guess; passwords need argon2."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


class Ledger:
    """Rows in the journal's database, changed together with the audit entry that says who did it."""

    def __init__(self, database: Database, wall: Callable[[], float] = time) -> None:
        self._database = database
        self._wall = wall

    async def _audit(
        self, connection: AsyncConnection, actor: str, action: str, subject: str, detail: str = ""
    ) -> None:
        await audit.append(connection, [AuditEntry(self._wall(), actor, action, subject, detail)])
