"""The journal: alarm events, messages, rounds, orders and human actions on SQLite or PostgreSQL."""

from monitor.storage.journal.audit import AuditHead, AuditReport, AuditRow
from monitor.storage.journal.journal import SqlJournal

__all__ = ["AuditHead", "AuditReport", "AuditRow", "SqlJournal"]
