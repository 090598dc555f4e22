"""The past in the shapes of the present, so that whoever shows the one can show the other."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from monitor.console.services import Services
from monitor.console.shapes.alarms import AlarmOut, EventOut, alarm, event, marks
from monitor.console.shapes.cards import CardOut
from monitor.console.shapes.duty import (
    HandoverOut,
    LogOut,
    OrderOut,
    RoundOut,
    ScanOut,
    handover,
    log_entry,
    order,
    scan,
    window,
)
from monitor.console.shapes.equipment import PointOut, point
from monitor.console.shapes.messages import InboundOut, NotificationOut, inbound, notification, person
from monitor.console.times import stamp
from monitor.domain.alarm import Alarm, AlarmEvent
from monitor.domain.duty import on_duty, roles
from monitor.domain.dutylog import LogEntry
from monitor.domain.inspection import CheckpointScan, Window, attribute
from monitor.domain.notification import InboundMessage, Notification
from monitor.domain.point import Point
from monitor.domain.reading import Reading
from monitor.domain.replay.alarms import Past
from monitor.domain.restless import NOTHING
from monitor.domain.workorder import Handover, WorkOrder
from monitor.engine.alarming import UnknownAlarm
from monitor.engine.live import AlarmView
from monitor.engine.playing import Change
from monitor.engine.replaying import Moment


class DutyOut(BaseModel):
    """Who was to be told in a role, by the roster that is configured now."""

    role: str
    people: list[str]
    names: list[str]


class MomentOut(BaseModel):
    """The site as it was at `at`. Names, rules and rosters are those that are configured now."""

    at: str
    points: list[PointOut]
    alarms: list[AlarmOut]
    """All that were not NORM."""
    rounds: list[RoundOut]
    """Windows that were open or in their grace."""
    orders: list[OrderOut]
    """Not finished then."""
    duty: list[DutyOut]
    trouble: str
    """Why the points have no values; empty when the historian answered."""


class StepOut(BaseModel):
    """Something became so at `at`. `topic` says which of the others is filled in."""

    at: str
    topic: str
    """reading, alarm, message, inbound, scan, round, order, handover, log."""
    id: str
    point: PointOut | None = None
    alarm: AlarmOut | None = None
    """As the event left it; its messages are those of the steps before."""
    event: EventOut | None = None
    message: NotificationOut | None = None
    inbound: InboundOut | None = None
    scan: ScanOut | None = None
    round: RoundOut | None = None
    order: OrderOut | None = None
    handover: HandoverOut | None = None
    log: LogOut | None = None


class StepsOut(BaseModel):
    """Changes in (from, until], in order; `next` is the `from` to go on with, null when the end was reached."""

    start: str
    until: str
    items: list[StepOut]
    next: str | None


def readings(rows: Iterable[Reading], services: Services, language: str) -> list[PointOut]:
    """Points with the values of the past."""
    known = ((_configured(row.point, services), row) for row in rows)
    return [point(one, row, None, language) for one, row in known if one is not None]


def _configured(id_: str, services: Services) -> Point | None:
    """Looked up one by one: a step of playing is one reading, and a site has tens of thousands of points."""
    owner, _, key = id_.partition(".")
    item = services.site.equipment.get(owner)
    index = item.source.plan.index.get(key) if item else None
    return None if item is None or index is None else item.source.plan.points[index]


def past_alarm(
    past: Past, messages: Iterable[Notification], at: float, services: Services, language: str
) -> AlarmOut:
    """An alarm as it was. Until when it was shelved is not in the record; what explained it is the note of its event."""
    last = past.event
    held = Alarm(
        last.alarm,
        last.priority,
        last.occurrence,
        last.annunciation,
        past.active,
        past.acknowledged,
        past.latched,
        raised_at=past.raised_at,
        returned_at=past.returned_at,
        acknowledged_at=past.acknowledged_at,
        acknowledged_by=past.acknowledged_by,
        value=past.value,
    )
    told = [past_message(message, services) for message in messages]
    try:
        rule = services.alarming.rule(past.id)
    except UnknownAlarm:
        return _unknown(held, past, told, services)
    view = AlarmView(held, rule, services.site.equipment.get(rule.equipment))
    shown = alarm(view, services, language)
    then: dict[str, object] = {
        "state": past.state.value,
        "notifications": told,
        "marks": marks(NOTHING),
        "headline": None,
        "children": [],
    }
    return shown.model_copy(update=then)


def _unknown(held: Alarm, past: Past, told: list[NotificationOut], services: Services) -> AlarmOut:
    """An alarm whose rule is configured no longer: what the record itself says."""
    return AlarmOut(
        id=held.id,
        occurrence=held.occurrence,
        annunciation=held.annunciation,
        rule=held.id,
        kind=past.event.kind.value,
        equipment=past.event.equipment,
        equipment_name=past.event.equipment,
        location="",
        system="",
        priority=held.priority.value,
        state=past.state.value,
        active=held.active,
        acknowledged=held.acknowledged,
        latched=held.latched,
        frozen=False,
        raised_at=stamp(held.raised_at),
        active_since=None,
        returned_at=stamp(held.returned_at),
        acknowledged_by=held.acknowledged_by,
        acknowledged_by_name=person(held.acknowledged_by, services),
        acknowledged_at=stamp(held.acknowledged_at),
        shelved_until=None,
        out_of_service_until=None,
        respond_by=None,
        value=held.value,
        unit="",
        point=None,
        title=held.id,
        message=held.id,
        card=CardOut(cause="", consequence="", action=""),
        needs_reason=False,
        asks_test=False,
        marks=marks(NOTHING),
        stored=True,
        headline=None,
        children=[],
        notifications=told,
    )


def past_message(message: Notification, services: Services) -> NotificationOut:
    """A message as it was: when it was due counts from now and says nothing of then."""
    return notification(message, services).model_copy(update={"due_at": None})


def past_rounds(
    windows: Iterable[Window], scans: Iterable[CheckpointScan], services: Services
) -> list[RoundOut]:
    """Windows with the check-ins that we had heard of."""
    rows, visits = list(windows), list(scans)
    known = {item.id: item for item in services.site.rounds}
    seen: dict[str, dict[str, CheckpointScan]] = {}
    for item in known.values():
        seen |= attribute(item, [row for row in rows if row.round == item.id], visits)
    return [window(row, known.get(row.round), seen.get(row.id, {}), services) for row in rows]


def past_order(row: WorkOrder, at: float, services: Services, language: str) -> OrderOut:
    """An order as it was: late then, not now."""
    late = row.state.value == "open" and at > row.due
    return order(row, services, language).model_copy(update={"overdue": late})


def moment_out(found: Moment, duty: list[DutyOut], services: Services, language: str) -> MomentOut:
    """Everything at one instant."""
    return MomentOut(
        at=stamp(found.at),
        points=readings(found.readings, services, language),
        alarms=[
            past_alarm(
                past, found.messages.get((past.id, past.event.occurrence), ()), found.at, services, language
            )
            for past in found.alarms
        ],
        rounds=past_rounds(found.windows, found.scans, services),
        orders=[past_order(row, found.at, services, language) for row in found.orders],
        duty=duty,
        trouble=found.trouble,
    )


def step(change: Change, services: Services, language: str) -> StepOut:
    """One change, by what it is."""
    at = stamp(change.at)
    match change.item:
        case Reading() as row:
            (shown,) = readings([row], services, language) or (None,)
            return StepOut(at=at, topic="reading", id=row.point, point=shown)
        case (Past() as past, AlarmEvent() as row):
            then = past_alarm(past, (), change.at, services, language)
            return StepOut(at=at, topic="alarm", id=past.id, alarm=then, event=event(row, services, language))
        case Notification() as row:
            return StepOut(at=at, topic="message", id=row.id, message=past_message(row, services))
        case InboundMessage() as row:
            return StepOut(at=at, topic="inbound", id=row.id, inbound=inbound(row, services))
        case CheckpointScan() as row:
            return StepOut(at=at, topic="scan", id=row.client_id, scan=scan(row, services))
        case Window() as row:
            return StepOut(at=at, topic="round", id=row.id, round=past_rounds([row], (), services)[0])
        case WorkOrder() as row:
            then_order = past_order(row, change.at, services, language)
            return StepOut(at=at, topic="order", id=row.id, order=then_order)
        case Handover() as row:
            return StepOut(at=at, topic="handover", id=row.id, handover=handover(row, services))
        case LogEntry() as row:
            return StepOut(at=at, topic="log", id=row.id, log=log_entry(row, services, language))


def duty_at(at: float, services: Services) -> list[DutyOut]:
    """Who was to be told in each role."""
    roster = services.site.roster
    found = []
    for role in roles(roster):
        people = on_duty(roster, role, at)
        found.append(DutyOut(role=role, people=[p.id for p in people], names=[p.name for p in people]))
    return found
