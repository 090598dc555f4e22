"""Who is on duty: half-open shifts in local time, crews in rotation, nobody longer than eight hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from monitor.domain.people import Person


@dataclass(frozen=True, slots=True)
class ShiftPattern:
    """Crews that take turns. `shifts` are minutes after local midnight, half-open, an end of 1440 is midnight.

    On day d (local date, counted from `start`), crew number `d // rotate_days` modulo the number of crews has duty in
    every shift of the pattern that names no crew of its own.
    """

    role: str
    shifts: Mapping[str, tuple[int, int]]
    crews: tuple[tuple[str, ...], ...]
    rotate_days: int
    start: date


@dataclass(frozen=True, slots=True)
class Always:
    """People who can be called at any time in this role (not a shift: the eight hours do not apply)."""

    role: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """All entries of the site with the people they name."""

    timezone: str
    people: Mapping[str, Person]
    entries: tuple[ShiftPattern | Always, ...]
