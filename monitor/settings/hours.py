"""From hours as they are written to hours of the domain: what the site adds is its zone, its sun and its holidays."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.domain.hours import EVERY_DAY, Holidays, Hours
from monitor.domain.sun import Place
from monitor.settings.shape.hours import HoursShape

FIXED = {"day": ((9 * 60, 16 * 60),), "night": ((20 * 60, 5 * 60),)}
"""Day and night of a site that does not say where it is: hours that are so all year round in most of the inhabited world."""
_SAMPLES = range(0, 366, 15)


@dataclass(frozen=True, slots=True)
class Almanac:
    """What hours mean at this site."""

    timezone: str = "UTC"
    place: Place | None = None
    holidays: Holidays = Holidays()  # noqa: RUF009  # frozen, and the same for all

    def hours(self, shape: HoursShape) -> Hours:
        """The domain's hours of what is written."""
        days = shape.days
        windows = tuple((start, end) for start, end in shape.hours or ())
        if shape.light is not None and self.place is None:
            windows = windows or FIXED[shape.light]
        return Hours(
            timezone=self.timezone,
            windows=windows,
            weekdays=frozenset(days) if isinstance(days, list) else EVERY_DAY,
            days="work" if days == "workdays" else "rest" if days == "restdays" else "all",
            holidays=self.holidays,
            light=shape.light or "day",
            place=self.place if shape.light is not None else None,
        )


NEVER = "these hours never come: the clock and the sun contradict each other"


def never(hours: Hours) -> bool:
    """True when these hours never come: looked for every ten minutes of one week in each half month of 2026.

    Only sun against clock can be a contradiction; anything else comes every week.
    """
    if hours.place is None or not hours.windows:
        return False
    start = 1_767_225_600.0  # 2026-01-01
    return not any(
        hours.hold(start + day * 86400 + minute * 600)
        for first in _SAMPLES
        for day in range(first, first + 7, 7 if len(hours.weekdays) == 7 and hours.days == "all" else 1)
        for minute in range(144)
    )
