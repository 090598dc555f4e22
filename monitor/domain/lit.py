"""How well a zone was lit over nights: lamps working among those commanded on, weighted by time, for each window of the clock.

What could not be seen is neither working nor failed, so that every share lies in [`lower`, `upper`]. The scorecard reports the
lower one; a window is below its limit only while even the upper one is, as the alarm is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from monitor.domain.availability import Lamps
from monitor.domain.hours import Hours
from monitor.domain.localtime import local_date
from monitor.domain.rules import AvailabilityBelow

NOON = 12 * 3600.0
OTHER = ""
"""Names the hours that no window has, all of them where there is none."""
LONGEST = 900.0
"""Seconds between two looks beyond which nobody can say what was between them."""


@dataclass(frozen=True, slots=True)
class Lit:
    """Lamp-seconds of one window of one night, or of several. `seconds` is how long lamps were commanded on."""

    working: float = 0.0
    failed: float = 0.0
    unknown: float = 0.0
    seconds: float = 0.0
    below: float = 0.0
    """Seconds in which even the best case was below the limit."""
    worst: float = 1.0
    """The lowest share that was surely working at any time."""

    @property
    def commanded(self) -> float:
        """Lamp-seconds that should have been lit."""
        return self.working + self.failed + self.unknown

    @property
    def lower(self) -> float | None:
        """Share surely working (0 to 1); None when nothing was commanded on."""
        return self.working / self.commanded if self.commanded else None

    @property
    def upper(self) -> float | None:
        """Share working if everything unseen worked."""
        return (self.working + self.unknown) / self.commanded if self.commanded else None

    def after(self, lamps: Lamps, limit: float, passed: float) -> Lit:
        """With `passed` more seconds in which the zone was like this."""
        if not lamps.commanded_on:
            return self
        return Lit(
            self.working + lamps.working * passed,
            self.failed + lamps.failed * passed,
            self.unknown + lamps.unknown * passed,
            self.seconds + passed,
            self.below + (passed if lamps.upper < limit else 0.0),
            min(self.worst, lamps.lower),
        )

    def counted(self, failed: float, of: int) -> Lit:
        """After somebody walked the zone and counted `failed` of its `of` lamps dark.

        Eyes see what the controller does not, so that nothing stays unknown; and neither is believed to have missed a
        failed lamp that the other saw (as `availability.with_count`).
        """
        if not self.commanded or of <= 0:
            return self
        dark = min(max(self.failed, self.commanded * failed / of), self.commanded)
        lit = self.commanded - dark
        return Lit(lit, dark, 0.0, self.seconds, self.below, min(self.worst, lit / self.commanded))


def whole(parts: Iterable[Lit]) -> Lit:
    """Several nights together."""
    total = Lit()
    for one in parts:
        total = Lit(
            total.working + one.working,
            total.failed + one.failed,
            total.unknown + one.unknown,
            total.seconds + one.seconds,
            total.below + one.below,
            min(total.worst, one.worst),
        )
    return total


def night_of(wall: float, timezone: str) -> date:
    """The local day on which the night of POSIX seconds began. Nights go from noon to noon, so that each is one."""
    return local_date(wall - NOON, timezone)


def window_of(condition: AvailabilityBelow, wall: float) -> str:
    """The name of the window of its `limit_at` that holds at POSIX seconds; `OTHER` for all other hours."""
    return next((name_of(hours) for hours, _ in condition.limit_at if hours.hold(wall)), OTHER)


def name_of(hours: Hours) -> str:
    """The same for the same hours, wherever they stand in a configuration, now and after the next one."""
    spans = ",".join(f"{start}-{end}" for start, end in hours.windows)
    light = hours.light if hours.place is not None else ""
    return "/".join((spans, hours.days, "".join(map(str, sorted(hours.weekdays))), light))
