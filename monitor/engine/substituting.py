"""Values that people state for points, each with an end; and the way back to what the device says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from monitor.domain.instant import Instant
from monitor.domain.manual import Substitution, SubstitutionRefusal, refusal
from monitor.domain.people import AuditEntry
from monitor.domain.point import Point, Value
from monitor.engine.writer import JournalWriter
from monitor.ports import Change, Clock

Put = Callable[[str, Value | None], None]
"""Have a point believed at a stated value, or at what its device says again (None)."""


class SubstitutionRefused(Exception):
    """The value was not taken; `refusal` is the named reason."""

    def __init__(self, refusal: SubstitutionRefusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class Substituting:
    """Holds what people have stated. History keeps what the device says; what a person says stands in the record."""

    def __init__(self, points: Mapping[str, Point], put: Put, writer: JournalWriter, clock: Clock) -> None:
        self._points = points
        self._put = put
        self._writer = writer
        self._clock = clock
        self._stated: dict[str, Substitution] = {}

    def restore(self, stated: Iterable[Substitution]) -> None:
        """Go on where the journal stopped; what was said of a point that is gone is forgotten."""
        wall = self._clock.now().wall
        for one in stated:
            if one.id in self._points and one.holds(wall):
                self._stated[one.id] = one
                self._put(one.id, one.value)

    def of(self, point: str) -> Substitution | None:
        """What holds for a point now; None where its device speaks for itself."""
        return self._stated.get(point)

    async def state(self, point: str, value: Value, until: float, actor: str, reason: str) -> Substitution:
        """Believe `value` until `until` (wall, POSIX s); returns when that is durable.

        Raises KeyError, SubstitutionRefused and NotStored.
        """
        now = self._clock.now()
        wrong = refusal(self._points[point], value, until, reason, now)
        if wrong is not None:
            raise SubstitutionRefused(wrong)
        one = Substitution(point, value, now.wall, until, actor, reason.strip())
        self._stated[point] = one
        detail = f"{value} {one.reason}"
        stored = self._writer.submit(
            _said(one, AuditEntry(now.wall, actor, "point.substitute", point, detail))
        )
        self._put(point, value)
        await self._writer.settled(stored)
        return one

    async def resume(self, point: str, actor: str) -> None:
        """Believe the device again before the end. Nothing happens where it is believed already. Raises NotStored."""
        one = self._stated.pop(point, None)
        if one is None:
            return
        now = self._clock.now()
        over = Substitution(point, None, now.wall, now.wall, actor, one.reason)
        stored = self._writer.submit(_said(over, AuditEntry(now.wall, actor, "point.resume", point)))
        self._put(point, None)
        await self._writer.settled(stored)

    def tick(self, now: Instant) -> None:
        """End what is due: the row says when, so nothing is written."""
        for point in [id_ for id_, one in self._stated.items() if not one.holds(now.wall)]:
            del self._stated[point]
            self._put(point, None)


def _said(one: Substitution, audit: AuditEntry) -> Change:
    return Change(substitutions=(one,), audit=(audit,))
