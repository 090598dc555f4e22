"""Equipment taken out of service or into commissioning, by people, with an end; and back."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.domain.people import AuditEntry
from monitor.domain.service import Mode, Service, ServiceRefusal, refusal
from monitor.engine.alarming import Alarming
from monitor.engine.writer import JournalWriter
from monitor.ports import Change, Clock


class ServiceRefused(Exception):
    """The mode was not changed; `refusal` is the named reason."""

    def __init__(self, refusal: ServiceRefusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class Servicing:
    """Holds the mode of each equipment. That it ends by itself is the alarms' business: each knows its own end."""

    def __init__(self, alarming: Alarming, writer: JournalWriter, clock: Clock) -> None:
        self._alarming = alarming
        self._writer = writer
        self._clock = clock
        self._services: dict[str, Service] = {}

    def restore(self, services: Iterable[Service]) -> None:
        """Go on where the journal stopped. A rule that was added meanwhile is silent with its equipment."""
        now = self._clock.now()
        self._services = {one.id: one for one in services}
        for one in self._services.values():
            if one.now(now.wall) is not Mode.IN_SERVICE:
                self._alarming.serve(one.id, one.until, one.actor, one.reason, missing_only=True)

    def of(self, equipment: str) -> Service | None:
        """What holds for an equipment now; None in regular service."""
        found = self._services.get(equipment)
        away = found is not None and found.now(self._clock.now().wall) is not Mode.IN_SERVICE
        return found if away else None

    async def change(
        self, equipment: str, mode: Mode, until: float | None, actor: str, reason: str
    ) -> Service:
        """Change the mode; returns when that is durable. Raises ServiceRefused and NotStored."""
        now = self._clock.now()
        wrong = refusal(mode, until, reason, now)
        if wrong is not None:
            raise ServiceRefused(wrong)
        end = None if mode is Mode.IN_SERVICE else until
        service = Service(equipment, mode, now.wall, end, actor, reason.strip())
        self._services[equipment] = service
        audit = AuditEntry(now.wall, actor, f"equipment.{mode.value}", equipment, service.reason)
        stored = self._writer.submit(Change(services=(service,), audit=(audit,)))
        self._alarming.serve(equipment, end, actor, service.reason)
        await self._writer.settled(stored)
        return service
