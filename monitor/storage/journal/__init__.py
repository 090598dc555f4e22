"""The journal: alarm events, messages, rounds, orders and human actions on SQLite or PostgreSQL."""

from monitor.domain.audit import AuditHead, AuditRow
from monitor.storage.journal.account import Account
from monitor.storage.journal.accounts import Accounts
from monitor.storage.journal.audit import AuditReport
from monitor.storage.journal.journal import SqlJournal
from monitor.storage.journal.opening import open_journal
from monitor.storage.journal.people import UnknownUser, UserExists
from monitor.storage.journal.tokens import Token, UnknownToken

__all__ = [
    "Account",
    "Accounts",
    "AuditHead",
    "AuditReport",
    "AuditRow",
    "SqlJournal",
    "Token",
    "UnknownToken",
    "UnknownUser",
    "UserExists",
    "open_journal",
]
