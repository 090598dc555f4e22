"""APScheduler, kept to what it is good at: calling back at times of day. Rows are the truth, never its job store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

GRACE = 3600
"""Seconds by which a job may be late and is still run: the library's own default of one second skips it."""


class Schedule:
    """Jobs of one site in its own time zone; at most one run of a job at a time, late runs folded into one."""

    def __init__(self, timezone: str) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=timezone,
            job_defaults={"misfire_grace_time": GRACE, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin to call."""
        self._scheduler.start()

    def stop(self) -> None:
        """Call no more; idempotent."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def at(self, name: str, wall: float, call: Callable[[], object]) -> None:
        """Call once at a wall time (POSIX s), on the event loop; an earlier appointment of that name is replaced."""
        when = DateTrigger(run_date=datetime.fromtimestamp(wall, UTC))
        self._scheduler.add_job(_on_the_loop(call), when, id=name, replace_existing=True)


def _on_the_loop(call: Callable[[], object]) -> Callable[[], Awaitable[None]]:
    """The library runs plain functions in a thread of its own, where nothing of ours may be touched."""

    async def run() -> None:
        call()

    return run
