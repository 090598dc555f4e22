"""What people counted by eye on their rounds, for the figures that telemetry alone cannot give."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.console.services import Services

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
    found: dict[str, NightCount] = {}
    for checkpoint in services.site.checkpoints.values():
        asked = {item.id: item.counts_failed for item in checkpoint.items if item.counts_failed is not None}
        if not asked:
            continue
        page = await services.record.scans(now - LATELY, now + 1, checkpoint=checkpoint.id)
        for scan in page.items:
            for item, zone in asked.items():
                answer = scan.answers.get(item)
                if isinstance(answer, bool) or not isinstance(answer, int | float):
                    continue
                if zone not in found or scan.at > found[zone].at:
                    found[zone] = NightCount(float(answer), scan.at, scan.actor)
    return found
