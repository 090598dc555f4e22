"""Who may be told and who did what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the house. `language` is a tag such as `zh-Hant`; empty means the site's.

    `contacts` are addresses by channel, such as a mail address; every other channel uses the telephone number.
    """

    id: str
    name: str
    phone: str = ""
    language: str = ""
    roles: tuple[str, ...] = ()
    contacts: Mapping[str, str] = field(default_factory=dict, hash=False)

    def address(self, channel: str) -> str:
        """Where this person is reached by a channel; empty when nowhere."""
        return self.contacts.get(channel, self.phone)


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
