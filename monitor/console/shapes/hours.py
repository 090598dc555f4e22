"""Hours of the week in words."""

from __future__ import annotations

from monitor.console.texts import say
from monitor.domain.hours import EVERY_DAY, Hours

_DAYS = ("hours.mon", "hours.tue", "hours.wed", "hours.thu", "hours.fri", "hours.sat", "hours.sun")
_KINDS = {"work": "hours.work", "rest": "hours.rest"}
_LIGHT = {"day": "hours.day", "night": "hours.night"}


def hours(given: Hours, language: str) -> str:
    """Such as `18:00–23:00`, `night`, `working days 08:00–18:00`."""
    parts = []
    if given.days != "all":
        parts.append(say(language, _KINDS[given.days]))
    elif given.weekdays != EVERY_DAY:
        parts.append(" ".join(say(language, _DAYS[day]) for day in sorted(given.weekdays)))
    parts += [f"{_clock(start)}–{_clock(end)}" for start, end in given.windows]
    if given.place is not None:
        parts.append(say(language, _LIGHT[given.light]))
    return " ".join(parts) or say(language, "hours.all")


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
