"""What the people on duty saw and did that no alarm says: an entry is written once and never changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry. `at` is POSIX seconds; `equipment` is "" where it is about none in particular."""

    id: str
    at: float
    actor: str
    text: str
    equipment: str = ""
