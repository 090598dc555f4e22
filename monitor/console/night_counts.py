"""What people counted by eye on their rounds, for the figures that telemetry alone cannot give."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.console.services import Services
from monitor.domain.inspection import CheckpointScan

LATELY = 36 * 3600.0
"""Seconds for which a count of the night speaks: until the next night's round is in."""


@dataclass(frozen=True, slots=True)
class NightCount:
    """How many lamps of a zone somebody saw dark, when (POSIX s) and who."""

    failed: float
    at: float
    by: str


async def night_counts(services: Services) -> dict[str, NightCount]:
    """The newest count of each zone (equipment) of which a checklist asks for the failed lamps."""
    now = services.clock.now().wall
    counts = await counted(services, now - LATELY, now + 1)
    return {zone: max(found, key=lambda one: one.at) for zone, found in counts.items()}


async def counted(services: Services, start: float, end: float) -> dict[str, list[NightCount]]:
    """Every count in [start, end) (POSIX s) by zone."""
    found: dict[str, list[NightCount]] = {}
    for checkpoint in services.site.checkpoints.values():
        asked = {item.id: item.counts_failed for item in checkpoint.items if item.counts_failed is not None}
        if not asked:
            continue
        for scan in await _scans(services, start, end, checkpoint.id):
            for item, zone in asked.items():
                answer = scan.answers.get(item)
                if not isinstance(answer, bool) and isinstance(answer, int | float):
                    found.setdefault(zone, []).append(NightCount(float(answer), scan.at, scan.actor))
    return found


async def _scans(services: Services, start: float, end: float, checkpoint: str) -> list[CheckpointScan]:
    found: list[CheckpointScan] = []
    cursor: str | None = None
    while True:
        page = await services.record.scans(start, end, checkpoint=checkpoint, cursor=cursor)
        found.extend(page.items)
        cursor = page.next
        if cursor is None:
            return found
