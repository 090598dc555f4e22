"""Lamps working among those commanded on. What cannot be seen is neither working nor failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.domain.point import Value
from monitor.domain.reading import Grade, Quality


@dataclass(frozen=True, slots=True)
class Lamps:
    """Counts over the lamps commanded on; the true share working lies in [`lower`, `upper`]."""

    working: int
    failed: int
    unknown: int

    @property
    def commanded_on(self) -> int:
        """How many lamps should be lit; 0 by day, and then nothing is judged."""
        return self.working + self.failed + self.unknown

    @property
    def lower(self) -> float:
        """Share surely working (0 to 1): what the scorecard reports."""
        return self.working / self.commanded_on if self.commanded_on else 1.0

    @property
    def upper(self) -> float:
        """Share working if every unseen lamp works (0 to 1): below the limit only when lamps have surely failed."""
        return (self.working + self.unknown) / self.commanded_on if self.commanded_on else 1.0

    @property
    def unknown_share(self) -> float:
        """Share that cannot be seen (0 to 1)."""
        return self.unknown / self.commanded_on if self.commanded_on else 0.0


def with_count(lamps: Lamps, failed: float, of: int) -> Lamps:
    """The same after somebody walked the zone at night and counted `failed` of its `of` lamps dark.

    Eyes see what the controller does not, so that nothing stays unknown; and neither is believed to have missed a failed lamp
    that the other saw. By day, when telemetry judges nothing, the count of the night speaks for the whole zone.
    """
    lit = lamps.commanded_on or of
    dark = min(max(lamps.failed, round(failed)), lit)
    return Lamps(lit - dark, dark, 0)


def count(commanded: tuple[Value | None, Quality], lamps: Iterable[tuple[Value | None, Quality]]) -> Lamps:
    """Count one zone. Nothing counts unless `commanded` is known good and on; a text is neither on nor off."""
    on, quality = commanded
    if quality.grade is not Grade.GOOD or isinstance(on, str) or not on:
        return Lamps(0, 0, 0)
    working = failed = unknown = 0
    for value, seen in lamps:
        if seen.grade is not Grade.GOOD or value is None or isinstance(value, str):
            unknown += 1
        elif value:
            working += 1
        else:
            failed += 1
    return Lamps(working, failed, unknown)
