"""The load that alarms put on the operators, and what would lighten it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from monitor.console.access import Has, Language, Viewer
from monitor.console.problems import Problem
from monitor.console.routes.reports import every_event
from monitor.console.services import Services
from monitor.console.shapes.load import LoadOut, desk, load
from monitor.console.texts import pick
from monitor.console.times import local_day, parse
from monitor.domain import kpi
from monitor.domain.alarm import AlarmEvent
from monitor.domain.nuisance import Delays
from monitor.domain.positions import everybody, responsible

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])

DAYS = 31
Mine = Callable[[str], bool]
"""Whether the alarms of an equipment are meant."""


@router.get("/alarms", summary="Alarm load and its worst causes; the last seven days by default")
async def alarm_load(
    _: Viewer,
    services: Has,
    language: Language,
    from_: Annotated[str | None, Query(alias="from")] = None,
    to: Annotated[str | None, Query()] = None,
    system: Annotated[str | None, Query(description="only the alarms of one system, such as lifts")] = None,
    position: Annotated[str | None, Query(description="an operator position of the configuration")] = None,
) -> LoadOut:
    """At most 31 days. With operator positions configured their loads stand side by side in `positions`."""
    now = services.clock.now().wall
    end = min(parse(to, "to"), now) if to else now
    start = parse(from_, "from") if from_ else local_day(end - 6 * 86400, services.site.timezone)[0]
    if not start < end <= start + DAYS * 86400 + 3600:
        raise Problem(422, "invalid", f"`from` must be before `to`, and at most {DAYS} days before it.")
    desks = {one.id: one for one in services.site.positions}
    if position is not None and position not in desks:
        raise Problem(404, "unknown_position", "There is no operator position of this id.")
    events = await every_event(services, start, end)

    def figures(at: str | None) -> kpi.Kpis:
        return _kpis(events, _meant(system, at, services), services, start, end)

    return load(
        figures(position),
        services,
        language,
        system=system,
        position=position,
        desks=[desk(id_, pick(one.name, language, id_), figures(id_)) for id_, one in desks.items()],
    )


def _meant(system: str | None, position: str | None, services: Services) -> Mine:
    """Equipment of one system, and what one position answers for; None is everything."""
    positions, equipment = services.site.positions, services.site.equipment
    answering = {
        item.id: responsible(positions, item.id, item.system, item.location) for item in equipment.values()
    }

    def mine(id_: str) -> bool:
        known = equipment.get(id_)
        if system is not None and (known is None or known.system != system):
            return False
        return position is None or position in answering.get(id_, everybody(positions))

    return mine


def _kpis(events: Sequence[AlarmEvent], mine: Mine, services: Services, start: float, end: float) -> kpi.Kpis:
    events = [event for event in events if mine(event.equipment)]
    delays = _delays({(event.equipment, event.alarm) for event in events}, services)
    already = {
        view.alarm.id: view.alarm.since
        for view in services.live.alarms()
        if view.alarm.active
        and view.alarm.since is not None
        and view.alarm.since < start
        and mine(view.rule.equipment)
    }
    return kpi.kpis(events, delays, start, end, already)


def _delays(alarms: Iterable[tuple[str, str]], services: Services) -> dict[str, Delays]:
    """Those of the rules of equipment as they now are."""
    found: dict[str, Delays] = {}
    for equipment, id_ in alarms:
        item = services.site.equipment.get(equipment)
        place = None if item is None else item.rules.place(id_)
        if item is not None and place is not None and not (rule := item.rules[place]).incident:
            found[id_] = Delays(rule.on_delay, rule.off_delay)
    return found
