"""The evidence pack of an incident, for whoever must answer for it."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response

from monitor.console.access import Engineer, Has, Language
from monitor.console.evidence import files
from monitor.console.problems import Problem
from monitor.console.services import Services
from monitor.domain.rules import AlarmRule
from monitor.engine.alarming import UnknownAlarm
from monitor.engine.incident import MADE, NoSuchOccurrence, gather

router = APIRouter(prefix="/api/v1/alarms", tags=["alarms"])


@router.get("/{id}/evidence", response_class=Response, summary="Everything about one occurrence as a ZIP")
async def evidence(
    id: str,
    actor: Engineer,
    services: Has,
    language: Language,
    occurrence: Annotated[int | None, Query(ge=1, description="The newest by default")] = None,
) -> Response:
    """Events, messages, readings, what people did, a page to print, and a manifest of hashes.

    That it was made, by whom and its fingerprint go into the audit before it leaves the house.
    """
    now = services.clock.now().wall
    number = occurrence or _newest(id, services)
    try:
        incident = await gather(
            services.record, services.historian, (id, number), files.places(services.site), now
        )
    except NoSuchOccurrence:
        raise Problem(404, "unknown_occurrence", "The record has no such occurrence.") from None
    making = files.Making(actor.name, now, language)
    rule = _rule(id, services)
    content, fingerprint = await asyncio.to_thread(files.make, incident, rule, services.site, making)
    await services.noting.note(actor.name, MADE, f"{id}#{number}", fingerprint)
    return Response(
        content,
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{files.name_of(id, number)}"',
            "Watchroom-Fingerprint": fingerprint,
        },
    )


def _newest(id_: str, services: Services) -> int:
    """Of an alarm whose rule is gone the number must be named."""
    try:
        return services.alarming.alarm(id_).occurrence
    except UnknownAlarm:
        raise Problem(404, "unknown_alarm", "There is no alarm of this id.") from None


def _rule(id_: str, services: Services) -> AlarmRule | None:
    try:
        return services.alarming.rule(id_)
    except UnknownAlarm:
        return None
