"""Rounds, work orders, handovers."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from monitor.console.services import Services
from monitor.console.shapes.equipment import PointOut
from monitor.console.shapes.equipment import point as point_out
from monitor.console.shapes.messages import person
from monitor.console.texts import pick
from monitor.console.times import stamp
from monitor.domain.dutylog import LogEntry
from monitor.domain.inspection import Checkpoint, CheckpointScan, Item, Round, Window
from monitor.domain.workorder import Handover, WorkOrder


class VisitOut(BaseModel):
    """One checkpoint of one window: seen or not."""

    checkpoint: str
    name: str
    location: str
    done_at: str | None
    done_by: str | None
    done_by_name: str | None
    remarks: list[str]


class RoundOut(BaseModel):
    """One window of one round."""

    id: str
    round: str
    name: str
    role: str
    priority: str
    start: str
    end: str
    grace_until: str
    outcome: str
    """open, in_time, late, incomplete, missed, excused."""
    decided_at: str | None
    note: str
    checkpoints: list[VisitOut]


class ItemOut(BaseModel):
    """One question, with the live value of the sensor it is compared with."""

    id: str
    ask: str
    answer: str
    unit: str
    range: tuple[float, float] | None
    choices: list[str]
    compare: PointOut | None
    within: float | None


class CheckpointOut(BaseModel):
    """A place that is visited."""

    id: str
    name: str
    location: str
    equipment: list[str]
    items: list[ItemOut]


class ScanOut(BaseModel):
    """A person was at a checkpoint."""

    client_id: str
    checkpoint: str
    at: str
    received_at: str
    actor: str
    actor_name: str | None
    answers: dict[str, str | float | bool]
    remarks: list[str]


class OrderOut(BaseModel):
    """A repair with a clock."""

    id: str
    title: str
    equipment: str
    equipment_name: str
    origin: str
    state: str
    created_at: str
    created_by: str
    created_by_name: str | None
    due: str
    overdue: bool
    on_site_at: str | None
    repaired_at: str | None
    verified_at: str | None
    note: str


class LogOut(BaseModel):
    """One entry of the duty log."""

    id: str
    at: str
    actor: str
    actor_name: str | None
    text: str
    equipment: str
    equipment_name: str


class HandoverOut(BaseModel):
    """What one shift told the next."""

    id: str
    at: str
    actor: str
    actor_name: str | None
    text: str
    open_alarms: int


def window(
    row: Window, round_: Round | None, seen: Mapping[str, CheckpointScan], services: Services
) -> RoundOut:
    """A window, and the scans that count for it. A round that is no longer configured keeps its id as its name."""
    places = round_.checkpoints if round_ else ()
    return RoundOut(
        id=row.id,
        round=row.round,
        name=round_.name if round_ else row.round,
        role=round_.role if round_ else "",
        priority=round_.priority.value if round_ else "",
        start=stamp(row.start),
        end=stamp(row.end),
        grace_until=stamp(row.grace_until),
        outcome=row.outcome.value,
        decided_at=stamp(row.decided_at),
        note=row.note,
        checkpoints=[_visit(place, seen.get(place), services) for place in places],
    )


def _visit(place: str, seen: CheckpointScan | None, services: Services) -> VisitOut:
    known = services.site.checkpoints.get(place)
    return VisitOut(
        checkpoint=place,
        name=known.name if known else place,
        location=known.location if known else "",
        done_at=stamp(seen.at) if seen else None,
        done_by=seen.actor if seen else None,
        done_by_name=person(seen.actor, services) if seen else None,
        remarks=list(seen.remarks) if seen else [],
    )


def checkpoint(place: Checkpoint, services: Services, language: str) -> CheckpointOut:
    """The page for the door: what is asked, beside what the sensors say."""
    return CheckpointOut(
        id=place.id,
        name=place.name,
        location=place.location,
        equipment=list(place.equipment),
        items=[_item(item, services, language) for item in place.items],
    )


def _item(item: Item, services: Services, language: str) -> ItemOut:
    compared = None
    if item.compare is not None:
        owner = services.site.equipment.get(item.compare.point.partition(".")[0])
        key = item.compare.point.partition(".")[2]
        if owner is not None and key in owner.source.plan.index:
            measured = owner.source.plan.points[owner.source.plan.index[key]]
            compared = point_out(measured, services.live.reading(measured.id), services, language)
    return ItemOut(
        id=item.id,
        ask=pick(item.ask, language, item.id),
        answer=item.answer.value,
        unit=item.unit,
        range=item.range,
        choices=list(item.choices),
        compare=compared,
        within=item.compare.within if item.compare else None,
    )


def scan(row: CheckpointScan, services: Services) -> ScanOut:
    """A stored check-in."""
    answers: Mapping[str, str | float | bool] = row.answers
    return ScanOut(
        client_id=row.client_id,
        checkpoint=row.checkpoint,
        at=stamp(row.at),
        received_at=stamp(row.received_at),
        actor=row.actor,
        actor_name=person(row.actor, services),
        answers=dict(answers),
        remarks=list(row.remarks),
    )


def order(row: WorkOrder, services: Services, language: str) -> OrderOut:
    """A work order; overdue while nobody is on site past `due`."""
    equipment = services.site.equipment.get(row.equipment)
    waiting = row.on_site_at is None and row.state.value == "open"
    return OrderOut(
        id=row.id,
        title=row.title,
        equipment=row.equipment,
        equipment_name=pick(equipment.name, language, equipment.id) if equipment else row.equipment,
        origin=row.origin,
        state=row.state.value,
        created_at=stamp(row.created_at),
        created_by=row.created_by,
        created_by_name=person(row.created_by, services),
        due=stamp(row.due),
        overdue=waiting and services.clock.now().wall > row.due,
        on_site_at=stamp(row.on_site_at),
        repaired_at=stamp(row.repaired_at),
        verified_at=stamp(row.verified_at),
        note=row.note,
    )


def handover(row: Handover, services: Services) -> HandoverOut:
    """A handover."""
    return HandoverOut(
        id=row.id,
        at=stamp(row.at),
        actor=row.actor,
        actor_name=person(row.actor, services),
        text=row.text,
        open_alarms=row.open_alarms,
    )


def log_entry(row: LogEntry, services: Services, language: str) -> LogOut:
    """An entry of the duty log."""
    item = services.site.equipment.get(row.equipment)
    return LogOut(
        id=row.id,
        at=stamp(row.at),
        actor=row.actor,
        actor_name=person(row.actor, services),
        text=row.text,
        equipment=row.equipment,
        equipment_name=pick(item.name, language, row.equipment) if item else row.equipment,
    )
