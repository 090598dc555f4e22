"""The audit's rows: every human action, bound to the one before it by a hash, so that nobody can change one unseen."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from monitor.domain.people import AuditEntry

GENESIS = "0" * 64
"""What stands for the hash before the first row."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One human action as stored. `at` is POSIX seconds; `hash` covers every other field."""

    number: int
    at: float
    actor: str
    action: str
    subject: str
    detail: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The end of the chain: worth writing down somewhere else from time to time."""

    number: int
    hash: str


def digest(number: int, entry: AuditEntry, previous: str) -> str:
    """SHA-256 (hex) over the canonical JSON of a row: keys sorted, no spaces, UTF-8."""
    row = {
        "number": number,
        "at": float(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
        "previous": previous,
    }
    text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def intact(row: AuditRow) -> bool:
    """The row's hash is the one of its content."""
    entry = AuditEntry(row.at, row.actor, row.action, row.subject, row.detail)
    return digest(row.number, entry, row.previous) == row.hash
