"""At each start: what the historian says of itself, and what to do with the history of the one before it."""

from __future__ import annotations

import structlog

from monitor.ports import Historian, Permanent, Transient

log = structlog.get_logger("history")


async def introduce(historian: Historian, url: str, before: str | None) -> None:
    """Look at the historian of `url` and log what is wrong with it; `before` is the URL of the last run, if there was one.

    Readings go on without a gap, since the spool gives to whoever is there; what the other one holds stays there until
    it is copied.
    """
    if before is not None and before != url:
        log.warning(
            "historian.changed", before=before, now=url, remedy=f"watchroom history copy '{before}' '{url}'"
        )
    try:
        problems = [finding.text for finding in await historian.inspect() if not finding.good]
    except (Permanent, Transient) as error:
        problems = [str(error)]
    for problem in problems:
        log.error("historian.problem", problem=problem)
