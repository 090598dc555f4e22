"""Alarms that people do not see in the list: which, since nobody may forget them, by whom, why and until when."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from monitor.console.services import Services
from monitor.console.shapes import wording
from monitor.console.shapes.messages import person
from monitor.console.texts import pick
from monitor.console.times import stamp
from monitor.domain.alarm import AlarmEvent, EventCause
from monitor.engine.live import AlarmView


class HiddenOut(BaseModel):
    """One alarm kept from people. `how` is shelved, suppressed, out_of_service or commissioning."""

    id: str
    equipment: str
    equipment_name: str
    location: str
    priority: str
    active: bool
    message: str
    how: str
    actor: str | None
    actor_name: str | None
    reason: str
    headline: str | None
    """The alarm that explains it, where that is what hides it."""
    since: str | None
    until: str | None
    """Null for one that its headline hides: until that is over."""


def hidden(view: AlarmView, events: Sequence[AlarmEvent], services: Services, language: str) -> HiddenOut:
    """`events` are the alarm's latest, newest first."""
    a, rule, equipment = view.alarm, view.rule, view.equipment
    how, actor, reason, since, until = _why(view, events, services)
    headline = services.alarming.parent(a.id) if how == "suppressed" else None
    if headline is not None:
        above = services.alarming.rule(headline)
        reason = wording.message(above, services.site.equipment.get(above.equipment), language)
    return HiddenOut(
        id=a.id,
        equipment=rule.equipment,
        equipment_name=pick(equipment.name, language, equipment.id) if equipment else "",
        location=equipment.location if equipment else "",
        priority=a.priority.value,
        active=a.active,
        message=wording.message(rule, equipment, language),
        how=how,
        actor=actor,
        actor_name=person(actor, services),
        reason=reason,
        headline=headline,
        since=stamp(since),
        until=stamp(until),
    )


def _why(
    view: AlarmView, events: Sequence[AlarmEvent], services: Services
) -> tuple[str, str | None, str, float | None, float | None]:
    """How, by whom, why, since and until when, in the order in which the alarm's state names them."""
    s = view.alarm.suppressions
    if s.out_of_service_until is not None:
        service = services.servicing.of(view.rule.equipment)
        if service is not None:
            return service.mode.value, service.actor, service.reason, service.since, s.out_of_service_until
        return _of_event("out_of_service", EventCause.OUT_OF_SERVICE, events, s.out_of_service_until)
    if s.by_design:
        return _of_event("suppressed", EventCause.SUPPRESSED, events, None)
    return _of_event("shelved", EventCause.SHELVED, events, s.shelved_until)


def _of_event(
    how: str, cause: EventCause, events: Sequence[AlarmEvent], until: float | None
) -> tuple[str, str | None, str, float | None, float | None]:
    event = next((one for one in events if one.cause is cause), None)
    if event is None:  # longer ago than was looked
        return how, None, "", None, until
    return how, event.actor, event.note, event.at, until
