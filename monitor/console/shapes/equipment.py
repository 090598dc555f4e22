"""Equipment with its ledger card, points with their live values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pydantic import BaseModel

from monitor.console.services import Services
from monitor.console.shapes.messages import person
from monitor.console.texts import pick
from monitor.console.times import stamp
from monitor.domain.conditions import Unproven
from monitor.domain.manual import Substitution
from monitor.domain.point import Point, Value
from monitor.domain.reading import Grade, Quality, Reading
from monitor.domain.rules import AvailabilityBelow, Priority
from monitor.domain.service import Service
from monitor.settings.site import Equipment


class PointOut(BaseModel):
    """One point and what is known of it. `value` is null, or the last one seen, when `quality` is bad."""

    id: str
    equipment: str
    label: str
    unit: str
    kind: str
    states: dict[str, str]
    range: tuple[float, float] | None
    value: Value | None
    quality: str
    reason: str
    source_time: str | None
    received_time: str | None
    substitute: SubstituteOut | None
    """Null where the device speaks for itself."""


class SubstituteOut(BaseModel):
    """What a person states of a point, in place of its device."""

    since: str
    until: str
    actor: str
    actor_name: str | None
    reason: str


class QualityCount(BaseModel):
    """How many points may be believed."""

    good: int
    uncertain: int
    bad: int


class ServiceOut(BaseModel):
    """Why its alarms are kept from people just now."""

    mode: str
    """`out_of_service` or `commissioning`."""
    since: str
    until: str
    actor: str
    actor_name: str | None
    reason: str


class FailedLampOut(BaseModel):
    """One failed lamp and its repair clock."""

    point: str
    label: str
    since: str | None
    due: str | None
    overdue: bool


class SensorTestOut(BaseModel):
    """A sensor that must be tested from time to time, by the alarm that asks for it (`POST /alarms/{alarm}/tested`)."""

    alarm: str
    point: str
    label: str
    proven_at: str | None
    """When it last spoke, or somebody noted a test; at first when we began to watch it. Null before the first look."""
    due: str | None
    overdue: bool


class EquipmentOut(BaseModel):
    """One piece of equipment, live."""

    id: str
    name: str
    type: str
    type_title: str
    system: str
    location: str
    connection: str
    ledger: dict[str, str]
    points: int
    quality: QualityCount
    reasons: list[str]
    """Why points are not good, most frequent first."""
    lamps: list[str]
    """Points of which a share must work: lamps of a zone."""
    failed_lamps: list[FailedLampOut]
    """Those known to have failed while commanded on, the longest first; `due` by the grade's time for lamps."""
    tests: list[SensorTestOut]
    """Sensors that must be tested from time to time."""
    when: str | None
    """The point that says whether they are commanded on."""
    alarms: int
    unacknowledged: int
    worst: str | None
    """The highest priority among its alarms."""
    received_time: str | None
    """The newest arrival of anything from it."""
    service: ServiceOut | None
    """Null in regular service."""


def point(point: Point, reading: Reading | None, services: Services | None, language: str) -> PointOut:
    """A point; without a reading it is bad with no data, never empty and good.

    `services` say what a person states of it now; None for a reading of the past.
    """
    reading = reading or Reading(point.id, None, Quality.NO_DATA, None, None)
    return PointOut(
        id=point.id,
        equipment=point.equipment,
        label=pick(point.label, language, point.key),
        unit=point.unit,
        kind=point.kind.value,
        states=dict(point.states),
        range=point.range,
        value=reading.value,
        quality=reading.quality.grade.value,
        reason=reading.quality.reason,
        source_time=stamp(reading.source_time),
        received_time=stamp(reading.received_time),
        substitute=services and _substitute(services.substituting.of(point.id), services),
    )


def points(equipment: Equipment, services: Services, language: str) -> list[PointOut]:
    """All points of one equipment in the plan's order."""
    latest = {reading.point: reading for reading in services.live.readings(equipment.id)}
    return [point(p, latest.get(p.id), services, language) for p in equipment.source.plan.points]


def equipment(item: Equipment, services: Services, language: str) -> EquipmentOut:
    """The ledger card and a summary of the live state."""
    readings = {reading.point: reading for reading in services.live.readings(item.id)}
    qualities = [
        readings[p.id].quality if p.id in readings else Quality.NO_DATA for p in item.source.plan.points
    ]
    views = [view for view in services.live.alarms() if view.rule.equipment == item.id]
    shown = [view.alarm for view in views if not view.alarm.suppressions.any]
    worst = min((alarm.priority for alarm in shown), key=lambda priority: priority.rank, default=None)
    arrivals = [reading.received_time for reading in readings.values() if reading.received_time is not None]
    shares = [
        rule.condition for rule in item.rules.ruleset.rules if isinstance(rule.condition, AvailabilityBelow)
    ]
    return EquipmentOut(
        id=item.id,
        name=pick(item.name, language, item.id),
        type=item.type,
        type_title=pick(item.type_title, language, item.type),
        system=item.system,
        location=item.location,
        connection=item.connection,
        ledger={key: str(value) for key, value in item.ledger.items()},
        points=len(qualities),
        quality=_count(qualities),
        reasons=[reason for reason, _ in Counter(q.reason for q in qualities if q.reason).most_common(3)],
        failed_lamps=_failed_lamps(item, services, language),
        lamps=[f"{item.id}.{key}" for condition in shares for key in condition.points],
        tests=_tests(item, services, language),
        when=next((f"{item.id}.{condition.when}" for condition in shares if condition.when), None),
        alarms=len(views),
        unacknowledged=sum(1 for alarm in shown if not alarm.acknowledged),
        worst=worst.value if isinstance(worst, Priority) else None,
        received_time=stamp(max(arrivals, default=None)),
        service=_service(services.servicing.of(item.id), services),
    )


def _substitute(found: Substitution | None, services: Services) -> SubstituteOut | None:
    if found is None:
        return None
    return SubstituteOut(
        since=stamp(found.since),
        until=stamp(found.until),
        actor=found.actor,
        actor_name=person(found.actor, services),
        reason=found.reason,
    )


def _service(found: Service | None, services: Services) -> ServiceOut | None:
    if found is None or found.until is None:
        return None
    return ServiceOut(
        mode=found.mode.value,
        since=stamp(found.since),
        until=stamp(found.until),
        actor=found.actor,
        actor_name=person(found.actor, services),
        reason=found.reason,
    )


def _failed_lamps(item: Equipment, services: Services, language: str) -> list[FailedLampOut]:
    labels = {one.key: pick(one.label, language, one.key) for one in item.source.plan.points}
    wall = services.clock.now().wall
    return [
        FailedLampOut(
            point=f"{item.id}.{lamp.point}",
            label=labels.get(lamp.point, lamp.point),
            since=stamp(lamp.since),
            due=stamp(lamp.due),
            overdue=lamp.overdue(wall),
        )
        for lamp in services.lamps(item.id)
    ]


def _tests(item: Equipment, services: Services, language: str) -> list[SensorTestOut]:
    labels = {one.key: pick(one.label, language, one.key) for one in item.source.plan.points}
    wall = services.clock.now().wall
    found = []
    for rule in item.rules.ruleset.rules:
        if isinstance(rule.condition, Unproven):
            alarm, key = f"{item.id}.{rule.id}", rule.condition.point
            at = services.alarming.proven(alarm)
            due = None if at is None else at + rule.condition.longer
            found.append(
                SensorTestOut(
                    alarm=alarm,
                    point=f"{item.id}.{key}",
                    label=labels.get(key, key),
                    proven_at=stamp(at),
                    due=stamp(due),
                    overdue=due is not None and due < wall,
                )
            )
    return found


def _count(qualities: list[Quality]) -> QualityCount:
    grades: Mapping[Grade, int] = Counter(quality.grade for quality in qualities)
    return QualityCount(
        good=grades.get(Grade.GOOD, 0), uncertain=grades.get(Grade.UNCERTAIN, 0), bad=grades.get(Grade.BAD, 0)
    )
