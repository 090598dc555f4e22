"""SIGHUP: the configuration is read while the daemon goes on; only one that is right and different takes its place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from monitor.host import ServiceManager
from monitor.settings import ConfigurationError
from monitor.settings.difference import difference
from monitor.settings.site import Site

log = structlog.get_logger("reload")


class Reloading:
    """Holds the configuration in force and the one that it may go back to. A mistake never stops the watch."""

    def __init__(self, site: Site, load: Callable[[], Site], service: ServiceManager) -> None:
        """`load` reads the configuration anew; raises ConfigurationError."""
        self._site = site
        self._before: Site | None = None
        self._load = load
        self._service = service
        self._changes: tuple[str, ...] = ()
        self.changed = asyncio.Event()
        """Set when another configuration is to be taken."""

    async def run(self, asked: asyncio.Event) -> None:
        """Read the configuration each time it is asked for, for ever."""
        while True:
            await asked.wait()
            asked.clear()
            self._service.reloading()
            if not await self._read():
                self._service.ready()

    async def _read(self) -> bool:
        """True when there is something new to take."""
        try:
            site = await asyncio.to_thread(self._load)
        except ConfigurationError as error:
            for problem in error.problems:
                log.error("reload.problem", problem=str(problem))
            log.error("reload.refused", problems=len(error.problems), kept="what ran before")
            return False
        except (
            Exception
        ):  # a fault of ours in reading must not stop the watch, nor make us deaf to the next signal
            log.exception("reload.refused", kept="what ran before")
            return False
        changes = difference(self._site, site)
        for line in changes:
            log.warning("reload.changed", change=line)
        if not changes:
            log.warning("reload.unchanged", text="the configuration is as it was; nothing is restarted")
            return False
        self._site, self._changes = site, (*self._changes, *changes)
        self.changed.set()
        return True

    def take(self) -> tuple[Site, tuple[str, ...]]:
        """The configuration to run with from now on, and what it changes."""
        self.changed.clear()
        changes, self._changes = self._changes, ()
        return self._site, changes

    def back(self, failed: Site, reason: str) -> bool:
        """The new configuration could not be started: go back to the one before. False when there is none."""
        if self._before is None:
            return False
        log.error("reload.failed", reason=reason, kept="what ran before")
        self._site, self._before = self._before, None
        self._changes = tuple(f"went back: {line}" for line in difference(failed, self._site))
        return True

    def stood(self, site: Site) -> None:
        """A configuration has proved that it runs: the one to go back to."""
        self._before = site
