"""What is believed of every equipment, by its id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.domain.instant import Instant
from monitor.domain.reading import Reading
from monitor.domain.scan import Plan
from monitor.engine.acquisition import Latest


class Beliefs(dict[str, Latest]):
    """Latest values by equipment id."""

    @classmethod
    def of(cls, plans: Iterable[Plan], now: Instant, before: Mapping[str, Latest]) -> Beliefs:
        """What was believed `before`, where the points are still the same; nothing yet of the others."""
        beliefs = cls()
        for plan in plans:
            known = before.get(plan.equipment)
            same = known is not None and known.plan == plan
            beliefs[plan.equipment] = known if known is not None and same else Latest(plan, now)
        return beliefs

    def readings(self, equipment: str) -> tuple[Reading, ...]:
        """All points of one equipment; none of an unknown one."""
        return self[equipment].readings() if equipment in self else ()

    def reading(self, point: str) -> Reading | None:
        """The point `equipment.key`; None when there is no such point."""
        equipment, _, key = point.partition(".")
        latest = self.get(equipment)
        return latest.reading(key) if latest and key in latest.plan.index else None
