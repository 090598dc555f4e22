"""Who may be told and who did what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the house. `language` is a tag such as `zh-Hant`; empty means the site's."""

    id: str
    name: str
    phone: str = ""
    language: str = ""
    roles: tuple[str, ...] = ()


class Role(StrEnum):
    """What an account of the console or the API may do; each includes the ones before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ENGINEER = "engineer"
    ADMIN = "admin"

    def includes(self, needed: Role) -> bool:
        """True when this role may do what `needed` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One human action, before the journal chains it by hash. `at` is POSIX seconds."""

    at: float
    actor: str
    action: str
    subject: str
    detail: str = ""
