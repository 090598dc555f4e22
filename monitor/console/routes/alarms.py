"""Alarms and the commands of people on them. Commands name occurrence and annunciation: nobody acknowledges the unseen."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from monitor.console.access import Has, Language, Operator, Viewer
from monitor.console.paging import Cursor, Limit, Listed, cut
from monitor.console.problems import Problem
from monitor.console.services import Services
from monitor.console.shapes.alarms import AlarmOut, alarm, view_of
from monitor.console.shapes.hidden import HiddenOut, hidden
from monitor.console.times import parse
from monitor.domain.alarm import Acknowledge, AlarmState, Reset, Shelve, Unshelve
from monitor.domain.rules import AlarmKind, Priority
from monitor.engine.alarming import Command, Refused, UnknownAlarm
from monitor.engine.live import AlarmView
from monitor.engine.writer import NotStored

router = APIRouter(prefix="/api/v1/alarms", tags=["alarms"])

Note = Annotated[str, Field(max_length=2000)]
Number = Annotated[int, Field(ge=0)]
LOOKED_BACK = 200
"""Events of one alarm among which the one that hid it is looked for."""


class Seen(BaseModel):
    """Which occurrence and annunciation the person saw, and a remark."""

    occurrence: Number
    annunciation: Number
    note: Note = ""


class SeenAlarm(BaseModel):
    """One of several alarms, as the person saw it."""

    id: str
    occurrence: Number
    annunciation: Number


class SeveralIn(BaseModel):
    """Alarms to acknowledge together, each by the occurrence and annunciation that was seen, with one remark for all."""

    items: Annotated[list[SeenAlarm], Field(min_length=1, max_length=500)]
    note: Note = ""


class DoneOut(BaseModel):
    """What came of one of several: `refusal` names why nothing did."""

    id: str
    refusal: str | None
    alarm: AlarmOut | None


class SeveralOut(BaseModel):
    """In the order in which they were asked for."""

    items: list[DoneOut]


class ShelveIn(Seen):
    """A shelf needs an end (RFC 3339) and a reason; `once` also ends it when the alarm returns to normal."""

    until: str
    reason: Note
    once: bool = False


class Remark(BaseModel):
    """A remark for the alarm's record."""

    note: Annotated[str, Field(min_length=1, max_length=2000)]
    occurrence: Number | None = None
    annunciation: Number | None = None


@router.get("", summary="Alarms, most urgent first; all that are not NORM unless asked otherwise")
async def listed(
    _: Viewer,
    services: Has,
    language: Language,
    state: Annotated[list[str] | None, Query()] = None,
    priority: Annotated[list[str] | None, Query()] = None,
    equipment: Annotated[str | None, Query()] = None,
    kind: Annotated[list[str] | None, Query()] = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> Listed[AlarmOut]:
    """Filters take several words, `state=UNACK&state=ACK` or `state=UNACK,ACK`. `state=NORM` lists those that rest."""
    priorities, kinds = _chosen(priority, Priority, "priority"), _chosen(kind, AlarmKind, "kind")
    views = [
        view
        for view in _views(services, _chosen(state, AlarmState, "state"))
        if (not priorities or view.alarm.priority in priorities)
        and (not equipment or view.rule.equipment == equipment)
        and (not kinds or view.rule.kind in kinds)
    ]
    page, after = cut(views, limit, cursor, lambda view: view.alarm.id)
    return Listed(items=[alarm(view, services, language) for view in page], next=after)


W = TypeVar("W", bound=StrEnum)


def _chosen(given: list[str] | None, words: type[W], field: str) -> frozenset[W]:
    """The words of a filter; a word that we do not know is a Problem (422) that lists those we do."""
    named = [word.strip() for part in given or () for word in part.split(",") if word.strip()]
    try:
        return frozenset(words(word) for word in named)
    except ValueError:
        fault = {"field": field, "message": f"one of {', '.join(words)}"}
        raise Problem(422, "invalid", "The request is not as documented.", errors=[fault]) from None


def _views(services: Services, states: frozenset[AlarmState]) -> list[AlarmView]:
    views = list(services.live.alarms())
    if not states:
        return views
    if AlarmState.NORM in states:
        open_ = {view.alarm.id for view in views}
        ids = (id_ for item in services.site.equipment.values() for id_ in item.rules.ids())
        views += [view_of(id_, services) for id_ in ids if id_ not in open_]
    return [view for view in views if view.alarm.state in states]


@router.get("/hidden", summary="Alarms kept from people: by whom, why, until when")
async def kept_from_people(
    _: Viewer, services: Has, language: Language, limit: Limit = 100, cursor: Cursor = None
) -> Listed[HiddenOut]:
    """Shelved, explained by another alarm, out of service or in commissioning; the most urgent first."""
    views = [view for view in services.live.alarms() if view.alarm.suppressions.any]
    page, after = cut(views, limit, cursor, lambda view: view.alarm.id)
    shown = []
    for view in page:
        events = await services.record.events(alarm=view.alarm.id, limit=LOOKED_BACK)
        shown.append(hidden(view, events.items, services, language))
    return Listed(items=shown, next=after)


@router.post("/ack", summary="Acknowledge several, each in the occurrence that was seen")
async def acknowledge_several(
    several: SeveralIn, actor: Operator, services: Has, language: Language
) -> SeveralOut:
    """200 whatever came of each; one that was refused says why and leaves the others alone."""
    note = several.note.strip()
    done = await asyncio.gather(*(_try(seen, note, actor.name, services, language) for seen in several.items))
    return SeveralOut(items=list(done))


async def _try(seen: SeenAlarm, note: str, actor: str, services: Services, language: str) -> DoneOut:
    cause = Acknowledge(seen.occurrence, seen.annunciation, actor, note)
    try:
        return DoneOut(id=seen.id, refusal=None, alarm=await _carry_out(seen.id, cause, services, language))
    except Refused as refused:
        return DoneOut(id=seen.id, refusal=refused.refusal.value, alarm=None)
    except UnknownAlarm:
        return DoneOut(id=seen.id, refusal="unknown_alarm", alarm=None)
    except NotStored:
        return DoneOut(id=seen.id, refusal="not_stored", alarm=None)


@router.get("/{id}", summary="One alarm, also when it is normal")
async def one(id: str, _: Viewer, services: Has, language: Language) -> AlarmOut:
    """404 when no rule has this id."""
    return alarm(view_of(id, services), services, language)


@router.post("/{id}/ack", summary="Acknowledge this annunciation of this occurrence")
async def acknowledge(id: str, seen: Seen, actor: Operator, services: Has, language: Language) -> AlarmOut:
    """409 for an older one; a repeat answers 200 and leaves no second event."""
    cause = Acknowledge(seen.occurrence, seen.annunciation, actor.name, seen.note.strip())
    return await _carry_out(id, cause, services, language)


@router.post("/{id}/reset", summary="Release a latched alarm")
async def reset(id: str, seen: Seen, actor: Operator, services: Has, language: Language) -> AlarmOut:
    """422 `not_acknowledged`, `still_active` or `not_latched` by name."""
    cause = Reset(seen.occurrence, seen.annunciation, actor.name, seen.note.strip())
    return await _carry_out(id, cause, services, language)


@router.post("/{id}/shelve", summary="Hide the alarm until a time, for a reason")
async def shelve(id: str, shelf: ShelveIn, actor: Operator, services: Has, language: Language) -> AlarmOut:
    """422 `end_not_in_future` or `reason_missing` by name."""
    until = parse(shelf.until, "until")
    reason = shelf.reason.strip() or shelf.note.strip()
    cause = Shelve(shelf.occurrence, shelf.annunciation, until, reason, actor.name, shelf.once)
    return await _carry_out(id, cause, services, language)


@router.post("/{id}/unshelve", summary="End the shelf early")
async def unshelve(id: str, seen: Seen, actor: Operator, services: Has, language: Language) -> AlarmOut:
    """422 `not_shelved` by name."""
    return await _carry_out(id, Unshelve(actor.name, seen.note.strip()), services, language)


@router.post("/{id}/comment", summary="Write a remark into the alarm's record")
async def comment(id: str, remark: Remark, actor: Operator, services: Has, language: Language) -> AlarmOut:
    """Changes nothing of the alarm."""
    note = remark.note.strip()
    if not note:
        raise Problem(422, "reason_missing", "A remark is required.", refusal="reason_missing")
    await services.alarming.comment(id, actor.name, note)
    return alarm(view_of(id, services), services, language)


@router.post("/{id}/tested", summary="Note that the sensor of a rule of kind unproven was tested")
async def tested(id: str, remark: Remark, actor: Operator, services: Has, language: Language) -> AlarmOut:
    """Its time begins anew; the note says how. 422 `no_test` for any other rule."""
    note = remark.note.strip()
    if not note:
        raise Problem(422, "reason_missing", "A remark is required.", refusal="reason_missing")
    await services.alarming.tested(id, actor.name, note)
    return alarm(view_of(id, services), services, language)


async def _carry_out(id_: str, cause: Command, services: Services, language: str) -> AlarmOut:
    await services.alarming.command(id_, cause)
    return alarm(view_of(id_, services), services, language)
