"""Repairs with a clock: ordered, on site, repaired, verified."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OrderState(StrEnum):
    """Where a work order stands."""

    OPEN = "open"
    ON_SITE = "on_site"
    REPAIRED = "repaired"
    VERIFIED = "verified"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """From an alarm, a failed check or a person. Times are POSIX seconds; `due` is for being on site."""

    id: str
    title: str
    equipment: str
    origin: str
    """`alarm:ID#OCCURRENCE`, `scan:CLIENT_ID` or `person`."""
    created_at: float
    created_by: str
    due: float
    state: OrderState = OrderState.OPEN
    on_site_at: float | None = None
    repaired_at: float | None = None
    verified_at: float | None = None
    note: str = ""
    overdue_at: float | None = None
    """When the alarm about its missed `due` was raised; None while it was in time."""


@dataclass(frozen=True, slots=True)
class Handover:
    """One shift tells the next what it must know. `at` is POSIX seconds."""

    id: str
    at: float
    actor: str
    text: str
    open_alarms: int = 0
