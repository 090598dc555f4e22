"""An alarm with everything that a person needs at three in the morning."""

from __future__ import annotations

from pydantic import BaseModel

from monitor.console.services import Services
from monitor.console.shapes import wording
from monitor.console.shapes.cards import CardOut, card
from monitor.console.shapes.messages import NotificationOut, notification, person
from monitor.console.texts import pick
from monitor.console.times import stamp
from monitor.domain.alarm import AlarmEvent, AlarmState
from monitor.domain.conditions import Unproven
from monitor.domain.point import Value
from monitor.domain.restless import Marks
from monitor.engine.alarming import UnknownAlarm
from monitor.engine.live import AlarmView


class MarksOut(BaseModel):
    """An alarm that is a nuisance (ISA-18.2 16.5), by its last hour."""

    annunciations: int
    """In the last hour."""
    chattering: bool
    """Three within a minute, at some time in the last hour."""
    fleeting: int
    """How often it was over within 30 s in the last hour; 0 below three."""
    standing: bool
    """Active for over a day."""


class AlarmOut(BaseModel):
    """One alarm as it now is."""

    id: str
    occurrence: int
    annunciation: int
    rule: str
    kind: str
    equipment: str
    equipment_name: str
    location: str
    system: str
    priority: str
    state: str
    active: bool
    acknowledged: bool
    latched: bool
    frozen: bool
    """The data cannot say whether it still holds."""
    raised_at: str | None
    active_since: str | None
    """When its condition last came: later than `raised_at` where it went away and came back within the occurrence."""
    returned_at: str | None
    acknowledged_by: str | None
    acknowledged_by_name: str | None
    acknowledged_at: str | None
    shelved_until: str | None
    out_of_service_until: str | None
    respond_by: str | None
    """Somebody must have acted by then, while it is active: as its card says; critical ones within the service grade's
    time for emergencies at the latest."""
    value: Value | None
    unit: str
    point: str | None
    title: str
    message: str
    card: CardOut
    needs_reason: bool
    """Acknowledging takes a note: a single event that nothing else would end."""
    asks_test: bool
    """It asks for a test of its sensor: `POST .../tested` with a note answers it."""
    marks: MarksOut
    stored: bool
    """False while the journal has not taken its latest change."""
    headline: str | None
    """The alarm that explains this one and under which it is listed."""
    children: list[str]
    """The alarms that are listed under this one, by id."""
    notifications: list[NotificationOut]


class EventOut(BaseModel):
    """One row of the journal."""

    sequence: int
    at: str
    alarm: str
    kind: str
    equipment: str
    priority: str
    cause: str
    before: str
    after: str
    occurrence: int
    annunciation: int
    actor: str | None
    actor_name: str | None
    note: str
    value: Value | None
    quality: str
    reason: str
    source_time: str | None
    annunciates: bool
    message: str


def alarm(view: AlarmView, services: Services, language: str) -> AlarmOut:
    """The alarm for people and programs."""
    a, rule, equipment = view.alarm, view.rule, view.equipment
    point = wording.point(rule)
    return AlarmOut(
        id=a.id,
        occurrence=a.occurrence,
        annunciation=a.annunciation,
        rule=rule.id,
        kind=rule.kind.value,
        equipment=rule.equipment,
        equipment_name=pick(equipment.name, language, equipment.id) if equipment else "",
        location=equipment.location if equipment else "",
        system=equipment.system if equipment else "",
        priority=a.priority.value,
        state=a.state.value,
        active=a.active,
        acknowledged=a.acknowledged,
        latched=a.latched,
        frozen=a.frozen,
        raised_at=stamp(a.raised_at),
        active_since=stamp(a.since) if a.active else None,
        returned_at=stamp(a.returned_at),
        acknowledged_by=a.acknowledged_by,
        acknowledged_by_name=person(a.acknowledged_by, services),
        acknowledged_at=stamp(a.acknowledged_at),
        shelved_until=stamp(a.suppressions.shelved_until),
        out_of_service_until=stamp(a.suppressions.out_of_service_until),
        respond_by=stamp(_respond_by(view, services)),
        value=wording.value(rule, a.value, language),
        unit=wording.unit(rule, equipment),
        point=f"{rule.equipment}.{point}" if point and equipment else None,
        title=wording.title(rule, equipment, language),
        message=wording.message(rule, equipment, language),
        card=card(rule.card, services, language),
        needs_reason=rule.incident,
        asks_test=isinstance(rule.condition, Unproven),
        marks=marks(services.restless(view)),
        stored=view.stored,
        headline=services.alarming.parent(a.id),
        children=list(services.alarming.children(a.id)),
        notifications=[notification(message, services) for message in view.notifications],
    )


def marks(found: Marks) -> MarksOut:
    """The marks of an alarm."""
    return MarksOut(
        annunciations=found.annunciations,
        chattering=found.chattering,
        fleeting=found.fleeting,
        standing=found.standing,
    )


def _respond_by(view: AlarmView, services: Services) -> float | None:
    a = view.alarm
    if not a.active or a.raised_at is None:
        return None
    return view.rule.card.respond_by(a.priority, a.raised_at, services.site.grade.clocks)


def view_of(id_: str, services: Services) -> AlarmView:
    """The live view of an alarm, made up for one that is normal. Raises UnknownAlarm."""
    live = services.live.alarm(id_)
    if live is not None:
        return live
    rule, resting = services.alarming.rule(id_), services.alarming.alarm(id_)
    stored = resting.state is AlarmState.NORM  # else it was raised just now, and its commit is under way
    return AlarmView(resting, rule, services.site.equipment.get(rule.equipment), stored)


def event(row: AlarmEvent, services: Services, language: str) -> EventOut:
    """A journal row; the message is empty when its rule is no longer configured."""
    equipment = services.site.equipment.get(row.equipment)
    try:
        rule = services.alarming.rule(row.alarm)
        message, value = (
            wording.message(rule, equipment, language),
            wording.value(rule, row.value, language),
        )
    except UnknownAlarm:
        message, value = "", row.value
    return EventOut(
        sequence=row.sequence,
        at=stamp(row.at),
        alarm=row.alarm,
        kind=row.kind.value,
        equipment=row.equipment,
        priority=row.priority.value,
        cause=row.cause.value,
        before=row.before.value,
        after=row.after.value,
        occurrence=row.occurrence,
        annunciation=row.annunciation,
        actor=row.actor,
        actor_name=person(row.actor, services),
        note=row.note,
        value=value,
        quality=row.quality.grade.value,
        reason=row.quality.reason,
        source_time=stamp(row.source_time),
        annunciates=row.annunciates,
        message=message,
    )
