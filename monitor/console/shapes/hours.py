"""Hours of the week in words."""

from __future__ import annotations

from monitor.console.texts import say
from monitor.domain.hours import EVERY_DAY, Hours


def hours(given: Hours, language: str) -> str:
    """Such as `18:00–23:00`, `night`, `working days 08:00–18:00`."""
    parts = []
    if given.days != "all":
        parts.append(say(language, f"hours.{given.days}"))
    elif given.weekdays != EVERY_DAY:
        parts.append(" ".join(say(language, f"hours.day.{day}") for day in sorted(given.weekdays)))
    parts += [f"{_clock(start)}–{_clock(end)}" for start, end in given.windows]
    if given.place is not None:
        parts.append(say(language, f"hours.{given.light}"))
    return " ".join(parts) or say(language, "hours.all")


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
